"""Practice days."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import pytest

from loopclose.domain.business_time import CLOSED_BY_US
from tests.spec.cast import CALENDAR, local, shown

TITLE = "Practice days"
TEXT = """
"N business days" ends at the close of the Nth practice day after the local day. The practice is open Monday to
Friday, 08:00 to 17:00 in Boston; Massachusetts holidays are closed, and the hour stays the local one when the
clocks change. A practice may close on days of its own, and open on a holiday: in the last rows it closes on Thu
2026-12-24 and Sat 2026-12-26, and opens on Patriots' Day and New Year's Day.
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
    ["2026-12-23", "1", "Mon 2026-12-28 17:00", "own days: Christmas Eve is closed, Christmas is"],
    ["2026-04-17", "1", "Mon 2026-04-20 17:00", "own days: open on a holiday of the state"],
    ["2026-12-31", "1", "Fri 2027-01-01 17:00", "own days: open on a holiday of the country"],
]
OWN = replace(
    CALENDAR,
    closed=frozenset({date(2026, 12, 24), date(2026, 12, 26)}),
    opened=frozenset({date(2026, 4, 20), date(2027, 1, 1)}),
)
"""The same practice with days of its own."""


@pytest.mark.parametrize("row", ROWS, ids=lambda row: f"{row[0]} + {row[1]}, {row[3]}")
def test_closed_days_do_not_count(row: list[str]) -> None:
    start, count, ends, why = row
    calendar = OWN if why.startswith("own days") else CALENDAR
    assert shown(calendar.close_after(date.fromisoformat(start), int(count))) == ends
    assert calendar.is_practice_day(local(ends[4:]).date())


def test_a_closing_day_is_named_with_the_holidays_and_an_opened_one_is_not() -> None:
    named = dict(OWN.holidays_between(date(2026, 12, 23), date(2027, 1, 1)))
    assert named == {date(2026, 12, 24): CLOSED_BY_US, date(2026, 12, 25): "Christmas Day"}


def test_practice_days_are_counted_after_the_first_and_up_to_the_last() -> None:
    assert CALENDAR.practice_days(date(2026, 11, 25), date(2026, 11, 30)) == 2
    assert CALENDAR.practice_days(date(2026, 11, 24), date(2026, 11, 25)) == 1
    assert CALENDAR.practice_days(date(2026, 11, 25), date(2026, 11, 25)) == 0
    assert CALENDAR.practice_days(date(2026, 11, 25), date(2026, 11, 1)) == 0
