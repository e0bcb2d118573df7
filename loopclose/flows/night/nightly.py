"""The night run: plan what must be told, freeze it, send it, and say what did not leave."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy.orm import Session

from loopclose.clock import Clock
from loopclose.domain.escalation import Rung
from loopclose.domain.practice import Practice
from loopclose.flows.night.sending import Post, send_all
from loopclose.outbound.mail import Mailer
from loopclose.outbound.messages import issue
from loopclose.outbound.occasion import Letterhead, Occasion, Planned
from loopclose.outbound.planner import freeze, plan
from loopclose.outbound.renewing import take_back
from loopclose.store import alerts as stored
from loopclose.store import mails
from loopclose.store.alerts import NOBODY
from loopclose.store.base import Scope, natural_id
from loopclose.store.engine import Database
from loopclose.store.leases import hold
from loopclose.store.outbox import SENT, TO_SEND, UNDECIDED, NightRun
from loopclose.store.restores import last_restore


@dataclass
class NightResult:
    """What one run found and did."""

    examined: int = 0
    late: int = 0
    alerts: list[dict[str, Any]] = field(default_factory=list)
    messages_sent: int = 0
    failed: int = 0
    already_sent: int = 0

    def as_json(self) -> dict[str, Any]:
        """As the command line prints it."""
        return {
            "examined": self.examined,
            "late": self.late,
            "alerts": self.alerts,
            "messages_sent": self.messages_sent,
            "failed": self.failed,
            "already_sent": self.already_sent,
        }


def nightly(
    db: Database,
    clock: Clock,
    scope: Scope,
    practice: Practice,
    ladder: Sequence[Rung],
    mailer: Mailer | None,
    letterhead: Letterhead,
    *,
    dry_run: bool = False,
    ahead: timedelta = timedelta(0),
) -> NightResult:
    """One night of one practice; run again, it finishes what a death left undone and adds nothing.

    ``ahead``: rungs that are due within that time count as due, for what is told at once after a sync. Raises
    ``TemporaryProblem`` while another process runs it.
    """
    if dry_run:
        return _dry(db, scope, practice, ladder, clock(), ahead)
    with hold(db, f"nightly:{scope.practice_id}") as lease:
        now = clock()
        occasion, result, before = _begin(db, scope, practice, ladder, now, letterhead)
        with db.write() as session:
            planned = plan(session, scope, practice, ladder, now, now + ahead)
            waiting = mails.to_send(session, scope, lock=True)
            back = take_back(session, occasion, waiting, {one.recipient for one in planned})
            freeze(session, occasion, planned, back, with_chases=not ahead)
            result.alerts = _as_json(planned)
        result.messages_sent = send_all(Post(db, clock, mailer, lease, occasion))
        result.failed = sum(one.recipient.startswith(NOBODY) for one in planned) + _unsent(db, scope, before)
        _finish(db, scope, practice, clock, now, result)
        return result


def send_waiting(
    db: Database,
    clock: Clock,
    scope: Scope,
    practice: Practice,
    ladder: Sequence[Rung],
    mailer: Mailer | None,
    letterhead: Letterhead,
) -> int:
    """Send what is planned or put off and due by now, and plan nothing; gives how many mails were accepted.

    Raises ``TemporaryProblem`` while another process runs the night.
    """
    with db.read() as session:
        if not mails.count_open(session, scope):
            return 0
    with hold(db, f"nightly:{scope.practice_id}") as lease:
        with db.write() as session:
            occasion = _occasion(session, scope, practice, ladder, clock(), letterhead)
            waiting = mails.to_send(session, scope, lock=True)
            several = [whom for whom, count in Counter(one.recipients[0] for one in waiting).items() if count > 1]
            issue(session, occasion, (), take_back(session, occasion, waiting, several))
        return send_all(Post(db, clock, mailer, lease, occasion))


def _dry(
    db: Database, scope: Scope, practice: Practice, ladder: Sequence[Rung], now: datetime, ahead: timedelta
) -> NightResult:
    with db.read() as session:
        examined, late = stored.count_open(session, scope, now)
        planned = plan(session, scope, practice, ladder, now, now + ahead)
        return NightResult(
            examined, late, _as_json(planned), failed=sum(p.recipient.startswith(NOBODY) for p in planned)
        )


def _begin(
    db: Database, scope: Scope, practice: Practice, ladder: Sequence[Rung], now: datetime, letterhead: Letterhead
) -> tuple[Occasion, NightResult, Mapping[str, int]]:
    """What the night is for, what it finds, and how many messages are in which state before it."""
    with db.write() as session:
        occasion = _occasion(session, scope, practice, ladder, now, letterhead)
        examined, late = stored.count_open(session, scope, now)
        session.merge(
            NightRun(
                practice_id=scope.practice_id,
                id=natural_id(scope.practice_id, "night", now.isoformat()),
                night=occasion.night,
                started_at=now,
                finished_at=None,
                counts=None,
            )
        )
        sent = mails.count_of_night(session, scope, occasion.night, SENT)
        return occasion, NightResult(examined, late, already_sent=sent), mails.count_open(session, scope)


def _occasion(
    session: Session, scope: Scope, practice: Practice, ladder: Sequence[Rung], now: datetime, letterhead: Letterhead
) -> Occasion:
    restore = last_restore(session)
    return Occasion(scope, practice, ladder, now, letterhead, restore.restored_at if restore else None)


def _unsent(db: Database, scope: Scope, before: Mapping[str, int]) -> int:
    """Messages that were to leave and did not: what still waits, and what was refused or held in this run."""
    with db.read() as session:
        now = mails.count_open(session, scope)
    return sum(now.get(state, 0) for state in TO_SEND) + sum(
        max(now.get(state, 0) - before.get(state, 0), 0) for state in UNDECIDED
    )


def _finish(
    db: Database, scope: Scope, practice: Practice, clock: Clock, started_at: datetime, result: NightResult
) -> None:
    with db.write() as session:
        run = session.get_one(
            NightRun, (scope.practice_id, natural_id(scope.practice_id, "night", started_at.isoformat()))
        )
        run.finished_at = clock()
        run.counts = result.as_json()


def _as_json(planned: Sequence[Planned]) -> list[dict[str, Any]]:
    return [{"obligation": one.obligation.id, "rung": one.rung.no, "recipient": one.recipient} for one in planned]
