"""Queries of runs: up to where an EHR was read, when it last was, and when the night last ran."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from loopclose.store.base import Scope, mine, table_of
from loopclose.store.outbox import NightRun
from loopclose.store.resources import Ehr, SyncRun, Watermark
from loopclose.store.upsert import upsert


def watermark(session: Session, scope: Scope, ehr: str, kind: str, source: str) -> datetime | None:
    """Up to where that type was read by that source, in the server's time."""
    row = session.get(Watermark, (scope.practice_id, ehr, kind, source))
    return row.value if row else None


def move_watermark(session: Session, scope: Scope, ehr: str, kind: str, source: str, value: datetime) -> None:
    """Everything up to ``value`` is committed; the mark never moves back."""
    before = watermark(session, scope, ehr, kind, source)
    if before is None or value > before:
        upsert(
            session,
            table_of(Watermark),
            [{"practice_id": scope.practice_id, "ehr": ehr, "type": kind, "scope": source, "value": value}],
        )


def ehr_row(session: Session, scope: Scope, ehr: str) -> Ehr | None:
    """The EHR as it was last read."""
    return session.get(Ehr, (scope.practice_id, ehr))


def last_begun(session: Session, scope: Scope, ehr: str) -> datetime | None:
    """When the newest sync began, complete or not."""
    return session.scalar(
        select(func.max(SyncRun.started_at)).where(SyncRun.practice_id == scope.practice_id, SyncRun.ehr == ehr)
    )


def last_run(session: Session, scope: Scope, ehr: str) -> SyncRun | None:
    """The newest complete sync."""
    return session.scalars(
        select(SyncRun)
        .where(SyncRun.practice_id == scope.practice_id, SyncRun.ehr == ehr, SyncRun.complete)
        .order_by(SyncRun.finished_at.desc())
        .limit(1)
    ).first()


def last_night(session: Session, scope: Scope) -> NightRun | None:
    """The newest night run, finished or not."""
    return session.scalars(
        select(NightRun).where(mine(NightRun, scope)).order_by(NightRun.started_at.desc()).limit(1)
    ).first()
