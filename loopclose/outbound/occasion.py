"""What mails are made of: alerts that are planned, the practice and the moment, and what every mail shares."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime

from loopclose.domain.escalation import Rung
from loopclose.domain.practice import Practice
from loopclose.store.base import Scope
from loopclose.store.obligations import Obligation


@dataclass(frozen=True)
class Letterhead:
    """What every mail of a practice shares."""

    sender: str
    base_url: str
    rehearsal: bool
    notes: tuple[str, ...] = ()
    """What every mail of alerts says first, such as how old the chart is that it rests on."""
    letters_leave: bool = True
    """Whether any way of sending letters is set up."""


@dataclass(frozen=True)
class Planned:
    """One alert of a plan."""

    obligation: Obligation
    rung: Rung
    recipient: str
    """An e-mail, or ``nobody:ROLE``."""
    makes_good: tuple[str, ...] = ()
    """Roles that had nobody when earlier rungs fired, told by this."""


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
        """Whether an alert of a plan was due before the last restore.

        As the row says, not the rung: a reminder has no moment of its own, and where a role has nobody a higher rung
        fires before its own.
        """
        due_since = one.obligation.alert_after
        return self.restored_at is not None and due_since is not None and due_since <= self.restored_at
