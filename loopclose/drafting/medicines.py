"""What each medicine of the chart is at this visit: ordered, changed, stopped, listed, given, told. Each stands in one
group, and what stands in none is named with why.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace

from fhir_adapters.facts import (
    CodeableConcept,
    Immunization,
    MedicationAdministration,
    MedicationRequest,
    MedicationStatement,
    Reference,
    When,
)
from fhir_adapters.facts.dosage import Dosage
from fhir_adapters.facts.references import local_key
from loopclose.drafting.courses import ends_on
from loopclose.drafting.dosing import BESIDES, dosages_words
from loopclose.drafting.drugs import Drug, Told, drug_of
from loopclose.drafting.material import Material
from loopclose.drafting.medicine_kinds import KNOWN, SAME_STATUS, is_a_reporter, is_inpatient, is_reported
from loopclose.drafting.names import plain
from loopclose.drafting.sentences import named

IN_ERROR = "entered-in-error"
PROPOSALS = frozenset({"proposal", "plan", "option"})
OVER = frozenset({"stopped", "cancelled", "completed", "ended", "not-taken", "not-done"})
CURRENT = ("ordered", "changed", "reported", "listed", "since", "on_hold")
"""Groups of what may be taken now, or again."""


@dataclass(frozen=True)
class Medicine:
    """One medicine as one resource tells it, and what it is at this visit."""

    of: Told
    drug: Drug
    dose: str | None
    when: tuple[When, str] | None
    """When it was ordered, told or given, and the element that says so."""
    group: str
    also: tuple[Medicine, ...] = ()
    """Other resources that tell of the same: earlier steps of one order, and copies."""
    before: Medicine | None = field(default=None)
    """What it replaces."""
    is_new: bool = False
    """Nothing else in the chart is of the same drug."""
    by_time: bool = False
    """It is of the visit by its time and prescriber alone."""

    @property
    def key(self) -> str:
        """``Type/id``."""
        return self.of.key

    @property
    def keys(self) -> tuple[str, ...]:
        """Of everything that stands behind it."""
        before = self.before.keys if self.before is not None else ()
        return (self.key, *before, *(key for one in self.also for key in one.keys))

    @property
    def status(self) -> str:
        """As FHIR says it; an order without one counts as active, and a word that FHIR has not as unknown."""
        said = self.of.status or "active"
        return SAME_STATUS.get(said, said if said in KNOWN else "unknown")


def told_of(material: Material) -> list[Medicine]:
    """Every medicine of the chart that is no error, with its group, each resource by itself."""
    of_visit = {one.key for one in material.medications}
    everything: Iterable[Told] = (
        *material.medications,
        *material.listed,
        *material.statements,
        *material.administrations,
        *material.immunizations,
    )
    return [_medicine(material, one, one.key in of_visit) for one in everything if one.status != IN_ERROR]


def _medicine(material: Material, one: Told, of_visit: bool) -> Medicine:
    found = Medicine(one, drug_of(material, one), _dose(material, one), when_of(one), "")
    if isinstance(one, MedicationRequest):
        by_time = one.key in material.by_time or (not of_visit and _ordered_at_the_visit(material, one))
        return replace(found, group=_of_request(material, found, one, of_visit or by_time), by_time=by_time)
    if isinstance(one, MedicationStatement):
        return replace(found, group=_of_statement(material, found, one))
    named = local_key(one.encounter if isinstance(one, Immunization) else one.context)
    at_visit = one.key in material.of_visit or (named == material.visit if named else _day(material, found) == 0)
    return replace(found, group="given" if at_visit else "elsewhere")


def _of_request(material: Material, found: Medicine, one: MedicationRequest, of_visit: bool) -> str:
    """The first that holds; a status that ends it, or holds it up, before what it is by its intent."""
    after = not of_visit and _is_after(material, found)
    if one.do_not_perform and found.status not in OVER:
        return "avoided"
    if found.status == "on-hold":
        return "on_hold"
    if found.status in OVER:
        return _over(material, found, one, of_visit)
    told = is_reported(one) and one.intent == "plan"  # US Core: what a patient says to take is a plan
    if (one.intent in PROPOSALS and not told) or found.status == "draft":
        return "proposed"
    if after:
        return "since"
    if is_reported(one):
        return "reported"
    if of_visit:
        return "given" if is_inpatient(one) else "ordered"
    return "ended" if _course_is_over(material, one) else "listed"


def _over(material: Material, found: Medicine, one: MedicationRequest, of_visit: bool) -> str:
    """One that was stopped elsewhere and earlier is listed no longer; R4 does not say when an order was stopped, so
    that a record with a reason, changed since the visit began, may have been stopped at it.
    """
    if of_visit:
        return "given" if is_inpatient(one) and found.status == "completed" else "stopped"
    changed = changed_on(one)
    late = changed is not None and changed.last_day(material.zone) >= material.day
    on_the_day = changed is not None and changed.last_day(material.zone) == material.day
    told = found.status != "completed" and one.status_reason is not None
    return "stopped" if on_the_day or (late and told) else "ended"


def _of_statement(material: Material, found: Medicine, one: MedicationStatement) -> str:
    end = (one.effective_period.end if one.effective_period else None) or ends_on(one)
    if found.status == "on-hold":
        return "on_hold"
    if found.status in OVER or (end is not None and end.last_day(material.zone) < material.day):
        return "ended"
    if found.status == "intended":
        return "proposed"
    if _is_after(material, found):
        return "since"
    return "reported" if is_a_reporter(one.information_source) else "listed"


def changed_on(one: Told) -> When | None:
    """When the EHR last changed the record."""
    return one.meta.updated if one.meta is not None else None


def when_of(one: Told) -> tuple[When, str] | None:
    """When it was ordered, begun, told or given, and the element."""
    said: tuple[tuple[When | None, str], ...]
    if isinstance(one, MedicationRequest):
        said = ((one.authored_on, "authoredOn"),)
    elif isinstance(one, Immunization):
        said = ((one.occurrence_date_time, "occurrenceDateTime"),)
    else:
        start = one.effective_period.start if one.effective_period else None
        told = one.date_asserted if isinstance(one, MedicationStatement) else None
        said = (
            (one.effective_date_time, "effectiveDateTime"),
            (start, "effectivePeriod.start"),
            (told, "dateAsserted"),
        )
    return next(((when, f"{type(one).__name__}.{element}") for when, element in said if when), None)


def _course_is_over(material: Material, one: MedicationRequest) -> bool:
    end = ends_on(one)
    return end is not None and end.last_day(material.zone) < material.day


def _ordered_at_the_visit(material: Material, one: MedicationRequest) -> bool:
    """Whether one of us ordered it on the day of the visit, and the order names no other visit."""
    if one.authored_on is None or one.encounter is not None or len(one.authored_on) < 10:
        return False
    return local_key(one.requester) in material.ours and one.authored_on.last_day(material.zone) == material.day


def _is_after(material: Material, found: Medicine) -> bool:
    if found.when is None or len(found.when[0]) < 10:
        return False
    day, when = _day(material, found), found.when[0]
    if day == 0 and when.has_time and material.end is not None:
        return when.start(material.zone) > material.end
    return day is not None and day > 0


def _day(material: Material, found: Medicine) -> int | None:
    """Days after the visit's, as far as it says a day."""
    if found.when is None or len(found.when[0]) < 10:
        return None
    return (found.when[0].last_day(material.zone) - material.day).days


