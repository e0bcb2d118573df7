"""Practice days."""

from __future__ import annotations

from datetime import date

import pytest

from tests.spec.cast import CALENDAR, local, shown

TITLE = "Practice days"
TEXT = """
"N business days" ends at the close of the Nth practice day after the local day. The practice is open Monday to
Friday, 08:00 to 17:00 in Boston; Massachusetts holidays are closed, and the hour stays the local one when the
clocks change.
"""
COLUMNS = ["from", "business days", "ends", "why"]
ROWS = [
    ["2026-11-23", "1", "Tue 2026-11-24 17:00", "the next day"],
    ["2026-11-23", "3", "Fri 2026-11-27 17:00", "Thanksgiving is closed"],
    ["2026-11-27", "1", "Mon 2026-11-30 17:00", "over a weekend"],
    ["2026-11-28", "1", "Mon 2026-11-30 17:00", "from a Saturday"],
    ["2026-12-24", "1", "Mon 2026-12-28 17:00", "Christmas is closed"],
    ["2026-04-17", "1", "Tue 2026-04-21 17:00", "Patriots' Day, a holiday of the state"],
    ["2026-03-06", "1", "Mon 2026-03-09 17:00", "clocks go forward in between"],
    ["2026-10-30", "1", "Mon 2026-11-02 17:00", "clocks go back in between"],
]


@pytest.mark.parametrize("row", ROWS, ids=lambda row: f"{row[0]} + {row[1]}")
def test_closed_days_do_not_count(row: list[str]) -> None:
    start, count, ends, _ = row
    assert shown(CALENDAR.close_after(date.fromisoformat(start), int(count))) == ends
    assert CALENDAR.is_practice_day(local(ends[4:]).date())
