"""Of whom, for whom and by whom the letter of a report is, out of the row of that report."""

from __future__ import annotations

from loopclose.domain.chart import Referrer
from loopclose.domain.deadlines import Deadline
from loopclose.domain.judgement import Owed
from loopclose.flows.judging.current_state import Row


def letter_of(report: Row) -> Owed:
    """The report as something owed, for what follows from its letter; without its evidence."""
    return Owed(
        "report",
        report["patient"],
        Deadline(report["due_at"], report["winner"], ()),
        report["due_at"],
        visit=report["visit"],
        referral=report["referral"],
        appointment=report["appointment"],
        referrer=Referrer(**report["referrer"]) if report["referrer"] else None,
        scope=report["scope"],
        priority=report["priority"],
        author=report["author"],
    )