def _dose(material: Material, one: Told) -> str | None:
    """How it is or was to be taken, or was given."""
    words = dosages_words(instructions_of(one), material.zone, material.day)
    return words.replace(BESIDES, "; also coded: ") if words and isinstance(one, MedicationAdministration) else words


def instructions_of(one: Told) -> Sequence[Dosage]:
    """Its instructions; of what was given, how it was given."""
    if isinstance(one, MedicationAdministration):
        return (one.dosage.as_dosage,) if one.dosage is not None else ()
    if isinstance(one, Immunization):
        return ()
    return one.dosage_instruction if isinstance(one, MedicationRequest) else one.dosage


def is_ordered_and_over(material: Material, one: Medicine) -> bool:
    """Whether it was ordered at the visit and its order is over today: nothing that was taken before was stopped."""
    is_order = isinstance(one.of, MedicationRequest) and not is_reported(one.of)
    day, end = _day(material, one), material.end
    last = (end.astimezone(material.zone).date() - material.day).days if end is not None else 0  # it may end next day
    return one.group == "stopped" and is_order and day is not None and 0 <= day <= max(last, 0)


def reasons(concepts: Iterable[CodeableConcept], references: Iterable[Reference] = ()) -> str | None:
    """Reasons in words, one after the other."""
    words = [*(named(one) for one in concepts), *(plain(one.display) for one in references if one.display)]
    return "; ".join(dict.fromkeys(words)) or None
