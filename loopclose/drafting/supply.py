"""How much of a medicine is supplied, for how long, and who renews it until when."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, timedelta
from decimal import Decimal

from fhir_adapters.facts import MedicationRequest
from fhir_adapters.facts.elements import CodeableConcept, Quantity
from fhir_adapters.facts.references import local_key
from loopclose.drafting.dosing_words import NO_UNIT, UNITS, dose_amount, units
from loopclose.drafting.material import Material
from loopclose.drafting.paper import Sentence, Source
from loopclose.drafting.wording import date_words, number

NOT_SAID = "Not said in the chart: who renews it."
DAYS = {"day": 1, "week": 7, "month": 30, "year": 365}
"""Days in a unit of supply; a month's supply is one of 30."""
FORBIDS = frozenset({"n", "none", "no", "no substitution", "not allowed", "daw", "dispense as written"})
LEAST = Decimal("0.01")
LONGEST = 20 * 365
"""Days; a longer supply is a slip of the pen, and no date is reckoned from it."""


def supply_cell(one: MedicationRequest) -> Iterable[Sentence]:
    """Quantity, first fill, refills, and whether another product may be given."""
    request, path = one.dispense_request, "MedicationRequest.dispenseRequest"
    if request is not None:
        if quantity := _dispensed(request.quantity):
            yield _said(one, f"{path}.quantity", quantity, f"Quantity {quantity}.")
        first = request.initial_fill
        if first is not None and (quantity := _dispensed(first.quantity)):
            yield _said(one, f"{path}.initialFill.quantity", quantity, f"First fill {quantity}.")
        if first is not None and (length := _length(first.duration)):
            yield _said(one, f"{path}.initialFill.duration", length, f"First fill for {length}.")
        if length := _length(request.dispense_interval):
            yield _said(one, f"{path}.dispenseInterval", length, f"Between fills at least {length}.")
        if request.number_of_repeats_allowed is not None:
            refills = number(request.number_of_repeats_allowed)
            yield _said(one, f"{path}.numberOfRepeatsAllowed", refills, f"Refills {refills}.")
    other = one.substitution
    forbidden = other is not None and (other.allowed_boolean is False or _forbids(other.allowed_codeable_concept))
    if other is not None and (forbidden or other.reason is not None):
        head = "No substitution" if forbidden else "Substitution allowed"
        why = f" ({label})" if other.reason and (label := other.reason.label) else ""
        yield _said(one, "MedicationRequest.substitution", head, f"{head}{why}.")


def _forbids(allowed: CodeableConcept | None) -> bool:
    """Whether it is none that is allowed (http://terminology.hl7.org/CodeSystem/v3-substanceAdminSubstitution)."""
    said = (*(one.code for one in allowed.coding), allowed.text) if allowed is not None else ()
    return any((one or "").strip().lower() in FORBIDS for one in said)


def length_cell(material: Material, one: MedicationRequest) -> Iterable[Sentence]:
    """For how long it is supplied, until when it may be dispensed, and whether it is a course."""
    request, path = one.dispense_request, "MedicationRequest.dispenseRequest"
    length = _length(request.expected_supply_duration) if request is not None else None
    if length is not None:
        yield _said(one, f"{path}.expectedSupplyDuration", length, f"Supply for {length}.")
    if request is not None and request.validity_period is not None and (end := request.validity_period.end):
        until = f"May be dispensed until {date_words(end, material.zone)}."
        yield _said(one, f"{path}.validityPeriod.end", str(end), until)
    if one.course_of_therapy_type is not None and (course := one.course_of_therapy_type.label):
        yield _said(one, "MedicationRequest.courseOfTherapyType", course, f"Course: {course}.")


def renewal_cell(material: Material, one: MedicationRequest) -> Sentence:
    """Who renews it until when, where one of us ordered it and the supply can be reckoned; else that it is not said."""
    until = _until(material, one)
    if until is None or local_key(one.requester) not in material.ours:
        return _said(one, "MedicationRequest.id", one.id, NOT_SAID)
    sources = (
        Source(one.key, "MedicationRequest.dispenseRequest", _day(until)),
        Source(one.key, "MedicationRequest.authoredOn", str(one.authored_on)),
        Source(one.key, "MedicationRequest.requester", local_key(one.requester) or ""),
    )
    return Sentence(f"We renew until {_day(until)}, when its supply ends.", sources)


def _until(material: Material, one: MedicationRequest) -> date | None:
    """The last day of the supply, with every refill, and never after the order may be dispensed."""
    request = one.dispense_request
    if request is None or one.authored_on is None or len(one.authored_on) < 10:
        return None
    valid = request.validity_period.end if request.validity_period else None
    last = valid.last_day(material.zone) if valid is not None else None
    days = _days(request.expected_supply_duration) or _days_by_dose(one)
    if days is None:
        return last
    fills = 1 + max(request.number_of_repeats_allowed or 0, 0)
    if fills > LONGEST or days * fills > LONGEST:
        return last
    end = one.authored_on.last_day(material.zone) + timedelta(days=int(days * fills))
    return min(end, last) if last is not None else end


def _dispensed(quantity: Quantity | None) -> str | None:
    """So much of it; a number alone counts what the drug's own name tells."""
    return (dose_amount(quantity) or "").removesuffix(NO_UNIT) or None


def _days(duration: Quantity | None) -> Decimal | None:
    if duration is None or duration.value is None or not 0 < duration.value < LONGEST:
        return None
    unit = _unit(duration)
    return duration.value * DAYS[unit] if unit in DAYS else None


def _days_by_dose(one: MedicationRequest) -> Decimal | None:
    """Days that one fill lasts, where there is one dose, coded in the unit of the quantity."""
    request = one.dispense_request
    quantity = request.quantity if request is not None else None
    if len(one.dosage_instruction) != 1 or quantity is None or not quantity.value or quantity.value > LONGEST * 100:
        return None
    (dosage,) = one.dosage_instruction
    repeat = dosage.timing.repeat if dosage.timing else None
    doses = [each.dose_quantity for each in dosage.dose_and_rate if each.dose_quantity is not None]
    same = [dose.value for dose in doses if dose.value and dose.value > LEAST and _counted(dose) == _counted(quantity)]
    if dosage.as_needed_boolean or dosage.as_needed_codeable_concept or repeat is None or len(same) != 1:
        return None
    often = repeat.frequency or 0
    if repeat.period != 1 or repeat.period_unit != "d" or not 0 < often < 25 or repeat.frequency_max is not None:
        return None
    return quantity.value / (same[0] * often)


def _counted(quantity: Quantity) -> str:
    return (dose_amount(Quantity(value=Decimal(2), unit=quantity.unit, code=quantity.code)) or "").rstrip("s").lower()


def _length(duration: Quantity | None) -> str | None:
    """A length of time: ``30 days``."""
    if duration is None or duration.value is None:
        return None
    unit = next((short for short, name in UNITS.items() if name == _unit(duration)), None)
    return units(duration.value, None, unit) if unit else dose_amount(duration)


def _unit(duration: Quantity) -> str:
    """The unit of a length of time, in full."""
    written = (duration.code or duration.unit or "").lower()
    other = (duration.unit or "").lower().rstrip("s")
    return UNITS.get(written, written.rstrip("s") if written.rstrip("s") in UNITS.values() else other)


def _day(day: date) -> str:
    return f"{day.day} {day:%b %Y}"


def _said(one: MedicationRequest, path: str, value: str, words: str) -> Sentence:
    return Sentence(words, (Source(one.key, path, value),))
