"""Tokens by which an EHR asked for cards: each opens once, so what was used is kept until it has expired."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import Index, String, delete
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Mapped, Session, mapped_column

from loopclose.store.base import Base, PracticeOwned, Scope, mine


class HookToken(PracticeOwned, Base):
    """One used token, by the digest of who issued it and its ``jti``."""

    __tablename__ = "hook_token"
    digest: Mapped[str] = mapped_column(String(64), primary_key=True)
    until: Mapped[datetime]
    __table_args__ = (Index("ix_hook_token_until", "practice_id", "until"),)


def use_token(session: Session, scope: Scope, digest: str, until: datetime, now: datetime) -> bool:
    """Mark a token as used; False where it was before. Those that have expired are forgotten."""
    session.execute(delete(HookToken).where(mine(HookToken, scope), HookToken.until < now))
    insert = (postgresql if session.connection().dialect.name == "postgresql" else sqlite).insert(HookToken)
    once = insert.values(practice_id=scope.practice_id, digest=digest, until=until).on_conflict_do_nothing()
    return session.scalar(once.returning(HookToken.digest)) is not None
