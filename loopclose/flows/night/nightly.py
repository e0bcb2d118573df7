"""The night run: plan what must be told, freeze it, send it, and say what did not leave."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

import structlog

from loopclose.clock import Clock
from loopclose.domain.escalation import Rung
from loopclose.domain.practice import Practice
from loopclose.outbound.mail import FrozenMail, Mailer, SendError
from loopclose.outbound.planner import Letterhead, Planned, freeze, plan
from loopclose.store import alerts as stored
from loopclose.store.alerts import NOBODY
from loopclose.store.base import Scope, natural_id
from loopclose.store.engine import Database
from loopclose.store.leases import hold
from loopclose.store.outbox import Attempt, Message, NightRun

log = structlog.get_logger()
NO_MAIL = "There is no [mail] in the configuration."


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
    with hold(db, f"nightly:{scope.practice_id}"):
        now = clock()
        result = _begin(db, scope, practice, now)
        with db.write() as session:
            planned = plan(session, scope, practice, ladder, now, now + ahead)
            freeze(session, scope, practice, ladder, planned, now, letterhead)
            result.alerts = _as_json(planned)
        result.failed = sum(one.recipient.startswith(NOBODY) for one in planned)
        _send_all(db, clock, scope, mailer, result)
        _finish(db, scope, practice, clock, now, result)
        return result


def _dry(
    db: Database, scope: Scope, practice: Practice, ladder: Sequence[Rung], now: datetime, ahead: timedelta
) -> NightResult:
    with db.read() as session:
        examined, late = stored.count_open(session, scope, now)
        planned = plan(session, scope, practice, ladder, now, now + ahead)
        return NightResult(
            examined, late, _as_json(planned), failed=sum(p.recipient.startswith(NOBODY) for p in planned)
        )


def _begin(db: Database, scope: Scope, practice: Practice, now: datetime) -> NightResult:
    night = practice.calendar.day_of(now)
    with db.write() as session:
        examined, late = stored.count_open(session, scope, now)
        session.merge(
            NightRun(
                practice_id=scope.practice_id,
                id=natural_id(scope.practice_id, "night", now.isoformat()),
                night=night,
                started_at=now,
                finished_at=None,
                counts=None,
            )
        )
        sent = sum(one.night == night and one.state == "sent" for one in stored.messages(session, scope, 10_000))
    return NightResult(examined, late, already_sent=sent)


def _send_all(db: Database, clock: Clock, scope: Scope, mailer: Mailer | None, result: NightResult) -> None:
    """Send what is planned, of this night or an earlier one; the attempt is written before it is made."""
    with db.read() as session:
        waiting = stored.unsent(session, scope)
    for message in waiting:
        if mailer is None:
            _note(db, clock, scope, message, None, SendError(NO_MAIL, final=False))
            result.failed += 1
            continue
        with db.write() as session:
            no = stored.count_attempts(session, scope, message.id) + 1
            session.add(
                Attempt(
                    practice_id=scope.practice_id,
                    message=message.id,
                    no=no,
                    started_at=clock(),
                    ended_at=None,
                    error=None,
                    final=False,
                )
            )
        mail = FrozenMail(message.message_id, tuple(message.recipients), message.body.encode())
        try:
            mailer.send(mail)
        except SendError as problem:
            _note(db, clock, scope, message, no, problem)
            result.failed += 1
        except Exception as problem:  # one mail that cannot be made keeps no other from leaving
            log.exception("mail failed", practice=scope.practice_id, message=message.message_id)
            unforeseen = SendError(f"The mail could not be handed over ({type(problem).__name__}).", final=False)
            _note(db, clock, scope, message, no, unforeseen)
            result.failed += 1
        else:
            _note(db, clock, scope, message, no, None)
            result.messages_sent += 1


def _note(
    db: Database, clock: Clock, scope: Scope, message: Message, attempt: int | None, problem: SendError | None
) -> None:
    with db.write() as session:
        row = session.get_one(Message, (scope.practice_id, message.id))
        row.state = "failed" if problem else "sent"
        row.error = str(problem) if problem else None
        row.sent_at = None if problem else clock()
        if attempt is not None:
            tried = session.get_one(Attempt, (scope.practice_id, message.id, attempt))
            tried.ended_at, tried.error = clock(), row.error
            tried.final = problem.final if problem else False


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
