"""What was done, or not, and why; how it came out and what follows from it."""

from __future__ import annotations

from fhir_adapters.facts import Procedure
from fhir_adapters.facts.procedure import FocalDevice
from loopclose.drafting.names import coded, named, plain
from loopclose.drafting.paper import Item, Source
from loopclose.drafting.sentences import ERROR, About, beside, cited, name_source, sites, told
from loopclose.drafting.wording import date_words

NOT_DONE = {
    "not-done": "Not done: ",
    "stopped": "Stopped: ",
    "on-hold": "On hold: ",
    "preparation": "Planned: ",
    "in-progress": "Under way: ",
    "unknown": "Status unknown: ",
    "aborted": "Stopped: ",
    "suspended": "On hold: ",
    "cancelled": "Not done: ",
    "scheduled": "Planned: ",
}
"""What stands before one that is not simply done; words of other versions of FHIR are among them."""
DONE = ("completed", "finished", "done")


def procedure_item(one: Procedure, about: About) -> Item:
    """A procedure, whether it was done, why or why not, its outcome, what went wrong and what is to follow."""
    if one.status == ERROR:
        return ()
    head = NOT_DONE.get(one.status or "", "" if (one.status or DONE[0]) in DONE else f"Status “{one.status}”: ")
    sources = [name_source(one, one.code)]
    if head:
        sources.append(cited(one, "status", one.status or ""))
    if one.body_site:
        sources.append(cited(one, "bodySite", sites(one.body_site)))
    why = coded(one.status_reason)
    if why:
        sources.append(cited(one, "statusReason", why))
    on = _when(one, about, sources)
    text = f"{head}{named(one.code)}{sites(one.body_site)}{on}{f' ({why})' if why else ''}"
    return (
        told(about, one, text, sources),
        *beside(one, "Reason: ", "reasonCode", map(coded, one.reason_code)),
        *beside(one, "Reason: ", "reasonReference", (plain(each.display or "") for each in one.reason_reference)),
        *beside(one, "Device: ", "focalDevice", map(_device, one.focal_device)),
        *beside(one, "Outcome: ", "outcome", [coded(one.outcome)]),
        *beside(one, "Complication: ", "complication", map(coded, one.complication)),
        *beside(
            one, "Complication: ", "complicationDetail", (plain(each.display or "") for each in one.complication_detail)
        ),
        *beside(one, "", "note", (note.text for note in one.note)),
        *beside(one, "To follow: ", "followUp", map(coded, one.follow_up)),
    )


def _device(one: FocalDevice) -> str | None:
    """What was put in, taken out or changed, and which."""
    name = plain(one.manipulated.display or "") if one.manipulated else None
    return ", ".join(filter(None, (name, coded(one.action)))) or None


def _when(one: Procedure, about: About, sources: list[Source]) -> str:
    """The day, or the days; nothing where it is not told."""
    period = one.performed_period
    if one.performed_date_time is not None:
        sources.append(cited(one, "performedDateTime", str(one.performed_date_time)))
        return f", {date_words(one.performed_date_time, about.zone)}"
    if period is not None and (period.start or period.end):
        days = dict.fromkeys(date_words(when, about.zone) for when in (period.start, period.end) if when is not None)
        sources.append(cited(one, "performedPeriod", " to ".join(days)))
        return f", {' to '.join(days)}"
    if one.performed_string:
        sources.append(cited(one, "performedString", one.performed_string))
        return f", {one.performed_string}"
    return ""
