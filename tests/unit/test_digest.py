"""What the mail of a night says."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from loopclose.domain.codes import KINDS
from loopclose.domain.escalation import Rung
from loopclose.outbound.digest import Line, body, subject

BOSTON = ZoneInfo("America/New_York")
NOW = datetime(2026, 11, 24, 15, 0, tzinfo=UTC)
BEFORE = Rung(1, -1, ("author",))
LATE = Line("late-one", "report", NOW - timedelta(days=3), BEFORE)
AHEAD = Line("next-one", "report", NOW + timedelta(hours=3), BEFORE)


def test_what_is_late_is_never_called_due_soon() -> None:
    text = body([AHEAD, LATE], NOW, BOSTON, "https://loop.example/")
    late, ahead = (line for line in text.splitlines() if line.startswith("- "))
    assert late == "- A report, late since Sat 21 Nov 2026 at 10:00." and "due Tue 24 Nov 2026 at 13:00" in ahead
    assert text.index("obligation/late-one") < text.index("obligation/next-one")
    assert subject([AHEAD, LATE], NOW, False) == "Loopclose: 1 late, 1 due soon"


def why(rung: Rung) -> str:
    """What one line adds to its time."""
    text = body([Line("o", "report", NOW - timedelta(days=9), rung)], NOW, BOSTON, "https://loop.example")
    assert text.startswith("Somebody is waiting")
    return next(line for line in text.splitlines() if line.startswith("- ")).partition("at 10:00")[2]


def test_how_long_it_is_open_is_the_rungs_own_offset() -> None:
    ladder = [Rung(no, offset, ("author",)) for no, offset in enumerate([-1, 0, 1, 2], start=1)]
    assert [why(rung) for rung in ladder] == [
        ".",
        ".",
        " (still open one business day after its time).",
        " (still open two business days after its time).",
    ]
    assert "still open 12 business days" in why(Rung(1, 12, ("author",)))


def test_who_is_told_for_it_is_the_rungs_own_roles() -> None:
    assert "two business days after its time: the clinical lead is told)" in why(Rung(3, 2, ("lead",)))
    assert "manager is told: please call the referrer)" in why(Rung(2, 5, ("author", "lead", "manager")))
    assert "is told" not in why(Rung(3, 2, ("author", "coordinator")))


@pytest.mark.parametrize("kind", [*KINDS, "something_new"])
def test_every_kind_can_be_told_of(kind: str) -> None:
    text = body([Line("o", kind, NOW, BEFORE)], NOW, BOSTON, "https://loop.example")
    assert "_" not in text and re.search(r"^- A [a-z ]+, due Tue", text, re.M)
