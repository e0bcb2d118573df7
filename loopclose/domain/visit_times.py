"""When a visit was: its own period where that can be believed, else what else the chart tells of it."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import msgspec

from fhir_adapters.facts import Encounter, Reference
from fhir_adapters.facts.elements import Period
from fhir_adapters.facts.references import local_key
from fhir_adapters.facts.when import When
from loopclose.domain.chart import Chart

LONGEST = timedelta(days=1)
"""No office visit lasts longer: a later end is a typing error, or says that nobody knows it."""
ENDS_FIRST = "Its times do not fit: it ends before it begins."
EARLIEST = datetime(1970, 1, 2, tzinfo=UTC)
"""No EHR's visit was before: what is written so stands for a time that nobody knows."""
NO_START = "Its start is not believed: it lies in the future, or before there were EHRs."
TOO_LONG = "Its end is not believed: it would have lasted longer than a day."
BOOKED = "It has no time of its own: this is its appointment's."
WRITTEN = "It has no time of its own: this is that of what was written or done at it."
UNNAMED = "It has no time of its own: this is that of an appointment with us that no other encounter came of."
STORED = "It has no time of its own: this is when the EHR last changed it."


class Times(msgspec.Struct, frozen=True):
    """Start and end (UTC) of a visit, and what is to be said of them."""

    start: datetime
    end: datetime
    doubts: tuple[str, ...] = ()
    assumed: bool = False
    """Nothing tells the day but the EHR's own last change."""


def own_times(encounter: Encounter, zone: ZoneInfo, bounded: bool) -> Times | None:
    """What its period says. ``bounded``: it is a visit that ends the day on which it begins."""
    return _of_period(encounter.period, zone, bounded)


def times_of(encounter: Encounter, chart: Chart, zone: ZoneInfo, bounded: bool) -> Times | None:
    """Its period, else its appointment, else its notes and reports, else the EHR's last change of it."""
    own = own_times(encounter, zone, bounded)
    if own is not None:
        return own
    named = {local_key(reference) for reference in encounter.appointment}
    for booked in chart.appointments:
        if booked.key in named and booked.status not in ("cancelled", "noshow", "entered-in-error"):
            found = _of_period(Period(start=booked.start, end=booked.end), zone, bounded)
            if found is not None:
                return Times(found.start, found.end, (BOOKED, *found.doubts))
    written = min(_written(encounter.key, chart, zone), default=None)
    if written is not None:
        return Times(*written, (WRITTEN,))
    updated = encounter.meta.updated if encounter.meta else None
    if updated is not None:
        return Times(updated.start(zone), updated.end(zone), (STORED,), assumed=True)
    return None


def is_believed(times: Times, is_over: bool, now: datetime) -> bool:
    """Whether a visit can have begun then; one that is over did so a day from now at the latest."""
    return times.start >= EARLIEST and not (is_over and times.start > now + LONGEST)


def times_without_start(
    encounter: Encounter, chart: Chart, zone: ZoneInfo, bounded: bool, is_over: bool, now: datetime
) -> Times | None:
    """Where its start is not believed: its end, else what else the chart tells."""
    end = encounter.period.end if encounter.period else None
    for period in (Period(end=end), None):
        found = times_of(msgspec.structs.replace(encounter, period=period), chart, zone, bounded)
        if found is not None and is_believed(found, is_over, now):
            return msgspec.structs.replace(found, doubts=(NO_START, *found.doubts))
    return None


def _of_period(period: Period | None, zone: ZoneInfo, bounded: bool) -> Times | None:
    first = (period.start or period.end) if period else None
    if period is None or first is None:
        return None
    start = first.start(zone)
    if period.end is None:
        return Times(start, first.end(zone))
    if period.end.end(zone) < start:
        return Times(start, first.end(zone), (ENDS_FIRST,))
    if bounded and period.end.start(zone) - first.end(zone) > LONGEST:
        return Times(start, first.end(zone), (TOO_LONG,))
    return Times(start, period.end.end(zone))


def _written(visit: str, chart: Chart, zone: ZoneInfo) -> Iterator[tuple[datetime, datetime]]:
    """First and last moment of each note, report and procedure of that visit."""

    def told(encounters: tuple[Reference | None, ...], *moments: When | None) -> Iterator[tuple[datetime, datetime]]:
        at = next((moment for moment in moments if moment is not None), None)
        if at is not None and any(local_key(reference) == visit for reference in encounters):
            yield at.start(zone), at.end(zone)

    for note in chart.documents:
        if note.context is not None and note.status != "entered-in-error":
            served = note.context.period.start if note.context.period else None
            yield from told(note.context.encounter, served, note.date)
    for report in chart.diagnostic_reports:
        started = report.effective_period.start if report.effective_period else None
        if report.status not in ("entered-in-error", "cancelled"):
            yield from told((report.encounter,), report.effective_date_time, started, report.issued)
    for done in chart.procedures:
        started = done.performed_period.start if done.performed_period else None
        if done.status not in ("entered-in-error", "not-done"):
            yield from told((done.encounter,), done.performed_date_time, started)
