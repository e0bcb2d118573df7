"""What stands first of a medicine on the sheet: its name behind what must be known before it, and what became of it."""

from __future__ import annotations

from collections.abc import Iterator

from fhir_adapters.facts import (
    CodeableConcept,
    Immunization,
    MedicationAdministration,
    MedicationRequest,
    MedicationStatement,
)
from fhir_adapters.facts.references import local_key
from loopclose.drafting.gaps import list_is_whole
from loopclose.drafting.material import Material
from loopclose.drafting.medicine_kinds import KNOWN, SAME_STATUS, is_a_reporter, is_inpatient, is_reported
from loopclose.drafting.medicines import OVER, Medicine, changed_on, is_ordered_and_over
from loopclose.drafting.paper import Sentence, Source
from loopclose.drafting.prescribers import ordered_by
from loopclose.drafting.schedules import why_withheld
from loopclose.drafting.sentences import named
from loopclose.drafting.wording import date_words
from loopclose.drafting.words.forms import readable

STATUS_WORDS = {
    "stopped": "Stopped",
    "cancelled": "Cancelled",
    "on-hold": "On hold",
    "completed": "Completed",
    "draft": "Not yet signed",
    "unknown": "Status unknown",
    "not-taken": "Not taken",
    "not-done": "Not given",
    "in-progress": "Being given",
    "intended": "Intended",
}
"""What stands before a medicine that is not simply ordered or taken."""
NOT_LEGIBLE = "could not be read: see the chart"
UNREAD_WORDS = {
    "dosageInstruction": "how to take it",
    "dosage": "how to take it",
    "dispenseRequest": "quantity and refills",
    "note": "a note",
    "authoredOn": "the day of the order",
    "reasonCode": "the reason",
    "statusReason": "the reason of its status",
    "requester": "who ordered it",
    "substitution": "whether another product may be given",
}
WARNINGS = ("do not start", "do not take", "do not give", "hold until", "not start until", "wait for", "stop if")
"""Words by which a note on an order belongs before the medicine."""
PRIOR_READ = "Replaces another record of our chart."
PRIOR_NOT_READ = "Replaces an earlier prescription that was not read here."
FINAL = ("ordered", "changed")


def heading_of(material: Material, one: Medicine) -> Iterator[Sentence]:
    """The drug, behind what must be known first; then what became of it, and what of it could not be read."""
    head, state = said_first(one)
    yield Sentence(f"{head}{one.drug.name}.", cited(one, [one.drug.source, *state, *told_too(one)]))
    yield from _became(material, one)
    if one.by_time and isinstance(one.of, MedicationRequest):
        sources = (
            Source(one.key, "MedicationRequest.authoredOn", str(one.of.authored_on)),
            Source(one.key, "MedicationRequest.requester", local_key(one.of.requester) or ""),
        )
        yield Sentence("Of this visit by its day and prescriber.", sources)
    if one.group in FINAL and (why := why_withheld(one.drug.known_as)):
        yield Sentence(f"No order is drafted for it ({why}).", cited(one, [one.drug.source]))
    for element in one.of.unread:
        words = UNREAD_WORDS.get(element, "a part of it")
        source = Source(one.key, f"{type(one.of).__name__}.{element}", "")
        yield Sentence(f"{words[0].upper()}{words[1:]} {NOT_LEGIBLE}.", (source,))
    yield from copies(one)


def said_first(one: Medicine) -> tuple[str, list[Source]]:
    """What stands before the drug: that it is not to be given, or not yet, or its status, with the reason."""
    kind, of = type(one.of).__name__, one.of
    if isinstance(of, MedicationRequest) and of.do_not_perform:
        words = "Not to be given" if one.status not in OVER else f"That it is not to be given: {one.status}"
        sources = [Source(one.key, f"{kind}.doNotPerform", "true")]
    elif one.status in STATUS_WORDS:
        given = isinstance(of, (Immunization, MedicationAdministration))
        words = "Given here" if given and one.status == "completed" and one.group == "given" else ""
        words = words or ("" if given and one.status == "completed" else STATUS_WORDS[one.status])
        if of.status is not None and of.status not in {*KNOWN, *SAME_STATUS}:
            words = f"Status “{of.status}”"
        sources = [Source(one.key, f"{kind}.status", one.status)] if words else []
    else:
        words, sources = "", []
    if words and one.group != "elsewhere" and one.group != "ended" and (why := reason_of(one)):
        words, sources = f"{words} ({why[1]})", [*sources, Source(one.key, *why)]
    if warning := next((note for note in notes_on(one) if warns(note)), None):
        words = f"{words}: {warning}" if words else warning
        sources.append(Source(one.key, f"{kind}.note", warning))
    return (f"{words}: " if words else ""), sources


