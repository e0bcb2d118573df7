"""One resource, one sentence: what it says, in fixed words around its own values."""

from __future__ import annotations

from zoneinfo import ZoneInfo

from fhir_adapters.facts import CodeableConcept, Condition, DiagnosticReport, Observation, Procedure, ServiceRequest
from fhir_adapters.facts.elements import Quantity, Range
from loopclose.drafting.paper import Sentence, Source
from loopclose.drafting.wording import amount, date_words, span, value_words

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


def condition_sentence(condition: Condition, zone: ZoneInfo) -> Sentence | None:
    """A diagnosis with how sure it is; one entered in error says nothing."""
    verified = _code(condition.verification_status)
    if verified == "entered-in-error":
        return None
    name = _name(condition.code)
    clinical = _code(condition.clinical_status)
    tail = f" ({clinical})" if clinical and clinical != "active" else ""
    since = f", since {date_words(condition.onset_date_time, zone)}" if condition.onset_date_time else ""
    sources = [Source(condition.key, "Condition.code", name)]
    if verified in CERTAINTY:
        sources.append(Source(condition.key, "Condition.verificationStatus", verified))
    if condition.onset_date_time:
        sources.append(Source(condition.key, "Condition.onsetDateTime", str(condition.onset_date_time)))
    return Sentence(f"{CERTAINTY.get(verified or '', '')}{name}{tail}{since}.", tuple(sources[:3]))


def observation_sentence(observation: Observation, zone: ZoneInfo) -> Sentence | None:
    """A finding or result, with its components, interpretation and what is usual."""
    if observation.status == "entered-in-error":
        return None
    name = _name(observation.code)
    value = value_words(observation, zone)
    parts = [f"{_name(part.code)} {words}" for part in observation.component if (words := value_words(part, zone))]
    said = ", ".join([*([value] if value else []), *parts]) or "no value recorded"
    notes = [label for one in observation.interpretation if (label := one.label)]
    usual = next((text for one in observation.reference_range if (text := one.text or _usual(one.low, one.high))), None)
    notes += [f"usual {usual}"] if usual else []
    notes += [NOT_FINAL[observation.status]] if observation.status in NOT_FINAL else []
    tail = f" ({'; '.join(notes)})" if notes else ""
    sources = [
        Source(observation.key, "Observation.code", name),
        Source(observation.key, "Observation.component" if parts else "Observation.value[x]", said),
    ]
    if notes:
        sources.append(Source(observation.key, "Observation.interpretation", "; ".join(notes)))
    return Sentence(f"{name}: {said}{tail}.", tuple(sources))


def report_sentence(report: DiagnosticReport, zone: ZoneInfo) -> Sentence | None:
    """A report with its conclusion."""
    if report.status == "entered-in-error":
        return None
    name = _name(report.code)
    concluded = [label for one in report.conclusion_code if (label := one.label)]
    said = report.conclusion or "; ".join(concluded) or "no conclusion recorded"
    tail = f" ({NOT_FINAL[report.status]})" if report.status in NOT_FINAL else ""
    on = f" of {date_words(report.effective_date_time, zone)}" if report.effective_date_time else ""
    sources = [
        Source(report.key, "DiagnosticReport.code", name),
        Source(report.key, "DiagnosticReport.conclusion", said),
    ]
    if report.effective_date_time:
        sources.append(Source(report.key, "DiagnosticReport.effectiveDateTime", str(report.effective_date_time)))
    return Sentence(f"{name}{on}{tail}: {said.rstrip('.')}.", tuple(sources))


def procedure_sentence(procedure: Procedure, zone: ZoneInfo) -> Sentence | None:
    """A procedure, and whether it was done."""
    if procedure.status == "entered-in-error":
        return None
    name = _name(procedure.code)
    outcome = f": {procedure.outcome.label}" if procedure.outcome and procedure.outcome.label else ""
    on = f", {date_words(procedure.performed_date_time, zone)}" if procedure.performed_date_time else ""
    sources = [Source(procedure.key, "Procedure.code", name)]
    if procedure.performed_date_time:
        sources.append(Source(procedure.key, "Procedure.performedDateTime", str(procedure.performed_date_time)))
    if outcome:
        sources.append(Source(procedure.key, "Procedure.outcome", outcome[2:]))
    return Sentence(f"{NOT_DONE.get(procedure.status or '', '')}{name}{on}{outcome}.", tuple(sources))


def order_sentence(order: ServiceRequest) -> Sentence | None:
    """An order of the visit, and where it stands."""
    if order.status == "entered-in-error":
        return None
    name = _name(order.code)
    words = "not to be done" if order.do_not_perform else ORDER_WORDS.get(order.status or "", order.status or "")
    sources = (
        Source(order.key, "ServiceRequest.code", name),
        Source(order.key, "ServiceRequest.status", order.status or ""),
    )
    return Sentence(f"{name} ({words})." if words else f"{name}.", sources)


def _usual(low: Quantity | None, high: Quantity | None) -> str | None:
    if low is not None and high is not None:
        return span(Range(low=low, high=high))
    if low is not None:
        return f"from {amount(low)}"
    return f"up to {amount(high)}" if high is not None else None


def _name(concept: CodeableConcept | None) -> str:
    if concept is None:
        return "Not named"
    return concept.label or next((coding.code for coding in concept.coding if coding.code), "Not named")


def _code(concept: CodeableConcept | None) -> str | None:
    return next((coding.code for coding in concept.coding), None) if concept else None
