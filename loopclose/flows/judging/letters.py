"""What follows from letters: of whom, for whom and by whom each is, out of its report's row, and what it owes."""

from __future__ import annotations

from loopclose.domain.afterwards import answer_to_recipient, correction
from loopclose.domain.business_time import Calendar
from loopclose.domain.chart import Referrer
from loopclose.domain.deadlines import Deadline
from loopclose.domain.duties import duty_owed, final_since
from loopclose.domain.judgement import Owed
from loopclose.flows.judging.current_state import Row
from loopclose.flows.judging.writes import Reconciliation


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


def of_letters(case: Reconciliation, calendar: Calendar) -> list[Owed]:
    """What the letters of one person owe: their corrections, what they ask and promise once they were sent, and answers
    to those who got them.
    """
    current = case.current
    found = [
        correction(letter_of(current.obligations[key]), no, since, calendar)
        for key, numbers in current.corrections.items()
        for no, since in numbers
    ]
    for key, duties in current.duties.items():
        letter = letter_of(current.obligations[key])
        for one in duties:
            final_at = final_since(one.resource, case.chart.diagnostic_reports, calendar)
            found.append(duty_owed(letter, one.duty, one.sent_at, final_at, calendar))
    for key, words in current.said.items():
        letter = letter_of(current.obligations[key])
        found += [answer_to_recipient(letter, one, at, calendar) for one, at in words]
    return found