def _became(material: Material, one: Medicine) -> Iterator[Sentence]:
    """Changed from what, renewed, started since the visit, reported by whom, stopped at the visit or since."""
    of, zone = one.of, material.zone
    if one.before is not None:
        yield _replaces(material, one, one.before)
    elif isinstance(of, MedicationRequest) and of.prior_prescription is not None and one.group in FINAL:
        prior = of.prior_prescription.display or of.prior_prescription.reference or "not named"
        source = Source(one.key, "MedicationRequest.priorPrescription", prior)
        read = {each.key for each in (*material.medications, *material.listed)}
        yield Sentence(PRIOR_READ if local_key(of.prior_prescription) in read else PRIOR_NOT_READ, (source,))
    elif one.is_new and one.group == "ordered" and list_is_whole(material):
        yield Sentence("Started: not in our chart before.", (Source(one.key, f"{type(of).__name__}.id", of.id),))
    if one.group == "since" and one.when is not None:
        who = ordered_by(material, of) if isinstance(of, MedicationRequest) else None
        by = f", by {who.text}" if who is not None else ""
        sources = [Source(one.key, one.when[1], str(one.when[0])), *([who] if who is not None else [])]
        verb = "Told" if isinstance(of, MedicationStatement) else "Started" if one.is_new else "Ordered"
        yield Sentence(f"{verb} since the visit, {date_words(one.when[0], zone)}{by}.", tuple(sources))
    if one.group == "reported":
        yield _reported(one)
    if isinstance(of, MedicationRequest):
        if one.group == "given" and is_inpatient(of):
            yield Sentence("Ordered to be given here.", (Source(one.key, "MedicationRequest.category", "inpatient"),))
        changed = changed_on(of)
        if changed is None and is_ordered_and_over(material, one) and one.when is not None:
            shown = Source(one.key, one.when[1], str(one.when[0]))
            yield Sentence(f"Ordered at this visit, {one.status} at it or since.", (shown,))
        if one.group == "stopped" and changed is not None:
            later = changed.last_day(zone) > material.day
            words = "at the visit or since" if later else "by the end of the visit's day"
            shown = Source(one.key, "MedicationRequest.meta.lastUpdated", str(changed))
            yield Sentence(
                f"{STATUS_WORDS[one.status]} {words}: the record is of {date_words(changed, zone)}.", (shown,)
            )


def _replaces(material: Material, one: Medicine, before: Medicine) -> Sentence:
    """``Changed: 10 → 20 mg (before: …)``, or that it is the same again."""
    since = f", ordered {date_words(before.when[0], material.zone)}" if before.when is not None else ""
    was = f"{before.drug.name}{f', {before.dose}' if before.dose else ''}{since}"
    ended = reason_of(before) if before.group == "stopped" else None
    was += f"; {STATUS_WORDS[before.status].lower()} ({ended[1]})" if ended else ""
    strength, other = one.drug.strength, before.drug.strength
    if one.group != "changed":
        head = "Renewed"
    elif one.drug.ingredients.isdisjoint(before.drug.ingredients):
        head = "In place of another medicine"
    elif strength and other and strength != other:
        same = strength[1] == other[1]
        head = f"Changed: {other[0]}{'' if same else f' {other[1]}'} → {strength[0]} {strength[1]}"
    else:
        head = f"Changed: {before.dose or 'dose not recorded'} → {one.dose or 'dose not recorded'}"
    sources = [before.drug.source, one.drug.source]
    if before.when is not None:
        sources.append(Source(before.key, before.when[1], str(before.when[0])))
    sources += [Source(each.key, dose_path(each), each.dose) for each in (before, one) if each.dose]
    sources += [Source(before.key, *ended)] if ended else []
    return Sentence(f"{head} (before: {was}).", cited(one, [*cited(before, sources)]))


