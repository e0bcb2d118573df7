"""What was ordered at the visit: what, when, by whom, why; what came of it; and what is booked."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from fhir_adapters.facts import Appointment, DiagnosticReport, Observation, Resource, ServiceRequest, When
from fhir_adapters.facts.dosage import Dosage, Timing
from fhir_adapters.facts.references import local_key
from loopclose.drafting.dosing import dosage_words
from loopclose.drafting.dosing_words import NO_UNIT, dose_per, dose_span
from loopclose.drafting.names import coded, line, named, plain
from loopclose.drafting.paper import Item, Sentence, Source
from loopclose.drafting.results import NOT_FINAL
from loopclose.drafting.sentences import ERROR, About, beside, cited, name_source, sites, told, who
from loopclose.drafting.units import measure
from loopclose.drafting.values import value_words
from loopclose.drafting.wording import date_words

ORDER_WORDS = {
    "completed": "done",
    "revoked": "revoked",
    "on-hold": "on hold",
    "active": "ordered",
    "draft": "draft",
    "unknown": "status unknown",
}
NOT_ORDERED = {
    "proposal": "Proposed, not ordered: ",
    "plan": "Planned, not ordered: ",
    "option": "One of several options: ",
    "recommendation": "Recommended, not ordered: ",
    "proposed": "Proposed, not ordered: ",
}
"""Intents that are no order (http://hl7.org/fhir/request-intent)."""
PENDING = "result pending"
BOOKED = frozenset({"booked", "pending", "proposed", "arrived", "checked-in"})
"""States of an appointment that is still to come."""


def order_items(
    orders: Iterable[ServiceRequest], results: Mapping[str, Sequence[DiagnosticReport | Observation]], about: About
) -> list[Item]:
    """Each order with where it stands. ``results``: by ``ServiceRequest/id``, what was reported of it."""
    return [order_item(one, about, results.get(one.key, ())) for one in orders]


def order_item(
    one: ServiceRequest, about: About, results: Sequence[DiagnosticReport | Observation] | None = None
) -> Item:
    """An order of the visit. ``results``: what was reported of it; None where nobody looked."""
    if one.status == ERROR:
        return ()
    sources = [name_source(one, one.code)]
    if one.body_site:
        sources.append(cited(one, "bodySite", sites(one.body_site)))
    notes = [*_state(one, sources, results), *_how(one, about, sources)]
    head = NOT_ORDERED.get(one.intent or "", "") if not one.do_not_perform else ""
    if head:
        sources.append(cited(one, "intent", one.intent or ""))
    behind = f" ({', '.join(notes)})" if notes else ""
    text = f"{head}{named(one.code)}{sites(one.body_site)}{behind}"
    return (
        told(about, one, text, sources),
        *beside(one, "", "note", (note.text for note in one.note)),
        *beside(one, "Told to the patient: ", "patientInstruction", [one.patient_instruction]),
        *(_result_of(found, about) for found in results or ()),
    )


def booked_items(bookings: Iterable[Appointment], about: About) -> list[Item]:
    """Appointments that are booked after the visit, the next one first."""
    coming = [
        (one.start.start(about.zone), one)
        for one in bookings
        if one.start is not None and one.status in BOOKED and one.start.last_day(about.zone) > about.day
    ]
    return [_booked(one, about) for _, one in sorted(coming, key=lambda pair: pair[0])]


def _booked(one: Appointment, about: About) -> Item:
    start = one.start or When("9999")
    actors = [part.actor for part in one.participant if not (local_key(part.actor) or "").startswith("Patient/")]
    names = who(one, "participant", actors, about)
    sources = [cited(one, "start", str(start)), *names]
    if not names and (kind := next((words for found in one.service_type if (words := coded(found))), None)):
        sources.append(cited(one, "serviceType", kind))
        return (told(about, one, f"Booked: {date_words(start, about.zone)}, {kind}", sources),)
    whom = f" with {', '.join(name.text for name in names)}" if names else ""
    return (told(about, one, f"Booked: {date_words(start, about.zone)}{whom}", sources),)


def _state(
    one: ServiceRequest, sources: list[Source], results: Sequence[DiagnosticReport | Observation] | None
) -> Iterable[str]:
    if one.do_not_perform:
        sources.append(cited(one, "doNotPerform", "true"))
        yield "not to be done"
        return
    if one.status:
        sources.append(cited(one, "status", one.status))
        if one.intent not in NOT_ORDERED or one.status != "active":
            yield ORDER_WORDS.get(one.status, one.status)
    if one.status == "active" and results is not None and not results and one.intent not in NOT_ORDERED:
        yield PENDING
    if one.priority in ("urgent", "asap", "stat"):
        sources.append(cited(one, "priority", one.priority))
        yield one.priority


def _how(one: ServiceRequest, about: About, sources: list[Source]) -> Iterable[str]:
    """What exactly, how often, when, by whom and why."""
    for detail in one.order_detail:
        if words := coded(detail):
            sources.append(cited(one, "orderDetail", words))
            yield words
    if quantity := measure(one.quantity_quantity):
        sources.append(cited(one, "quantityQuantity", quantity))
        yield f"quantity {quantity}"
    elif one.quantity_ratio is not None and (words := dose_per(one.quantity_ratio)):
        sources.append(cited(one, "quantityRatio", words))
        yield f"quantity {words}"
    elif words := dose_span(one.quantity_range):
        sources.append(cited(one, "quantityRange", words))
        yield f"quantity {words.replace(NO_UNIT, '')}"
    if one.as_needed_boolean:
        sources.append(cited(one, "asNeededBoolean", "true"))
        yield "as needed"
    elif words := coded(one.as_needed_codeable_concept):
        sources.append(cited(one, "asNeededCodeableConcept", words))
        yield f"as needed for {words}"
    if often := schedule_of(one.occurrence_timing, about):
        sources.append(cited(one, "occurrenceTiming", often))
        yield often
    if when := _when(one, about, sources):
        yield when
    if by := who(one, "performer", one.performer, about):
        sources += by
        yield f"by {', '.join(name.text for name in by)}"
    elif kind := coded(one.performer_type):
        sources.append(cited(one, "performerType", kind))
        yield f"by {kind}"
    reasons = [words for concept in one.reason_code if (words := coded(concept))]
    reasons += [plain(reference.display) for reference in one.reason_reference if reference.display]
    if reasons:
        path = "reasonCode" if one.reason_code else "reasonReference"
        sources.append(cited(one, path, "; ".join(reasons)))
        yield f"for {'; '.join(reasons)}"


def schedule_of(timing: Timing | None, about: About) -> str | None:
    """How often something is to be done, and until when."""
    return dosage_words(Dosage(timing=timing), about.zone) if timing is not None else None


def _when(one: ServiceRequest, about: About, sources: list[Source]) -> str | None:
    """When it is due."""
    if one.occurrence_date_time is not None:
        return days_words(one, "occurrenceDateTime", [one.occurrence_date_time], about, sources)
    period = one.occurrence_period
    return days_words(one, "occurrencePeriod", [period.start, period.end] if period else [], about, sources)


def days_words(
    one: Resource, element: str, days: Sequence[When | None], about: About, sources: list[Source]
) -> str | None:
    """``due 1 Dec 2026``, or from one day to another; the element is added to the sources."""
    words = [date_words(when, about.zone) for when in days if when]
    if not words:
        return None
    sources.append(cited(one, element, " to ".join(str(when) for when in days if when)))
    return f"due {' to '.join(dict.fromkeys(words))}"


def _result_of(found: DiagnosticReport | Observation, about: About) -> Sentence:
    """What came of an order, and when; a report without a conclusion is named, and stands among the findings."""
    period = found.effective_period
    path, when = next(
        (
            (path, when)
            for path, when in (
                ("effectiveDateTime", found.effective_date_time),
                ("effectivePeriod", period.start if period else None),
                ("issued", found.issued),
            )
            if when is not None
        ),
        ("id", None),
    )
    day = f" {date_words(when, about.zone)}" if when is not None else ""
    sources = [name_source(found, found.code), cited(found, path, str(when or found.id))]
    if isinstance(found, DiagnosticReport):
        element, words = "conclusion", line(found.conclusion) if found.conclusion else None
    else:
        element, words = value_words(found, about) or ("id", None)
    if words:
        sources.append(cited(found, element, words))
    said = f"{named(found.code)}, {words}" if words else f"see {named(found.code)} among the findings"
    status = f" ({NOT_FINAL[found.status]})" if found.status in NOT_FINAL else ""
    return told(about, found, f"Result{day}: {said}{status}", sources)
