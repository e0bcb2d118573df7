"""Who is told for somebody who is away or gone."""

from __future__ import annotations

from datetime import date

import pytest

from loopclose.domain.deputies import Absence, stands_in

TITLE = "Who stands in"
TEXT = """
What would be told to somebody who is away is told to their deputy, and where that one is away to the deputy's own, and
so on. An absence holds from its first to its last date, both included, in the practice's dates; of several that cover
a day the one noted last holds. Where the chain ends at nobody (away without a deputy, disabled without one, or two
people who name each other) the role is told instead. Absences are written as *who first to last: deputy*, in the order
in which they were noted; gus is disabled, everybody else is not.
"""
COLUMNS = ["absences", "on", "for", "is told", "why"]
ROWS = [
    ["-", "2026-11-24", "ann", "ann", "nobody is away"],
    ["ann 2026-11-23 to 2026-11-27: bob", "2026-11-22", "ann", "ann", "before the first date"],
    ["ann 2026-11-23 to 2026-11-27: bob", "2026-11-23", "ann", "bob", "from the first date"],
    ["ann 2026-11-23 to 2026-11-27: bob", "2026-11-27", "ann", "bob", "to the last date"],
    ["ann 2026-11-23 to 2026-11-27: bob", "2026-11-28", "ann", "ann", "after the last date"],
    ["ann 2026-11-23 to 2026-11-27: bob", "2026-11-24", "bob", "bob", "a deputy goes on as before"],
    ["ann 2026-11-23 to -: bob", "2027-11-24", "ann", "bob", "until further notice"],
    ["ann 2026-11-23 to 2026-11-27: -", "2026-11-24", "ann", "the role", "away without a deputy"],
    ["-", "2026-11-24", "gus", "the role", "disabled"],
    ["gus 2026-11-01 to -: ann", "2026-11-24", "gus", "ann", "disabled, and somebody took over"],
    ["ann 2026-11-23 to 2026-11-27: gus", "2026-11-24", "ann", "the role", "the deputy is disabled"],
    ["ann 2026-11-23 to 2026-11-27: bob; bob 2026-11-24 to 2026-11-24: cat", "2026-11-23", "ann", "bob", "a chain"],
    ["ann 2026-11-23 to 2026-11-27: bob; bob 2026-11-24 to 2026-11-24: cat", "2026-11-24", "ann", "cat", "a chain"],
    ["ann 2026-11-23 to 2026-11-27: bob; bob 2026-11-24 to -: -", "2026-11-24", "ann", "the role", "a chain's end"],
    ["ann 2026-11-23 to 2026-11-27: bob; bob 2026-11-23 to -: ann", "2026-11-24", "ann", "the role", "a circle"],
    ["ann 2026-11-23 to 2026-11-27: ann", "2026-11-24", "ann", "the role", "the smallest circle"],
    ["ann 2026-11-23 to -: bob; ann 2026-11-24 to 2026-11-25: cat", "2026-11-24", "ann", "cat", "noted last"],
    ["ann 2026-11-23 to -: bob; ann 2026-11-24 to 2026-11-25: cat", "2026-11-26", "ann", "bob", "noted last is over"],
]


def absence(text: str) -> Absence:
    """As a row writes it."""
    who, first, _, last, deputy = text.replace(":", "").split()
    return Absence(who, date.fromisoformat(first), None if last == "-" else date.fromisoformat(last), _or_none(deputy))


def _or_none(text: str) -> str | None:
    return None if text == "-" else text


@pytest.mark.parametrize("row", ROWS, ids=lambda row: f"{row[2]} on {row[1]}, {row[4]}, {row[0]}")
def test_the_one_who_stands_in_is_told(row: list[str]) -> None:
    noted, day, who, told, _ = row
    absences = [] if noted == "-" else [absence(one) for one in noted.split("; ")]
    found = stands_in(who, date.fromisoformat(day), absences, {"ann", "bob", "cat"})
    assert (found or "the role") == told
