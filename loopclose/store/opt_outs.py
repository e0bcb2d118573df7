"""What the office of a referrer does not want: said by somebody, remembered, and taken back only by somebody."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import cast

from sqlalchemy import CursorResult, String, select, update
from sqlalchemy.orm import Mapped, Session, mapped_column

from loopclose.store.base import Base, PracticeOwned, Scope, mine


class OptOutRow(PracticeOwned, Base):
    """One thing that an office does not want, from one moment on."""

    __tablename__ = "opt_out"
    referrer: Mapped[str] = mapped_column(String(300), primary_key=True)
    """Whose: ``domain.clinician_key.clinician_key``."""
    what: Mapped[str] = mapped_column(String(10), primary_key=True)
    """A key of ``domain.address_book.OPT_OUTS``."""
    since: Mapped[datetime] = mapped_column(primary_key=True)
    by: Mapped[str] = mapped_column(String(254))
    words: Mapped[str]
    ended_at: Mapped[datetime | None]
    ended_by: Mapped[str | None] = mapped_column(String(254))


def opted_out(session: Session, scope: Scope, referrer: str) -> dict[str, str]:
    """By code: what an office does not want now, in its words."""
    row = OptOutRow
    asked = select(row.what, row.words).where(mine(row, scope), row.referrer == referrer, row.ended_at.is_(None))
    return {one.what: one.words for one in session.execute(asked.order_by(row.what, row.since))}


def all_opted_out(session: Session, scope: Scope) -> dict[str, dict[str, str]]:
    """By referrer: what their office does not want now, by code, in its words."""
    row, found = OptOutRow, dict[str, dict[str, str]]()
    asked = select(row.referrer, row.what, row.words).where(mine(row, scope), row.ended_at.is_(None))
    for referrer, what, words in session.execute(asked.order_by(row.referrer, row.what, row.since)):
        found.setdefault(referrer, {})[what] = words
    return found


def opt_outs_of(session: Session, scope: Scope, referrer: str) -> Sequence[OptOutRow]:
    """All that an office ever said it does not want, the newest first."""
    asked = select(OptOutRow).where(mine(OptOutRow, scope), OptOutRow.referrer == referrer)
    return session.scalars(asked.order_by(OptOutRow.since.desc(), OptOutRow.what)).all()


def opt_out(session: Session, scope: Scope, referrer: str, what: str, by: str, words: str, now: datetime) -> None:
    """An office does not want something from now on; said twice, the first time holds."""
    if what not in opted_out(session, scope, referrer):
        row = OptOutRow(practice_id=scope.practice_id, referrer=referrer, what=what, since=now, by=by, words=words)
        session.add(row)


def opt_in(session: Session, scope: Scope, referrer: str, what: str, by: str, now: datetime) -> bool:
    """It wants it again; False where it said nothing."""
    row = OptOutRow
    these = (mine(row, scope), row.referrer == referrer, row.what == what, row.ended_at.is_(None))
    found = session.execute(update(row).where(*these).values(ended_at=now, ended_by=by))
    return bool(cast("CursorResult[tuple[()]]", found).rowcount)
