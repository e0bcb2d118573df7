"""The one place where people's decisions are taken: a command in, what it changes kept, whoever it touches judged.

A decision is kept in one transaction together with its author, its time and its audit row, and marks whom it is
about as touched. After it they are judged again, so that deadlines and what is owed follow at once; should that
fail, the next sync judges whoever is still marked.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy.orm import Session

from loopclose.domain.commands import Command, NameRequester, OnObligation, OnVisit, TakeBack
from loopclose.domain.moves import doubt, move_of, objection
from loopclose.domain.practice import Practice
from loopclose.domain.situation import Actor, Situation
from loopclose.flows.decisions import on_answers, on_obligations, on_visits
from loopclose.flows.decisions.effects import Handle, MoveRefused, NotSure, NotThere, Taking, Touched
from loopclose.flows.site import practice_of
from loopclose.flows.work import Work
from loopclose.store import audit_log, users
from loopclose.store.base import Scope
from loopclose.store.people import User

__all__ = ["Desk", "MoveRefused", "NotSure", "NotThere", "actor_of"]


@dataclass(frozen=True)
class Desk:
    """Where one user of one practice decides."""

    work: Work
    scope: Scope
    by: str
    """The user's e-mail."""

    def do(self, command: Command) -> str | None:
        """Carry a command out, and give back the state that follows; None where it stays.

        Raises ``MoveRefused`` with the reason, ``NotSure`` with what is asked back once, ``NotThere``
        where this practice has no such thing.
        """
        now = self.work.clock()
        touched, becomes = Touched("", frozenset()), None

        def take(session: Session) -> None:
            nonlocal touched, becomes
            handle = self._take(session, command, now)
            touched, becomes = handle.touched, move_of(command).becomes(handle.situation, command, now)

        # Where two wait for each other PostgreSQL ends one of them: it is begun anew, and looks at everything again.
        self.work.db.in_write(take)
        self.work.judge(self.scope, touched.ehr, sorted(touched.persons))
        return becomes

    @property
    def practice(self) -> Practice:
        """The practice, as the rules see it."""
        return practice_of(self.work.config, self.scope.practice_id)

    def _take(self, session: Session, command: Command, now: datetime) -> Handle:
        taking = Taking(session, self.scope, self.practice, self._actor(session), now)
        if isinstance(command, NameRequester):
            handle = on_answers.name(taking, command)
        elif isinstance(command, TakeBack):
            handle = on_answers.take_back(taking, command)
        elif isinstance(command, OnVisit):
            handle = on_visits.about(taking, command)
        elif isinstance(command, OnObligation):
            handle = on_obligations.about(taking, command)
        else:
            raise TypeError(f"nobody carries out {type(command).__name__}")
        _check(command, handle.situation, taking)
        handle.write()
        audit_log.record(
            session, self.scope, now, taking.actor.email, move_of(command).name, handle.subject, handle.detail
        )
        taking.touch(handle.touched)
        return handle

    def _actor(self, session: Session) -> Actor:
        found = users.named(session, self.scope, self.by)
        if found is None:
            raise MoveRefused(f"There is no user {self.by} in the practice {self.scope.practice_id}.")
        return actor_of(found)


def actor_of(user: User) -> Actor:
    """A user, as the table of moves sees one."""
    return Actor(user.email, user.name, user.role, user.reference)


def _check(command: Command, situation: Situation, taking: Taking) -> None:
    refused = objection(command, situation, taking.actor, taking.now)
    if refused is not None:
        raise MoveRefused(refused)
    asked_back = doubt(command, situation)
    if asked_back is not None:
        raise NotSure(asked_back)
