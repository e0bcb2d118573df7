"""Tokens by which the office of one referrer asks by machine: kept as digests, revocable, and counted by the minute."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import cast

from sqlalchemy import CursorResult, Index, String, select, update
from sqlalchemy.orm import Mapped, Session, mapped_column

from loopclose.store.base import Base, PracticeOwned, Scope, mine


class ChaseToken(PracticeOwned, Base):
    """One token, of one referrer."""

    __tablename__ = "chase_token"
    id: Mapped[str] = mapped_column(String(36), primary_key=True)
    referrer: Mapped[str] = mapped_column(String(300))
    """Whose patients it may ask about: ``domain.clinician_key.clinician_key``."""
    digest: Mapped[str] = mapped_column(String(64))
    """SHA-256 of the token, which is 32 random bytes: nothing else of it is kept."""
    made_by: Mapped[str] = mapped_column(String(254))
    made_at: Mapped[datetime]
    revoked_by: Mapped[str | None] = mapped_column(String(254))
    revoked_at: Mapped[datetime | None]
    minute: Mapped[datetime | None]
    """When the minute began in which questions are counted."""
    asked: Mapped[int]
    """How many were asked in it."""
    __table_args__ = (Index("ix_chase_token_digest", "digest", unique=True),)


def add_token(
    session: Session, scope: Scope, key: str, referrer: str, digest: str, by: str, now: datetime
) -> None:  # fmt: skip
    """Keep a new token by its digest."""
    row = {"practice_id": scope.practice_id, "id": key, "referrer": referrer, "digest": digest}
    session.add(ChaseToken(**row, made_by=by, made_at=now, asked=0))


def tokens(session: Session, scope: Scope) -> Sequence[ChaseToken]:
    """Every token that was ever made, the newest first."""
    asked = select(ChaseToken).where(mine(ChaseToken, scope))
    return session.scalars(asked.order_by(ChaseToken.made_at.desc(), ChaseToken.id)).all()


def whose(session: Session, digest: str) -> tuple[Scope, str] | None:
    """The practice and the id of the token of that digest, in whichever practice; None for one that was revoked."""
    these = (ChaseToken.digest == digest, ChaseToken.revoked_at.is_(None))
    found = session.execute(select(ChaseToken.practice_id, ChaseToken.id).where(*these)).first()
    return (Scope(found[0]), found[1]) if found else None


def revoke(session: Session, scope: Scope, key: str, by: str, now: datetime) -> bool:
    """Nothing is answered to that token any more; False where there is no such one in force."""
    these = (mine(ChaseToken, scope), ChaseToken.id == key, ChaseToken.revoked_at.is_(None))
    found = session.execute(update(ChaseToken).where(*these).values(revoked_at=now, revoked_by=by))
    return bool(cast("CursorResult[tuple[()]]", found).rowcount)


def take_turn(
    session: Session, scope: Scope, key: str, now: datetime, most: int, span: timedelta
) -> ChaseToken | None:  # fmt: skip
    """The token, with one more question counted; None where there were ``most`` within ``span`` already."""
    row = session.get(ChaseToken, (scope.practice_id, key), populate_existing=True, with_for_update=True)
    if row is None or row.revoked_at is not None:
        return None
    if row.minute is None or not row.minute <= now < row.minute + span:
        row.minute, row.asked = now, 0
    if row.asked >= most:
        return None
    row.asked += 1
    return row
