"""When the rungs of the ladder fire."""

from __future__ import annotations

from datetime import date

import pytest

from loopclose.domain.escalation import DEFAULT_LADDER, due_rung
from tests.spec.cast import CALENDAR, local

TITLE = "The ladder"
TEXT = """
The report is due on Fri 2026-11-20 at 17:00. The night run of a date fires at most one rung, the lowest that is
due and was not fired; running that date again adds nothing. Rungs: 1 one business day before, 2 at the
deadline, 3 two business days after, 4 five business days after.
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
    ["2026-12-09 02:00", "0", "-", "1"],
    ["2026-12-10 02:00", "1", "2026-12-09", "2"],
]


@pytest.mark.parametrize("row", ROWS, ids=" / ".join)
def test_one_rung_a_date_lowest_first(row: list[str]) -> None:
    at, fired, on, fires = row
    now = local(at)
    fired_on = None if on == "-" else date.fromisoformat(on)
    rung = due_rung(
        local("2026-11-20 17:00"), int(fired), fired_on, now, CALENDAR.day_of(now), DEFAULT_LADDER, CALENDAR
    )
    assert (str(rung.no) if rung else "-") == fires
