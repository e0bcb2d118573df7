"""The scheduler's signs of life: when each of its lanes last looked at what is due, and what it is at."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from loopclose.store.base import table_of
from loopclose.store.resources import Lease
from loopclose.store.upsert import upsert

NAME = "scheduler"
"""Before the lane, its row among the leases: ``holder`` is the job that it is at, ``until`` the moment of the sign."""
SILENT, LONGEST_JOB = timedelta(minutes=5), timedelta(hours=4)
"""How long no sign is still life: between two jobs, and within one (the first sync of a large practice)."""


@dataclass(frozen=True)
class Tick:
    """One sign of life of a lane; ``doing`` is empty between two jobs."""

    lane: str
    at: datetime
    doing: str

    def is_alive(self, now: datetime) -> bool:
        """Whether the lane is to be believed to run."""
        return now - self.at <= (LONGEST_JOB if self.doing else SILENT)


def note(session: Session, lane: str, now: datetime, doing: str = "") -> None:
    """Write down that a lane lives, and the job that it begins."""
    upsert(session, table_of(Lease), [{"name": f"{NAME}:{lane}", "holder": doing, "until": now}])


def forget_others(session: Session, lanes: Iterable[str]) -> None:
    """Forget every lane but those: nobody runs the others any more."""
    named = [f"{NAME}:{lane}" for lane in lanes]
    session.execute(delete(Lease).where(Lease.name.startswith(f"{NAME}:", autoescape=True), Lease.name.not_in(named)))


def last(session: Session) -> list[Tick]:
    """The newest sign of life of each lane of any scheduler on this database, the oldest first; none: none ever ran."""
    rows = session.scalars(
        select(Lease).where(Lease.name.startswith(f"{NAME}:", autoescape=True)).order_by(Lease.until)
    )
    return [Tick(row.name.removeprefix(f"{NAME}:"), row.until, row.holder) for row in rows]
