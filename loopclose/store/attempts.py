"""How reading an EHR goes: the newest attempt, since when attempts fail, and whether one is under way."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from loopclose.store.base import Scope, mine
from loopclose.store.leases import is_held
from loopclose.store.resources import SyncRun
from loopclose.store.runs import last_run

BROKEN_OFF = "The reading was broken off before its end; the next one reads the same again."
"""In place of an error, of a run whose process ended before it could write one."""


@dataclass(frozen=True)
class Failing:
    """Attempts to read an EHR fail: since when, when the newest one began, and why, in a sentence."""

    since: datetime
    last_tried: datetime
    why: str


@dataclass(frozen=True)
class Attempts:
    """How reading one EHR goes. A run that is still going counts neither as a success nor as a failure."""

    complete: SyncRun | None
    """The newest complete run."""
    failing: Failing | None
    under_way_since: datetime | None


def attempts(session: Session, scope: Scope, ehr: str, wall_now: datetime) -> Attempts:
    """How reading that EHR goes; ``wall_now`` is what leases go by."""
    complete = last_run(session, scope, ehr)
    since = select(SyncRun).where(mine(SyncRun, scope), SyncRun.ehr == ehr)
    if complete is not None:
        since = since.where(SyncRun.started_at > complete.started_at)
    newest_two = session.scalars(since.order_by(SyncRun.started_at.desc()).limit(2)).all()
    going = newest_two[0] if newest_two and newest_two[0].finished_at is None else None
    if going is not None and not is_held(session, lease_of(scope, ehr), wall_now):
        going = None
    ended = [run for run in newest_two if run is not going]
    failing = None
    if ended:
        first = session.scalars(since.order_by(SyncRun.started_at).limit(1)).one()
        failing = Failing(first.started_at, ended[0].started_at, ended[0].error or BROKEN_OFF)
    return Attempts(complete, failing, going.started_at if going else None)


def lease_of(scope: Scope, ehr: str) -> str:
    """The lease that whoever reads an EHR holds."""
    return f"sync:{scope.practice_id}:{ehr}"
