"""The scheduler's sign of life: when it last looked at what is due, and what it is at."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy.orm import Session

from loopclose.store.base import table_of
from loopclose.store.resources import Lease
from loopclose.store.upsert import upsert

NAME = "scheduler"
"""Its row among the leases: ``holder`` is the job that it is at, ``until`` the moment of the sign."""
SILENT, LONGEST_JOB = timedelta(minutes=5), timedelta(hours=4)
"""How long no sign is still life: between two jobs, and within one (the first sync of a large practice)."""


@dataclass(frozen=True)
class Tick:
    """One sign of life; ``doing`` is empty between two jobs."""

    at: datetime
    doing: str

    def is_alive(self, now: datetime) -> bool:
        """Whether the scheduler is to be believed to run."""
        return now - self.at <= (LONGEST_JOB if self.doing else SILENT)


def note(session: Session, now: datetime, doing: str = "") -> None:
    """Write down that the scheduler lives, and the job that it begins."""
    upsert(session, table_of(Lease), [{"name": NAME, "holder": doing, "until": now}])


def last(session: Session) -> Tick | None:
    """The newest sign of life of any scheduler on this database; None where none ever ran."""
    row = session.get(Lease, NAME)
    return Tick(row.until, row.holder) if row else None
