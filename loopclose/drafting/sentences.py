"""One resource, one item: what it says, in fixed words around its own values, each sentence with its elements."""

from __future__ import annotations

from collections.abc import Iterable
from zoneinfo import ZoneInfo

from fhir_adapters.facts import (
    CodeableConcept,
    Condition,
    DiagnosticReport,
    Observation,
    Procedure,
    Resource,
    ServiceRequest,
)
from fhir_adapters.facts.elements import Quantity, Range
from fhir_adapters.facts.observation import ReferenceRange
from loopclose.drafting.paper import Item, Sentence, Source
from loopclose.drafting.wording import amount, date_words, span, value_of

NOT_FINAL = {
    "preliminary": "preliminary, not final",
    "registered": "not yet available",
    "partial": "partial, not final",
    "corrected": "corrected",
    "amended": "amended",
    "cancelled": "cancelled",
    "unknown": "status unknown",
}
CERTAINTY = {
    "refuted": "Ruled out: ",
    "provisional": "Suspected: ",
    "differential": "Possible: ",
    "unconfirmed": "Unconfirmed: ",
}
NOT_DONE = {
    "not-done": "Not done: ",
    "stopped": "Stopped: ",
    "on-hold": "On hold: ",
    "preparation": "Planned: ",
    "in-progress": "Under way: ",
}
ORDER_WORDS = {"completed": "done", "revoked": "revoked", "on-hold": "on hold", "active": "ordered", "draft": "draft"}


def condition_item(condition: Condition, zone: ZoneInfo) -> Item:
    """A diagnosis with how sure it is; one entered in error says nothing."""
    verified, clinical = _code(condition.verification_status), _code(condition.clinical_status)
    if verified == "entered-in-error":
        return ()
    name = named(condition.code)
    sources = [name_source(condition, condition.code)]
    if verified in CERTAINTY:
        sources.append(Source(condition.key, "Condition.verificationStatus", verified))
    tail = ""
    if clinical and clinical != "active":
        tail = f" ({clinical})"
        sources.append(Source(condition.key, "Condition.clinicalStatus", clinical))
    said = [Sentence(f"{CERTAINTY.get(verified or '', '')}{name}{tail}.", tuple(sources))]
    if onset := condition.onset_date_time:
        since = f"Since {date_words(onset, zone)}."
        said.append(Sentence(since, (Source(condition.key, "Condition.onsetDateTime", str(onset)),)))
    return tuple(said)


def observation_item(observation: Observation, zone: ZoneInfo) -> Item:
    """A finding or result, with its components; then whether it is final, its interpretation and what is usual."""
    if observation.status == "entered-in-error":
        return ()
    name, value = named(observation.code), value_of(observation, zone)
    sources = [name_source(observation, observation.code)]
    parts = [f"{named(part.code)} {found[1]}" for part in observation.component if (found := value_of(part, zone))]
    if value:
        sources.append(Source(observation.key, f"Observation.{value[0]}", value[1]))
    if parts:
        sources.append(Source(observation.key, "Observation.component", ", ".join(parts)))
    said = ", ".join([*([value[1]] if value else []), *parts]) or "no value recorded"
    first = Sentence(f"{name}: {said}.", tuple(sources))
    return (first, *_beside(observation))


def _beside(observation: Observation) -> Iterable[Sentence]:
    notes: list[Source] = []
    if observation.status in NOT_FINAL:
        notes.append(Source(observation.key, "Observation.status", NOT_FINAL[observation.status]))
    if meant := "; ".join(label for one in observation.interpretation if (label := one.label)):
        notes.append(Source(observation.key, "Observation.interpretation", meant))
    if usual := next((text for one in observation.reference_range if (text := _usual(one))), None):
        notes.append(Source(observation.key, "Observation.referenceRange", f"usual {usual}"))
    if notes:
        yield Sentence(f"({'; '.join(note.text for note in notes)})", tuple(notes))


def report_item(report: DiagnosticReport, zone: ZoneInfo) -> Item:
    """A report with its conclusion, and its day."""
    if report.status == "entered-in-error":
        return ()
    name = named(report.code)
    concluded = "; ".join(label for one in report.conclusion_code if (label := one.label))
    sources = [name_source(report, report.code)]
    if report.conclusion or concluded:
        element = "conclusion" if report.conclusion else "conclusionCode"
        sources.append(Source(report.key, f"DiagnosticReport.{element}", report.conclusion or concluded))
    tail = ""
    if report.status in NOT_FINAL:
        tail = f" ({NOT_FINAL[report.status]})"
        sources.append(Source(report.key, "DiagnosticReport.status", report.status))
    told = (report.conclusion or concluded or "no conclusion recorded").rstrip(".")
    said = [Sentence(f"{name}{tail}: {told}.", tuple(sources))]
    if day := report.effective_date_time:
        path = "DiagnosticReport.effectiveDateTime"
        said.append(Sentence(f"({date_words(day, zone)})", (Source(report.key, path, str(day)),)))
    return tuple(said)


def procedure_item(procedure: Procedure, zone: ZoneInfo) -> Item:
    """A procedure, whether it was done, and its outcome."""
    if procedure.status == "entered-in-error":
        return ()
    name, head = named(procedure.code), NOT_DONE.get(procedure.status or "", "")
    sources = [name_source(procedure, procedure.code)]
    if head:
        sources.append(Source(procedure.key, "Procedure.status", procedure.status or ""))
    on = ""
    if day := procedure.performed_date_time:
        on = f", {date_words(day, zone)}"
        sources.append(Source(procedure.key, "Procedure.performedDateTime", str(day)))
    said = [Sentence(f"{head}{name}{on}.", tuple(sources))]
    if procedure.outcome and (outcome := procedure.outcome.label):
        said.append(Sentence(f"Outcome: {outcome}.", (Source(procedure.key, "Procedure.outcome", outcome),)))
    return tuple(said)


def order_item(order: ServiceRequest) -> Item:
    """An order of the visit, and where it stands."""
    if order.status == "entered-in-error":
        return ()
    name = named(order.code)
    words = "not to be done" if order.do_not_perform else ORDER_WORDS.get(order.status or "", order.status or "")
    sources = [name_source(order, order.code)]
    if order.do_not_perform:
        sources.append(Source(order.key, "ServiceRequest.doNotPerform", "true"))
    elif order.status:
        sources.append(Source(order.key, "ServiceRequest.status", order.status))
    return (Sentence(f"{name} ({words})." if words else f"{name}.", tuple(sources)),)


def named(concept: CodeableConcept | None) -> str:
    """What a concept is called: its words, else its code."""
    if concept is None:
        return "Not named"
    return concept.label or next((coding.code for coding in concept.coding if coding.code), "Not named")


def name_source(resource: Resource, concept: CodeableConcept | None) -> Source:
    """The element that names a thing; where nothing does, its id stands for that."""
    return Source(resource.key, f"{type(resource).__name__}.{'code' if concept else 'id'}", named(concept))


def _usual(one: ReferenceRange) -> str | None:
    return one.text or _between(one.low, one.high)


def _between(low: Quantity | None, high: Quantity | None) -> str | None:
    if low is not None and high is not None:
        return span(Range(low=low, high=high))
    if low is not None:
        return f"from {amount(low)}"
    return f"up to {amount(high)}" if high is not None else None


def _code(concept: CodeableConcept | None) -> str | None:
    return next((coding.code for coding in concept.coding), None) if concept else None
