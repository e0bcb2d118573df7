"""When the rungs of the ladder fire."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta

import pytest

from loopclose.domain.escalation import DEFAULT_LADDER, REMINDED, due_rung, next_alert_after
from tests.spec.cast import CALENDAR, local

TITLE = "The ladder"
TEXT = """
The report is due on Fri 2026-11-20 at 17:00. The night run of a date fires at most one rung, the lowest that is
due and was not fired; running that date again adds nothing. Rungs: 1 one business day before, 2 at the
deadline, 3 two business days after, 4 five business days after. Above the top there is a reminder to manager and
coordinator every seven days, until the report is closed. Nothing late is silent for longer than seven days: seven dates
after the deadline, or after the last rung if that was later, the next one fires whatever its moment (in the last rows
the practice is closed from Mon 2026-11-23 to Fri 2026-12-04). A report that was closed or sent and waits again begins a
new ladder: nothing of it is fired, and "last fired on" stays.
"""
COLUMNS = ["night run at", "fired so far", "last fired on", "fires"]
ROWS = [
    ["2026-11-19 02:00", "0", "-", "-"],
    ["2026-11-20 02:00", "0", "-", "1"],
    ["2026-11-20 03:00", "1", "2026-11-20", "-"],
    ["2026-11-21 02:00", "1", "2026-11-20", "2"],
    ["2026-11-24 02:00", "2", "2026-11-21", "-"],
    ["2026-11-25 02:00", "2", "2026-11-21", "3"],
    ["2026-12-01 02:00", "3", "2026-11-25", "4"],
    ["2026-12-02 02:00", "4", "2026-12-01", "-"],
    ["2026-12-07 02:00", "4", "2026-12-01", "-"],
    ["2026-12-08 02:00", "4", "2026-12-01", "reminder 5"],
    ["2026-12-08 09:00", "5", "2026-12-08", "-"],
    ["2026-12-14 02:00", "5", "2026-12-08", "-"],
    ["2026-12-15 02:00", "5", "2026-12-08", "reminder 6"],
    ["2027-01-20 02:00", "6", "2026-12-15", "reminder 7"],
    ["2026-12-09 02:00", "0", "-", "1"],
    ["2026-12-10 02:00", "1", "2026-12-09", "2"],
    ["2026-12-10 02:00", "0", "2026-12-10", "-"],
    ["2026-12-11 02:00", "0", "2026-12-10", "1"],
    ["2026-11-27 02:00", "2", "2026-11-21", "closed: -"],
    ["2026-11-28 02:00", "2", "2026-11-21", "closed: 3"],
    ["2026-12-05 02:00", "3", "2026-11-28", "closed: 4"],
    ["2026-11-26 02:00", "1", "2026-11-18", "closed: 2"],
]
CLOSED = replace(CALENDAR, closed=frozenset(date(2026, 11, 23) + timedelta(days=n) for n in range(12)))


@pytest.mark.parametrize("row", ROWS, ids=" / ".join)
def test_one_rung_a_date_lowest_first(row: list[str]) -> None:
    at, fired, on, fires = row
    now, due = local(at), local("2026-11-20 17:00")
    fired_on = None if on == "-" else date.fromisoformat(on)
    calendar = CLOSED if fires.startswith("closed: ") else CALENDAR
    night = calendar.day_of(now)
    rung = due_rung(due, int(fired), fired_on, now, night, DEFAULT_LADDER, calendar)
    words = ("reminder " if rung.roles == REMINDED else "") + str(rung.no) if rung else "-"
    assert words == fires.removeprefix("closed: ")
    if rung is not None:  # it is found by then, and there is always a next time, a week later at most
        assert next_alert_after(due, int(fired), fired_on, DEFAULT_LADDER, calendar) <= now
        again = next_alert_after(due, rung.no, night, DEFAULT_LADDER, calendar)
        assert again <= now + timedelta(days=7) and again.tzinfo is not None
