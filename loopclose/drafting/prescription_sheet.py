"""The prescription sheet: what was ordered, what is only listed, allergies. A draft; nothing is prescribed by it."""

from __future__ import annotations

from collections.abc import Iterable

from fhir_adapters.facts import AllergyIntolerance, MedicationRequest
from loopclose.drafting.paper import Material, Paper, Section, Sentence, Source, heading
from loopclose.drafting.schedules import UNMAPPED, schedule_of
from loopclose.drafting.wording import amount, date_words, dosage_words, number

STATUS_WORDS = {
    "stopped": "Stopped: ",
    "cancelled": "Cancelled: ",
    "on-hold": "On hold: ",
    "completed": "Completed: ",
    "draft": "Not yet signed: ",
    "unknown": "Status unknown: ",
}
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
                tuple(_many(material, material.medications, True)),
                "No medicine was ordered at this visit.",
            ),
            Section(
                "listed",
                "Already on the list",
                tuple(_many(material, material.listed, False)),
                "No other medicine is listed in our chart.",
            ),
            Section(
                "allergies",
                "Allergies",
                tuple(_allergies(material.allergies)),
                "No allergies were recorded in our chart.",
            ),
        ),
    )


def _many(material: Material, medications: Iterable[MedicationRequest], ordered: bool) -> Iterable[Sentence]:
    for one in medications:
        if one.status != "entered-in-error":
            yield _medicine(material, one, ordered)


def _medicine(material: Material, one: MedicationRequest, ordered: bool) -> Sentence:
    drug = one.medication_codeable_concept or next((c.code for c in one.contained if c.code), None)
    display = one.medication_reference.display if one.medication_reference else None
    name = (drug.label if drug else None) or display or "Medicine not named"
    head = "Not to be given: " if one.do_not_perform else STATUS_WORDS.get(one.status or "", "")
    if not ordered:
        source = Source(one.key, "MedicationRequest.medication[x]", name)
        return Sentence(f"{head}{name} ({LISTED}).", (source,))
    schedule = schedule_of(drug)
    if schedule is not None:
        why = (
            "it cannot be mapped to a known drug"
            if schedule == UNMAPPED
            else f"schedule {schedule} controlled substance"
        )
        text = f"{head}{name}: not drafted ({why})."
        return Sentence(text, (Source(one.key, "MedicationRequest.medication[x]", name),))
    said, sources = _details(material, one)
    return Sentence(f"{head}{name}{said}.", (Source(one.key, "MedicationRequest.medication[x]", name), *sources))


def _details(material: Material, one: MedicationRequest) -> tuple[str, tuple[Source, ...]]:
    """Dose, how often, quantity, refills, start, reason and prescriber: at most two sources beside the drug's."""
    zone = material.zone
    doses = [words.rstrip(".") for dosage in one.dosage_instruction if (words := dosage_words(dosage))]
    parts = [f": {'; '.join(doses)}"] if doses else [": how to take it was not recorded"]
    facts: list[str] = []
    request = one.dispense_request
    if request is not None and (quantity := amount(request.quantity)):
        facts.append(f"quantity {quantity}")
    if request is not None and request.number_of_repeats_allowed is not None:
        facts.append(f"refills {number(request.number_of_repeats_allowed)}")
    if one.authored_on is not None:
        facts.append(f"ordered {date_words(one.authored_on, zone)}")
    reasons = [label for concept in one.reason_code if (label := concept.label)]
    facts += [f"for {'; '.join(reasons)}"] if reasons else []
    prescriber = one.requester.display if one.requester and one.requester.display else material.author_name
    facts += [f"by {prescriber}"] if prescriber else []
    if facts:
        parts.append(f" ({', '.join(facts)})")
    sources = [Source(one.key, "MedicationRequest.dosageInstruction", "; ".join(doses))] if doses else []
    sources += [Source(one.key, "MedicationRequest", ", ".join(facts))] if facts else []
    return "".join(parts), tuple(sources)


def _allergies(allergies: Iterable[AllergyIntolerance]) -> Iterable[Sentence]:
    for one in allergies:
        verified = {coding.code for coding in one.verification_status.coding} if one.verification_status else set()
        if "entered-in-error" in verified:
            continue
        name = (one.code.label if one.code else None) or "Substance not named"
        head = "Ruled out: " if "refuted" in verified else ""
        shown = [label for reaction in one.reaction for m in reaction.manifestation if (label := m.label)]
        tail = f": {', '.join(shown)}" if shown else ""
        sources = [Source(one.key, "AllergyIntolerance.code", name)]
        sources += [Source(one.key, "AllergyIntolerance.reaction", ", ".join(shown))] if shown else []
        yield Sentence(f"{head}{name}{tail}.", tuple(sources))
