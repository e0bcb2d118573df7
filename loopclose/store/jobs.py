"""Work that is done beside the request that asks for it: who asked, for what, who is at it, and how it ended.

One row for each thing that can be asked for, so asking twice while it is open is asking once. A row is taken up by
compare-and-swap, and held by a lease in wall-clock time: when whoever works at it dies, another takes it up.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, cast

from sqlalchemy import ColumnElement, CursorResult, Select, String, and_, select, update
from sqlalchemy.orm import Mapped, Session, mapped_column

from loopclose.store.base import Base, PracticeOwned, Scope, mine, partial_index, table_of
from loopclose.store.conditions import just, one_of, states_in
from loopclose.store.leases import is_dead
from loopclose.store.upsert import upsert

DRAFT = "draft"
"""The papers of a report; the subject is its obligation."""
LOOK = "look"
"""The chart behind a letter that was signed here; the subject is its report."""
LASTS = timedelta(minutes=2)
"""How long work that was taken up outlives the last sign of life of whoever is at it."""
MOST_ATTEMPTS = 3
"""Work during which a process died that often is given up: it may well be what kills it."""
GIVEN_UP = f"It was begun {MOST_ATTEMPTS} times and broken off each time; please tell whoever runs Loopclose."
OPEN = ("running", "waiting")


class JobRow(PracticeOwned, Base):
    """One thing asked for, in its newest asking."""

    __tablename__ = "job"
    kind: Mapped[str] = mapped_column(String(20), primary_key=True)
    subject: Mapped[str] = mapped_column(String(140), primary_key=True)
    asked_by: Mapped[str]
    asked_at: Mapped[datetime]
    because: Mapped[str | None]
    """Why it is to be made from what is kept, without asking the EHR; None: from the chart."""
    state: Mapped[str] = mapped_column(String(8))
    """waiting, running, done or failed."""
    holder: Mapped[str]
    """Who is at it, empty while nobody is."""
    until: Mapped[datetime | None]
    """Wall clock: up to when it stays the holder's."""
    attempts: Mapped[int]
    error: Mapped[str | None]
    ended_at: Mapped[datetime | None]

    __table_args__ = (partial_index("ix_job_open", "practice_id", "kind", "asked_at", where=states_in(OPEN)),)

    @property
    def is_open(self) -> bool:
        """Whether it waits or is under way."""
        return self.state in OPEN


JOB = table_of(JobRow)


@dataclass(frozen=True)
class Claim:
    """Work that is this holder's, up to its lease."""

    scope: Scope
    kind: str
    subject: str
    asked_by: str
    because: str | None
    holder: str


def newest(session: Session, scope: Scope, kind: str, subject: str) -> JobRow | None:
    """The newest asking for that."""
    return session.get(JobRow, (scope.practice_id, kind, subject))


def ask(
    session: Session, scope: Scope, kind: str, subject: str, by: str, now: datetime, because: str | None = None
) -> bool:
    """Ask for work; False where the same is open already, which then stands."""
    row = {"kind": kind, "subject": subject, "asked_by": by, "asked_at": now, "because": because, **_UNTOUCHED}
    key = {"practice_id": scope.practice_id}
    upsert(session, JOB, [{**key, **row, "state": "done"}], update=())  # a row to lock
    found = session.execute(_these(scope, kind, subject).with_for_update()).one()
    if found.state in OPEN:
        return False
    session.execute(update(JOB).where(_key(scope, kind, subject)).values(**row, state="waiting"))
    return True


def claim(
    session: Session, scope: Scope, kind: str, holder: str, wall_now: datetime, subject: str | None = None
) -> Claim | None:
    """Take up the oldest work of a kind that nobody who lives is at, or that on one subject; None where there is none.

    What was taken up too often is ended as failed instead.
    """
    rows = select(JOB).where(mine(JOB, scope), JOB.c.kind == kind, one_of(JOB.c.state, OPEN)).order_by(JOB.c.asked_at)
    if subject is not None:
        rows = rows.where(JOB.c.subject == subject)
    for row in session.execute(rows).all():
        if row.state == "running" and row.until > wall_now and not is_dead(row.holder):
            continue
        ours = and_(
            _key(scope, kind, row.subject),
            JOB.c.state == row.state,
            JOB.c.holder == row.holder,
            JOB.c.attempts == row.attempts,
        )
        if row.attempts >= MOST_ATTEMPTS:
            session.execute(update(JOB).where(ours).values(**_ended("failed", GIVEN_UP, wall_now)))
            continue
        taken = {"state": "running", "holder": holder, "until": wall_now + LASTS, "attempts": row.attempts + 1}
        if _count(session.execute(update(JOB).where(ours).values(**taken))):
            return Claim(scope, kind, row.subject, row.asked_by, row.because, holder)
    return None


def is_any_open(session: Session, scope: Scope, kind: str) -> bool:
    """Whether some of that kind waits or is under way."""
    return (
        session.scalar(select(1).where(mine(JOB, scope), JOB.c.kind == kind, one_of(JOB.c.state, OPEN)).limit(1))
        is not None
    )


def oldest_waiting(session: Session, scope: Scope, kind: str) -> datetime | None:
    """Since when the oldest of that kind waits that nobody took up."""
    these = select(JOB.c.asked_at).where(
        mine(JOB, scope), JOB.c.kind == kind, one_of(JOB.c.state, OPEN), just(JOB.c.state, "waiting")
    )
    return session.scalar(these.order_by(JOB.c.asked_at).limit(1))


def beat(session: Session, claim: Claim, wall_now: datetime) -> bool:
    """Say that whoever is at it lives; False once it is somebody else's."""
    return _count(session.execute(update(JOB).where(_held(claim)).values(until=wall_now + LASTS))) > 0


def end(session: Session, claim: Claim, error: str | None, now: datetime) -> bool:
    """Write down how it ended; False where it is somebody else's by now, who will."""
    values = _ended("failed" if error else "done", error, now)
    return _count(session.execute(update(JOB).where(_held(claim)).values(**values))) > 0


_UNTOUCHED: dict[str, Any] = {"holder": "", "until": None, "attempts": 0, "error": None, "ended_at": None}


def _ended(state: str, error: str | None, now: datetime) -> dict[str, Any]:
    return {"state": state, "error": error, "ended_at": now, "holder": "", "until": None}


def _key(scope: Scope, kind: str, subject: str) -> ColumnElement[bool]:
    return and_(mine(JOB, scope), JOB.c.kind == kind, JOB.c.subject == subject)


def _these(scope: Scope, kind: str, subject: str) -> Select[Any]:
    return select(JOB).where(_key(scope, kind, subject))


def _held(claim: Claim) -> ColumnElement[bool]:
    key = _key(claim.scope, claim.kind, claim.subject)
    return and_(key, JOB.c.state == "running", JOB.c.holder == claim.holder)


def _count(result: Any) -> int:
    return cast("CursorResult[Any]", result).rowcount