def _reported(one: Medicine) -> Sentence:
    of, kind = one.of, type(one.of).__name__
    told = of.reported_reference if isinstance(of, MedicationRequest) else None
    told = of.information_source if isinstance(of, MedicationStatement) else told
    who = of.requester if isinstance(of, MedicationRequest) else None
    if told is not None:
        by_patient = (local_key(told) or "").startswith("Patient/")
        path = "reportedReference" if isinstance(of, MedicationRequest) else "informationSource"
        name = "the patient" if by_patient else told.display or "somebody else"
        return Sentence(f"Reported by {name}, not ordered here.", (Source(one.key, f"{kind}.{path}", name),))
    if isinstance(of, MedicationRequest) and is_reported(of) and (local_key(who) or "Patient/").startswith("Patient/"):
        path = "reportedBoolean" if of.reported_boolean else "requester"
        return Sentence("Reported by the patient, not ordered here.", (Source(one.key, f"{kind}.{path}", "true"),))
    path = "category" if isinstance(of, MedicationRequest) and not of.reported_boolean else "reportedBoolean"
    path = "requester" if isinstance(of, MedicationRequest) and is_a_reporter(of.requester) else path
    return Sentence("Reported, not ordered here.", (Source(one.key, f"{kind}.{path}", "true"),))


def copies(one: Medicine) -> Iterator[Sentence]:
    """That several records tell of it, and not all the same."""
    if others := told_too(one):
        sources = (Source(one.key, f"{type(one.of).__name__}.id", one.of.id), *others)
        if any(_tells_otherwise(one, each) for each in one.also):
            yield Sentence("Several records of the chart tell of it, the newest is shown.", sources)


def told_too(one: Medicine) -> tuple[Source, ...]:
    """The other records that tell of it, but for the one that it replaces."""
    told = (one.key, one.before.key if one.before is not None else "")
    places = (key.split("/") for key in one.keys if key not in told)
    return tuple(Source(f"{kind}/{fhir_id}", f"{kind}.id", fhir_id) for kind, fhir_id in places)


def _tells_otherwise(one: Medicine, other: Medicine) -> bool:
    """Whether another record of it says something else than the one that is shown."""
    told = one.group != "ended"  # of what is listed no longer no dose is told
    said = ((each.drug.name.lower(), (told and each.dose) or "", each.status) for each in (one, other))
    return len({*said}) > 1 or any(_tells_otherwise(one, each) for each in other.also)


def notes_on(one: Medicine) -> list[str]:
    """The notes on it, each on one line."""
    return [said for note in one.of.note if note.text and (said := " ".join(readable(note.text).split()))]


def warns(note: str) -> bool:
    """Whether a note says that the medicine must wait, or when to leave it."""
    return any(words in note.lower() for words in WARNINGS)


def reason_of(one: Medicine) -> tuple[str, str] | None:
    """Why its status is what it is: the element, and the words."""
    of = one.of
    concepts: tuple[CodeableConcept, ...]
    if isinstance(of, (MedicationRequest, Immunization)):
        concepts = (of.status_reason,) if of.status_reason else ()
    else:
        concepts = of.status_reason
    words = "; ".join(named(concept) for concept in concepts)
    return (f"{type(of).__name__}.statusReason", words) if words else None


def dose_path(one: Medicine) -> str:
    """The element that says how it is taken."""
    return f"{type(one.of).__name__}.{'dosageInstruction' if isinstance(one.of, MedicationRequest) else 'dosage'}"


def cited(one: Medicine, sources: list[Source]) -> tuple[Source, ...]:
    """The sources of a sentence, the resource itself always among them: the drug may stand in one of its own."""
    if any(source.resource == one.key for source in sources):
        return tuple(sources)
    return (*sources, Source(one.key, f"{type(one.of).__name__}.medicationReference", sources[0].resource))
