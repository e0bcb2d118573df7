"""When this database was restored from a backup: what was due before may have been done, and is not known here."""

from __future__ import annotations

import uuid
from dataclasses import dataclass
from datetime import UTC, datetime

from sqlalchemy import String, select, text, update
from sqlalchemy.orm import Mapped, Session, mapped_column

from loopclose.store.base import Base
from loopclose.store.people import SignInLink, UserSession


class RestoreRow(Base):
    """One restore, of the whole database."""

    __tablename__ = "restores"
    id: Mapped[str] = mapped_column(String(36), primary_key=True)
    restored_at: Mapped[datetime]
    backup_taken_at: Mapped[datetime]


@dataclass(frozen=True)
class Restore:
    """A database that was restored then, as it stood when the backup was taken."""

    restored_at: datetime
    backup_taken_at: datetime


def note_restore(session: Session, restored_at: datetime, backup_taken_at: datetime) -> None:
    """Write down that this database is a backup put back into use, and end what was signed in when it was taken.

    A session that was ended since, or a link that was used, would be good again otherwise.
    """
    session.add(RestoreRow(id=str(uuid.uuid4()), restored_at=restored_at, backup_taken_at=backup_taken_at))
    session.execute(update(UserSession).where(UserSession.ended_at.is_(None)).values(ended_at=restored_at))
    session.execute(update(SignInLink).where(SignInLink.used_at.is_(None)).values(used_at=restored_at))


def minute_of(moment: datetime) -> int:
    """How a copy says when it was taken (``user_version`` in the header of SQLite): minutes since 1970."""
    return int(moment.timestamp()) // 60


def moment_of(minute: int) -> datetime | None:
    """When a database with that mark was copied; None for a live one, which says 0."""
    return datetime.fromtimestamp(minute * 60, UTC) if minute else None


def mark_of(session: Session) -> datetime | None:
    """When the copy was taken that this database is, before its restore is noted; PostgreSQL's do not say so."""
    if session.get_bind().dialect.name != "sqlite":
        return None
    return moment_of(session.execute(text("PRAGMA user_version")).scalar_one())


def clear_mark(session: Session) -> None:
    """From now on this is a live database."""
    if session.get_bind().dialect.name == "sqlite":
        session.execute(text("PRAGMA user_version=0"))


def last_restore(session: Session) -> Restore | None:
    """The newest restore; None where this database never was a backup."""
    row = session.scalars(select(RestoreRow).order_by(RestoreRow.restored_at.desc()).limit(1)).first()
    return Restore(row.restored_at, row.backup_taken_at) if row else None


def is_doubtful(session: Session, moment: datetime) -> bool:
    """Whether something of that moment may have been gone on with in a database that was lost since."""
    restore = last_restore(session)
    return restore is not None and moment <= restore.restored_at
