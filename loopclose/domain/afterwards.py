"""What a signed letter owes afterwards: its correction, where what it says changed in the chart."""

from __future__ import annotations

from datetime import datetime

from msgspec.structs import replace

from loopclose.domain.business_time import Calendar
from loopclose.domain.deadlines import other_deadline
from loopclose.domain.judgement import Owed

CHANGED = "What a signed letter says changed in the chart, as was seen then."


def correction(letter: Owed, no: int, seen_at: datetime, calendar: Calendar) -> Owed:
    """The correction of that number: due one business day after its first change was seen.

    ``letter``: of whom, for whom and by whom the letter is. Its deadline stays when more changes.
    """
    deadline = other_deadline("correction", seen_at, calendar, CHANGED)
    return replace(letter, kind="correction", deadline=deadline, since=seen_at, first_seen=True, item=str(no))
