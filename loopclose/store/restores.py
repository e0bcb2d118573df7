"""When this database was restored from a backup: what was due before may have been done, and is not known here."""

from __future__ import annotations

import uuid
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import String, select, update
from sqlalchemy.orm import Mapped, Session, mapped_column

from loopclose.store.base import Base


class RestoreRow(Base):
    """One restore. A backup carries a row without ``restored_at``: whoever opens a database with one restored it."""

    __tablename__ = "restores"
    id: Mapped[str] = mapped_column(String(36), primary_key=True)
    restored_at: Mapped[datetime | None]
    backup_taken_at: Mapped[datetime]


@dataclass(frozen=True)
class Restore:
    """A database that was restored then, as it stood when the backup was taken."""

    restored_at: datetime
    backup_taken_at: datetime


def note_restore(session: Session, restored_at: datetime, backup_taken_at: datetime) -> None:
    """Write down that this database is a backup put back into use."""
    session.add(RestoreRow(id=str(uuid.uuid4()), restored_at=restored_at, backup_taken_at=backup_taken_at))


def last_restore(session: Session) -> Restore | None:
    """The newest restore; None where this database never was one."""
    row = session.scalars(
        select(RestoreRow).where(RestoreRow.restored_at.is_not(None)).order_by(RestoreRow.restored_at.desc()).limit(1)
    ).first()
    return Restore(row.restored_at, row.backup_taken_at) if row and row.restored_at else None


def mark_backup(session: Session, taken_at: datetime) -> None:
    """Write into a copy that it is a backup."""
    session.add(RestoreRow(id=str(uuid.uuid4()), restored_at=None, backup_taken_at=taken_at))


def note_put_back(session: Session, now: datetime) -> bool:
    """Note the restore of a backup that was put in place, by whatever means; whether it was one."""
    these = update(RestoreRow).where(RestoreRow.restored_at.is_(None)).values(restored_at=now)
    return session.execute(these.returning(RestoreRow.id)).first() is not None
