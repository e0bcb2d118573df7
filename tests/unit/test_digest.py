"""What the mail of a night says."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

from loopclose.outbound.digest import Line, body, subject

BOSTON = ZoneInfo("America/New_York")
NOW = datetime(2026, 11, 24, 15, 0, tzinfo=UTC)
LATE = Line("late-one", "report", NOW - timedelta(days=3), 1)
AHEAD = Line("next-one", "report", NOW + timedelta(hours=3), 1)


def test_what_is_late_is_never_called_due_soon() -> None:
    text = body([AHEAD, LATE], NOW, BOSTON, "https://loop.example/")
    late, ahead = (line for line in text.splitlines() if line.startswith("- "))
    assert late == "- A report, late since Sat 21 Nov 2026 at 10:00." and "due Tue 24 Nov 2026 at 13:00" in ahead
    assert text.index("obligation/late-one") < text.index("obligation/next-one")
    assert subject([AHEAD, LATE], NOW, False) == "Loopclose: 1 late, 1 due soon"


def test_higher_up_it_says_why_they_are_told() -> None:
    text = body([Line("o", "report", NOW - timedelta(days=9), 3)], NOW, BOSTON, "https://loop.example")
    assert "you are told as clinical lead" in text and text.startswith("Somebody is waiting")
