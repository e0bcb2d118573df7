"""Runs: their beginning and end, up to where an EHR was read, when it last was, and when the night last ran."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from loopclose.store.base import Scope, mine, natural_id, table_of
from loopclose.store.outbox import NightRun
from loopclose.store.people import PracticeRow
from loopclose.store.resources import Ehr, SyncRun, Watermark
from loopclose.store.upsert import upsert


def begin(session: Session, scope: Scope, ehr: str, practice: tuple[str, str], now: datetime) -> str:
    """Write down that a run begins; gives its id. ``practice``: name and time zone."""
    owner = {"practice_id": scope.practice_id}
    run_id = natural_id(scope.practice_id, ehr, "sync", now.isoformat())
    run = {"id": run_id, "ehr": ehr, "started_at": now, "finished_at": None, "complete": False}
    upsert(session, table_of(PracticeRow), [{**owner, "name": practice[0], "timezone": practice[1]}])
    upsert(session, table_of(SyncRun), [{**owner, **run, "counts": None, "error": None}])
    return run_id


def finish(
    session: Session,
    scope: Scope,
    ehr: str,
    run_id: str,
    counts: dict[str, Any],
    marks: Mapping[tuple[str, str], datetime],
    error: str | None,
    now: datetime,
) -> None:
    """Write down how a run ended, and move the marks, by (type, source), in the same transaction."""
    for (kind, source), value in sorted(marks.items()):
        move_watermark(session, scope, ehr, kind, source, value)
    run = session.get_one(SyncRun, (scope.practice_id, run_id))
    run.finished_at, run.complete, run.counts, run.error = now, error is None, counts, error


def note_ehr(
    session: Session,
    scope: Scope,
    ehr: str,
    address: str,
    types: list[str],
    software: str | None,
    code_map: str,
    settings: str,
) -> None:
    """Write down an EHR as it describes itself now, and the code map and settings by which it is judged."""
    told = {"base_url": address, "vendor": software, "code_map": code_map, "types": types, "settings": settings}
    upsert(session, table_of(Ehr), [{"practice_id": scope.practice_id, "id": ehr, **told}])


def note_worklist(session: Session, scope: Scope, ehr: str, found: dict[str, Any]) -> None:
    """Keep by which sources the EHR is read, and why, as a trial found it."""
    session.get_one(Ehr, (scope.practice_id, ehr)).worklist = found


def note_keeping_up(session: Session, scope: Scope, ehr: str, found: dict[str, Any]) -> None:
    """Keep in which ways the EHR is kept up with, and the pass that is under way (see ``flows.reading.ways``)."""
    session.get_one(Ehr, (scope.practice_id, ehr)).keeping_up = found


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


def newest_run(session: Session, scope: Scope, ehr: str) -> SyncRun | None:
    """The newest sync that ended, complete or not."""
    return session.scalars(
        select(SyncRun)
        .where(mine(SyncRun, scope), SyncRun.ehr == ehr, SyncRun.finished_at.is_not(None))
        .order_by(SyncRun.finished_at.desc())
        .limit(1)
    ).first()


def last_begun(session: Session, scope: Scope, ehr: str) -> datetime | None:
    """When the newest sync began, complete or not."""
    return session.scalar(select(func.max(SyncRun.started_at)).where(mine(SyncRun, scope), SyncRun.ehr == ehr))


def last_run(session: Session, scope: Scope, ehr: str) -> SyncRun | None:
    """The newest complete sync."""
    return session.scalars(
        select(SyncRun)
        .where(mine(SyncRun, scope), SyncRun.ehr == ehr, SyncRun.complete)
        .order_by(SyncRun.finished_at.desc())
        .limit(1)
    ).first()


def last_night(session: Session, scope: Scope) -> NightRun | None:
    """The newest night run, finished or not."""
    return session.scalars(
        select(NightRun).where(mine(NightRun, scope)).order_by(NightRun.started_at.desc()).limit(1)
    ).first()
