"""What in the chart shows that a report was signed, sent or received."""

from __future__ import annotations

from fhir_adapters.facts import Communication, DocumentReference, Reference, Task
from fhir_adapters.facts.references import local_key
from loopclose.domain.chart import Chart, Referrer, Visit
from loopclose.domain.code_tables import plain_token
from loopclose.domain.directory import Directory
from loopclose.domain.practice import Practice
from loopclose.domain.states import Evidence
from loopclose.domain.task_receipts import BECAUSE, Sent, is_referrer, received_at

SIGNED = frozenset({"final", "amended"})
ROUTED = "The EHR sends each signed note to the referrer by itself, as the configuration says (routes_notes)."


def report_evidence(
    visit: Visit,
    referrer: Referrer,
    chart: Chart,
    practice: Practice,
    directory: Directory,
    notes: frozenset[str],
    docstatus_absent_counts: bool,
    routes_notes: bool = False,
) -> list[Evidence]:
    """Evidence for one report. What Loopclose itself wrote is never evidence.

    ``notes``: tokens of the note types that count (consult, progress, procedure, operative). A note without
    docStatus counts only where the EHR never sends one. ``routes_notes``: the EHR sends each signed note to the
    referrer by itself and says nothing of it, as the practice says; receipt is awaited all the same.
    """
    found: list[Evidence] = []
    for document in chart.documents:
        if not _is_signed_note(document, visit, chart, notes, docstatus_absent_counts):
            continue
        written = document.date or (document.meta.updated if document.meta else None)
        at = max(written.end(practice.zone), visit.start) if written else visit.end
        found.append(Evidence("signed", at, document.key, "A final note of this visit is in the chart."))
        if routes_notes and referrer.reference is not None and not referrer.guessed:
            found.append(Evidence("sent", at, document.key, ROUTED))
        found += _sent(document, referrer, chart, practice, directory)
    return found


def _is_signed_note(
    document: DocumentReference,
    visit: Visit,
    chart: Chart,
    notes: frozenset[str],
    docstatus_absent_counts: bool,
) -> bool:
    tokens = document.type.tokens if document.type else ()
    known = any(plain_token(token) in notes for token in tokens)
    return known and visit.id in visits_of(document) and is_signed(document, chart, docstatus_absent_counts)


def is_signed(document: DocumentReference, chart: Chart, docstatus_absent_counts: bool) -> bool:
    """Whether a document, of whatever type, was signed in the chart by somebody there."""
    if document.key in chart.written_by_us or document.status not in (None, "current"):
        return False
    if document.doc_status is None:
        return docstatus_absent_counts
    return document.doc_status in SIGNED


def visits_of(document: DocumentReference) -> frozenset[str]:
    """The encounters that it belongs to, as ``Encounter/id``."""
    named = document.context.encounter if document.context else ()
    return frozenset(key for reference in named if (key := local_key(reference)))


def _sent(
    document: DocumentReference, referrer: Referrer, chart: Chart, practice: Practice, directory: Directory
) -> list[Evidence]:
    found = []
    for message in chart.communications:
        if message.key in chart.written_by_us or message.status != "completed" or message.sent is None:
            continue
        recipients = [directory.person(reference, message.contained) for reference in message.recipient]
        if document.key in _cited(message) and any(is_referrer(who, referrer) for who in recipients):
            sent = message.sent.start(practice.zone)
            found.append(Evidence("sent", sent, message.key, "The EHR sent the note to the referrer."))
            if message.received is not None:
                at = message.received.start(practice.zone)
                found.append(Evidence("confirmed", at, message.key, "The EHR shows that the referrer received it."))
    report = Sent(referrer, documents=frozenset({document.key}))
    for task in chart.tasks:
        had = received_at(task, report, directory, practice) if task.key not in chart.written_by_us else None
        if had is not None:
            found += [Evidence(state, had, task.key, BECAUSE) for state in ("sent", "confirmed")]
            continue
        if task.key in chart.written_by_us or task.status != "completed" or document.key not in _outputs(task):
            continue
        recipients = [directory.person(reference, task.contained) for reference in (task.requester, task.owner)]
        end = task.execution_period.end if task.execution_period else None
        moment = end or task.last_modified
        if moment is not None and any(is_referrer(who, referrer) for who in recipients):
            at = moment.start(practice.zone)
            found.append(Evidence("sent", at, task.key, "A completed task gave the note to the referrer."))
    return found


def _cited(message: Communication) -> set[str | None]:
    references: list[Reference | None] = [*message.about, *message.part_of]
    references += [payload.content_reference for payload in message.payload]
    return {local_key(reference) for reference in references}


def _outputs(task: Task) -> set[str | None]:
    return {local_key(output.value_reference) for output in task.output}
