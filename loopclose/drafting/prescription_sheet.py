"""The prescription sheet: what was ordered, what is only listed, allergies. A draft; nothing is prescribed by it."""

from __future__ import annotations

from collections.abc import Iterable

from fhir_adapters.facts import AllergyIntolerance, CodeableConcept, Coding, MedicationRequest
from fhir_adapters.facts.references import local_key
from loopclose.drafting.dosing import dosages_words
from loopclose.drafting.gaps import absent, not_had, unsafe
from loopclose.drafting.material import Material, heading
from loopclose.drafting.paper import Item, Paper, Section, Sentence, Source
from loopclose.drafting.schedules import UNMAPPED, schedule_of
from loopclose.drafting.sentences import name_source, named
from loopclose.drafting.wording import amount, date_words, number

STATUS_WORDS = {
    "stopped": "Stopped: ",
    "cancelled": "Cancelled: ",
    "on-hold": "On hold: ",
    "completed": "Completed: ",
    "draft": "Not yet signed: ",
    "unknown": "Status unknown: ",
}
UNKNOWN = "it cannot be mapped to a known drug"
LISTED = "listed in our chart, not reviewed at this visit"


def prescription_sheet(material: Material) -> Paper:
    """Every medicine of the visit in plain words, those already on the list apart, and allergies."""
    return heading(
        material,
        "prescription-sheet",
        "Prescription sheet",
        (
            Section(
                "ordered",
                "Ordered at this visit",
                (
                    *_many(material, material.medications, True),
                    *_not_had(material, material.unsafe, "MedicationRequest"),
                ),
                absent(material, "No medicine was ordered at this visit.", "MedicationRequest"),
            ),
            Section(
                "listed",
                "Already on the list",
                (
                    *_many(material, material.listed, False),
                    *_not_had(material, material.unsafe_listed, "MedicationRequest"),
                ),
                absent(material, "No other medicine is listed in our chart.", "MedicationRequest"),
            ),
            Section(
                "allergies",
                "Allergies",
                (*_allergies(material.allergies), *_not_had(material, material.unsafe, "AllergyIntolerance")),
                absent(material, "No allergies were recorded in our chart.", "AllergyIntolerance"),
            ),
        ),
    )


def _not_had(material: Material, keys: Iterable[str], kind: str) -> list[Item]:
    """What could not be read of a type: what stands in quarantine, and what the EHR did not give."""
    return [*unsafe(keys, kind), *not_had(material, kind)]


def _many(material: Material, medications: Iterable[MedicationRequest], ordered: bool) -> Iterable[Item]:
    for one in medications:
        if one.status != "entered-in-error":
            yield _ordered(material, one) if ordered else _listed(material, one)


def _listed(material: Material, one: MedicationRequest) -> Item:
    name, drug = _drug(material, one)
    head, state = _head(one)
    dose, taken = _taken(material, one)
    first = Sentence(f"{head}{name}{f': {dose}' if dose else ''} ({LISTED}).", _cited(one, drug, *state, *taken))
    return (first, *_together(_day(material, one)))


def _ordered(material: Material, one: MedicationRequest) -> Item:
    """Drug, dose and how often; then how much; then why and by whom; last, why no order is drafted for it."""
    name, drug = _drug(material, one)
    head, state = _head(one)
    dose, taken = _taken(material, one)
    first = Sentence(f"{head}{name}: {dose or 'how to take it was not recorded'}.", _cited(one, drug, *state, *taken))
    return (first, *_supply(material, one), *_why(material, one), *_withheld(material, one, drug))


def _taken(material: Material, one: MedicationRequest) -> tuple[str | None, tuple[Source, ...]]:
    """How it is to be taken, and where that stands."""
    dose = dosages_words(one.dosage_instruction, material.zone)
    return dose, (Source(one.key, "MedicationRequest.dosageInstruction", dose),) if dose else ()


def _withheld(material: Material, one: MedicationRequest, drug: Source) -> Iterable[Sentence]:
    """Why no order is drafted for a drug that is controlled, or may be: the sheet says all that the order says."""
    schedule = schedule_of(_known_as(material, one))
    if schedule is not None:
        why = UNKNOWN if schedule == UNMAPPED else f"schedule {schedule} controlled substance"
        yield Sentence(f"No order is drafted for it ({why}).", _cited(one, drug))


def _day(material: Material, one: MedicationRequest) -> list[Source]:
    """The day of the order."""
    if one.authored_on is None:
        return []
    day = f"ordered {date_words(one.authored_on, material.zone)}"
    return [Source(one.key, "MedicationRequest.authoredOn", day)]


