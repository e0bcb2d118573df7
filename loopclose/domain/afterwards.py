"""What a signed letter owes afterwards: its correction, where its chart changed, and an answer to who got it."""

from __future__ import annotations

from datetime import datetime

from msgspec.structs import replace

from loopclose.domain.business_time import Calendar
from loopclose.domain.dates import moment_in_full
from loopclose.domain.deadlines import Deadline, Reason, other_deadline
from loopclose.domain.judgement import Owed

CHANGED = "What a signed letter says changed in the chart, as was seen then."


def correction(letter: Owed, no: int, seen_at: datetime, calendar: Calendar) -> Owed:
    """The correction of that number: due one business day after its first change was seen.

    ``letter``: of whom, for whom and by whom the letter is. Its deadline stays when more changes.
    """
    deadline = other_deadline("correction", seen_at, calendar, CHANGED)
    return replace(letter, kind="correction", deadline=deadline, since=seen_at, first_seen=True, item=str(no))


def answer_to_recipient(letter: Owed, key: str, said_at: datetime, calendar: Calendar) -> Owed:
    """The answer to what somebody who got the letter said, or wants, due one business day after it."""
    due = calendar.close_after(calendar.day_of(said_at), 1)
    why = f"Whoever got the letter said so: 1 business day after {moment_in_full(said_at, calendar.zone)}."
    deadline = Deadline(due, "policy", (Reason("policy", due, why),))
    return replace(letter, kind="answer", deadline=deadline, since=said_at, first_seen=True, item=key)
