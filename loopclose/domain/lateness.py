"""Why reports were late: how long each waited at which step, and whose step that was. Pure; times are instants."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from statistics import median

from loopclose.domain.roles import CLINICIAN, COORDINATOR

UNMATCHED = "unmatched"
"""Nobody had said yet which referral the visit answers, or who referred."""
STEPS = {
    UNMATCHED: ("No sure referral", COORDINATOR),
    "owed": ("Not drafted", CLINICIAN),
    "held": ("On hold", CLINICIAN),
    "drafted": ("Draft, not signed", CLINICIAN),
    "signed": ("Signed, not sent", COORDINATOR),
}
"""By where it waited: its words, and whose step ends the wait."""
TO_WRITE = tuple(state for state, (_, whose) in STEPS.items() if whose == CLINICIAN)
"""The states of a report in which it waits for its author, who can release what is on hold as well as a lead."""


@dataclass(frozen=True)
class Step:
    """A change of state: to which, and when it came true."""

    state: str
    at: datetime


@dataclass(frozen=True)
class Waited:
    """One report: from the visit's end to its sending, or to the present while it is not sent."""

    report: str
    visit_end: datetime
    due_at: datetime
    sent_at: datetime | None
    steps: tuple[Step, ...]
    """In the order of their numbers; the first says that it is owed."""
    known_at: datetime
    """When Loopclose learned of it."""
    matched_at: datetime | None = None
    """When a person said which referral it is about, where one had to."""

    def is_in_time(self, now: datetime) -> bool | None:
        """Whether it was sent in time; None while it is not sent and still may be."""
        if self.sent_at is not None:
            return self.sent_at <= self.due_at
        return None if now <= self.due_at else False

    def late_by(self, now: datetime) -> timedelta:
        """How long after its time it was sent, or how long it is late by now."""
        return max((self.sent_at or now) - self.due_at, timedelta(0))


@dataclass(frozen=True)
class Summary:
    """What is said of several reports at once: figures with what they are out of."""

    owed: int
    """Reports that fell due."""
    in_time: int
    late: tuple[tuple[Waited, Mapping[str, timedelta]], ...]
    """Each late one with how long it waited at each step, the latest first."""
    median_late: timedelta | None
    totals: Mapping[str, timedelta]
    """Waited at each step, over all late ones."""
    slowest: str | None
    """The step at which they waited longest together."""


def waits(report: Waited, now: datetime) -> dict[str, timedelta]:
    """How long it waited at each step, from the visit's end until it was sent; together they are the whole time.

    A step that came true before the one that goes before it, or before the visit's end, waited no time.
    """
    end = report.sent_at or now
    changes = [*report.steps, Step("sent", end)]
    if report.matched_at is not None:
        changes = [Step(UNMATCHED, report.visit_end), Step("owed", report.matched_at), *changes[1:]]
    found: dict[str, timedelta] = {}
    at, waiting = report.visit_end, "owed"
    for change in changes:
        came = min(max(change.at, at), max(end, at))
        found[waiting] = found.get(waiting, timedelta(0)) + (came - at)
        at, waiting = came, change.state
    return {name: found[name] for name in STEPS if found.get(name)}


def summed_up(reports: Sequence[Waited], now: datetime) -> Summary:
    """The figures over the reports of a period; what is not sent and not late yet counts as nothing."""
    judged = [(one, one.is_in_time(now)) for one in reports]
    late = [(one, waits(one, now)) for one, in_time in judged if in_time is False]
    totals = {
        name: total
        for name in STEPS
        if (total := sum((spent.get(name, timedelta(0)) for _, spent in late), timedelta(0)))
    }
    return Summary(
        owed=sum(in_time is not None for _, in_time in judged),
        in_time=sum(in_time is True for _, in_time in judged),
        late=tuple(sorted(late, key=lambda one: (-one[0].late_by(now), one[0].report))),
        median_late=timedelta(seconds=median(one.late_by(now).total_seconds() for one, _ in late)) if late else None,
        totals=totals,
        slowest=max(totals, key=lambda name: totals[name]) if totals else None,
    )
