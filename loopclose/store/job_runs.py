"""What runs by itself: of every job when it was last begun, when it last succeeded, and what went wrong since."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any, cast

from sqlalchemy import CursorResult, String, select, update
from sqlalchemy.orm import Mapped, Session, mapped_column

from loopclose.store.base import Base, PracticeOwned, Scope, mine, table_of
from loopclose.store.upsert import upsert


class JobRun(PracticeOwned, Base):
    """The last run of a job of the scheduler."""

    __tablename__ = "job_run"
    kind: Mapped[str] = mapped_column(String(12), primary_key=True)
    """sync, events, tell, night, mails or seal."""
    of: Mapped[str] = mapped_column(String(64), primary_key=True)
    """The EHR or the practice that it is done for."""
    begun_at: Mapped[datetime]
    ended_at: Mapped[datetime | None]
    """None while it runs, and where the process died in it."""
    succeeded_at: Mapped[datetime | None]
    failing_since: Mapped[datetime | None]
    """When it first failed after its last success."""
    error: Mapped[str | None]
    """What the last run failed with: a type and, where that quotes nothing that was read, its words."""


JOB_RUN = table_of(JobRun)


def jobs(session: Session, scope: Scope) -> Sequence[JobRun]:
    """Every job of the practice that ever ran."""
    return session.scalars(select(JobRun).where(mine(JobRun, scope)).order_by(JobRun.kind, JobRun.of)).all()


def begin(session: Session, scope: Scope, kind: str, of: str, before: datetime | None, now: datetime) -> bool:
    """Note that a job begins; False where another process began it since ``before``, when it was last begun."""
    key = {"practice_id": scope.practice_id, "kind": kind, "of": of}
    if before is None:
        upsert(session, JOB_RUN, [{**key, "begun_at": now, **dict.fromkeys(_RESULT)}], update=())
        found = session.get_one(JobRun, (scope.practice_id, kind, of))
        return found.begun_at == now
    changed = session.execute(
        update(JOB_RUN)
        .where(mine(JOB_RUN, scope), JOB_RUN.c.kind == kind, JOB_RUN.c.of == of, JOB_RUN.c.begun_at == before)
        .values(begun_at=now, ended_at=None)
    )
    return bool(cast("CursorResult[Any]", changed).rowcount)


def end(session: Session, scope: Scope, kind: str, of: str, error: str | None, now: datetime) -> None:
    """Note how a job ended."""
    row = session.get(JobRun, (scope.practice_id, kind, of))
    if row is None:  # its beginning could not be noted
        return
    row.ended_at, row.error = now, error
    if error is None:
        row.succeeded_at, row.failing_since = now, None
    else:
        row.failing_since = row.failing_since or now


_RESULT = ("ended_at", "succeeded_at", "failing_since", "error")