def _supply(material: Material, one: MedicationRequest) -> Iterable[Sentence]:
    """Quantity, refills and start."""
    said: list[Source] = []
    request = one.dispense_request
    if request is not None and (quantity := amount(request.quantity)):
        said.append(Source(one.key, "MedicationRequest.dispenseRequest.quantity", f"quantity {quantity}"))
    if request is not None and request.number_of_repeats_allowed is not None:
        refills = f"refills {number(request.number_of_repeats_allowed)}"
        said.append(Source(one.key, "MedicationRequest.dispenseRequest.numberOfRepeatsAllowed", refills))
    yield from _together([*said, *_day(material, one)])


def _why(material: Material, one: MedicationRequest) -> Iterable[Sentence]:
    """Reason and prescriber."""
    said: list[Source] = []
    if reasons := "; ".join(label for concept in one.reason_code if (label := concept.label)):
        said.append(Source(one.key, "MedicationRequest.reasonCode", f"for {reasons}"))
    if one.requester is not None:
        who = local_key(one.requester)
        if one.requester.display:
            said.append(Source(one.key, "MedicationRequest.requester.display", f"by {one.requester.display}"))
        elif who is not None and who in material.names:
            said.append(Source(who, f"{who.split('/')[0]}.name", f"by {material.names[who]}"))
    yield from _together(said)


def _together(said: list[Source]) -> Iterable[Sentence]:
    if said:
        text = ", ".join(source.text for source in said)
        yield Sentence(f"{text[0].upper()}{text[1:]}.", tuple(said))


def _concept(material: Material, one: MedicationRequest) -> tuple[CodeableConcept, str, str] | None:
    """The drug's code, and the resource and element where it stands: the order, its contained Medication, or the
    Medication that it refers to."""
    if one.medication_codeable_concept is not None:
        return one.medication_codeable_concept, one.key, "MedicationRequest.medicationCodeableConcept"
    reference = one.medication_reference
    named_so = reference.reference or "" if reference else ""
    for inside in one.contained:
        if inside.code is not None and inside.resource_type == "Medication" and named_so == f"#{inside.id}":
            return inside.code, one.key, "MedicationRequest.contained.code"
    key = local_key(reference)
    if key is not None and key in material.drugs:
        return material.drugs[key], key, "Medication.code"
    return None


def _known_as(material: Material, one: MedicationRequest) -> CodeableConcept:
    """Code and every name that the order gives the drug: a controlled one is seen by any of them."""
    found = _concept(material, one)
    concept = found[0] if found else CodeableConcept()
    display = one.medication_reference.display if one.medication_reference else None
    return CodeableConcept(coding=(*concept.coding, Coding(display=display)), text=concept.text)


def _drug(material: Material, one: MedicationRequest) -> tuple[str, Source]:
    """What the medicine is called, and where that stands."""
    found = _concept(material, one)
    if found is not None and (label := found[0].label):
        return label, Source(found[1], found[2], label)
    if one.medication_reference and (display := one.medication_reference.display):
        return display, Source(one.key, "MedicationRequest.medicationReference.display", display)
    return "Medicine not named", Source(one.key, "MedicationRequest.id", "")


def _cited(one: MedicationRequest, *sources: Source) -> tuple[Source, ...]:
    """The sources of a sentence, the order always among them: the drug may stand in a resource of its own."""
    if any(source.resource == one.key for source in sources):
        return sources
    return (*sources, Source(one.key, "MedicationRequest.medicationReference", sources[0].resource))


def _head(one: MedicationRequest) -> tuple[str, tuple[Source, ...]]:
    """What stands before the drug where it is not simply ordered."""
    if one.do_not_perform:
        return "Not to be given: ", (Source(one.key, "MedicationRequest.doNotPerform", "true"),)
    words = STATUS_WORDS.get(one.status or "", "")
    return words, (Source(one.key, "MedicationRequest.status", one.status or ""),) if words else ()


def _allergies(allergies: Iterable[AllergyIntolerance]) -> Iterable[Item]:
    for one in allergies:
        verified = {coding.code for coding in one.verification_status.coding} if one.verification_status else set()
        if "entered-in-error" in verified:
            continue
        refuted = "refuted" in verified
        sources = [name_source(one, one.code)]
        if refuted:
            sources.append(Source(one.key, "AllergyIntolerance.verificationStatus", "refuted"))
        shown = ", ".join(label for reaction in one.reaction for m in reaction.manifestation if (label := m.label))
        if shown:
            sources.append(Source(one.key, "AllergyIntolerance.reaction", shown))
        tail = f": {shown}" if shown else ""
        yield (Sentence(f"{'Ruled out: ' if refuted else ''}{named(one.code)}{tail}.", tuple(sources)),)
