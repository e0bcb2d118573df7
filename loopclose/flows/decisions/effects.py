"""What carrying out any command shares: who decides when, whom it touches, and how it is refused."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from sqlalchemy.orm import Session

from loopclose.domain.practice import Practice
from loopclose.domain.situation import Actor, Situation
from loopclose.errors import UsageError
from loopclose.store import persons
from loopclose.store.base import Scope


class MoveRefused(UsageError):
    """The move is not possible now; the message says why."""


class NotThere(UsageError):
    """What the command is about is none of this practice's: there is no such thing, or it is another practice's."""


class NotSure(MoveRefused):
    """The move is possible, and is asked back once: the message says what speaks against it."""


@dataclass(frozen=True)
class Touched:
    """Whom a decision is about."""

    ehr: str
    persons: frozenset[str]


@dataclass(frozen=True)
class Taking:
    """One decision being taken, in one transaction."""

    session: Session
    scope: Scope
    practice: Practice
    actor: Actor
    now: datetime

    def hold(self, ehr: str, people: Sequence[str]) -> None:
        """Hold the patient records of those persons until the end of the transaction.

        Judging holds them first, too, and only then what is owed: in the same order nobody waits in a circle.
        """
        persons.records_of(self.session, self.scope, ehr, sorted(people))

    def touch(self, touched: Touched) -> None:
        """They are judged again."""
        persons.touch_persons(self.session, self.scope, touched.ehr, touched.persons)


@dataclass(frozen=True)
class Handle:
    """A command that was understood: what stands about its subject, and what carrying it out writes."""

    situation: Situation
    write: Callable[[], None]
    subject: str
    """For the audit: an id, never a name."""
    touched: Touched
    detail: dict[str, Any] | None = field(default=None)
