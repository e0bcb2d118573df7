"""What mails are made of: alerts that are planned, the practice and the moment, and what every mail shares."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime

from loopclose.domain.escalation import Rung
from loopclose.domain.practice import Practice
from loopclose.store.base import Scope
from loopclose.store.obligations import Obligation

NOBODY = "nobody:"
"""Before the name of a role that has nobody: an alert to it reaches no one."""


@dataclass(frozen=True)
class Letterhead:
    """What every mail of a practice shares."""

    sender: str
    base_url: str
    rehearsal: bool


@dataclass(frozen=True)
class Planned:
    """One alert of a plan."""

    obligation: Obligation
    rung: Rung
    recipient: str


@dataclass(frozen=True)
class Occasion:
    """For which practice, by which ladder, and when messages are made."""

    scope: Scope
    practice: Practice
    ladder: Sequence[Rung]
    now: datetime
    letterhead: Letterhead
    restored_at: datetime | None = None
    """When the database was last restored: what was due by then may have been told by what was lost."""

    @property
    def night(self) -> date:
        """The practice-local date."""
        return self.practice.calendar.day_of(self.now)

    def may_be_told(self, one: Planned) -> bool:
        """Whether an alert was due before the last restore."""
        at = self.practice.calendar.shifted(one.obligation.due_at, one.rung.offset_days)
        return self.restored_at is not None and at <= self.restored_at
