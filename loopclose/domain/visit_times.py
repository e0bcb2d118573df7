"""When a visit was: its own period where that can be believed, else what else the chart tells of it."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import msgspec

from fhir_adapters.facts import Encounter, Reference
from fhir_adapters.facts.elements import Period
from fhir_adapters.facts.references import local_key
from fhir_adapters.facts.when import LAST, When
from loopclose.domain.appointment_status import NEVER_WAS, status_of
from loopclose.domain.chart import Chart

LONGEST = timedelta(days=1)
"""No office visit lasts longer: a later end is a typing error, or says that nobody knows it."""
FIRST_DAY = datetime(1971, 1, 1, tzinfo=UTC)
"""No visit is older: 0001-01-01, 1900-01-01 and 1970-01-01 say that nobody knows."""
ENDS_FIRST = "Its times do not fit: it ends before it begins."
TOO_LONG = "Its end is not believed: it would have lasted longer than a day."
NO_TIME, NOT_BELIEVED = "It has no time of its own", "Its own time is not believed"
BOOKED = "this is its appointment's."
WRITTEN = "this is that of what was written or done at it."
STORED = "this is when the EHR last changed it."
UNNAMED = "this is that of an appointment with us that no other encounter came of."
NO_START = "Its start is not believed: this is its end."


class Times(msgspec.Struct, frozen=True):
    """Start and end (UTC) of a visit, and what is to be said of them."""

    start: datetime
    end: datetime
    doubts: tuple[str, ...] = ()
    assumed: bool = False
    """Nothing tells the day but the EHR's own last change."""


def times_of(
    encounter: Encounter, chart: Chart, zone: ZoneInfo, bounded: bool, latest: datetime = LAST
) -> Times | None:
    """Its period, else its appointment, else its notes and reports, else the EHR's last change of it.

    ``latest``: one that is over cannot have begun later.
    """
    own = times_in(encounter.period, zone, bounded)
    if own is not None and own.start <= latest:
        return own
    why = NOT_BELIEVED if encounter.period and (encounter.period.start or encounter.period.end) else NO_TIME
    named = {local_key(reference) for reference in encounter.appointment}
    for booked in chart.appointments:
        if booked.key in named and status_of(booked) not in NEVER_WAS:
            found = times_in(Period(start=booked.start, end=booked.end), zone, bounded)
            if found is not None and found.start <= latest:
                return Times(found.start, found.end, (f"{why}: {BOOKED}", *found.doubts))
    written = min(_written(encounter.key, chart, zone), default=None)
    if written is not None:
        return Times(*written, (f"{why}: {WRITTEN}",))
    updated = encounter.meta.updated if encounter.meta else None
    if updated is not None:
        return Times(updated.start(zone), updated.end(zone), (f"{why}: {STORED}",), assumed=True)
    return None


def times_in(period: Period | None, zone: ZoneInfo, bounded: bool) -> Times | None:
    """What a period says. ``bounded``: it is of a visit that ends the day on which it begins."""
    if period is None:
        return None
    begins = period.start if period.start and period.start.start(zone) >= FIRST_DAY else None
    first = begins or period.end
    start = first.start(zone) if first else FIRST_DAY
    if first is None or not FIRST_DAY <= start < LAST:
        return None
    if begins is None or period.end is None:
        return Times(start, first.end(zone), (NO_START,) if begins is not period.start else ())
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
