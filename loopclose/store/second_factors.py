"""Second factors: what a user's authenticator and we both know, and which of its codes counted last."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import LargeBinary, String, delete, update
from sqlalchemy.orm import Mapped, Session, mapped_column

from loopclose.store.base import Base, PracticeOwned, Scope, mine


class SecondFactorRow(PracticeOwned, Base):
    """The authenticator of one user (TOTP, RFC 6238)."""

    __tablename__ = "second_factor"
    user_id: Mapped[str] = mapped_column(String(36), primary_key=True)
    secret: Mapped[bytes] = mapped_column(LargeBinary)
    """Sealed with the key of the cookies, which is not in the database."""
    added_at: Mapped[datetime]
    confirmed_at: Mapped[datetime | None]
    """When a code of it first counted; until then it opens nothing."""
    last_step: Mapped[int]
    """The time step of the code that counted last: neither it nor an earlier one counts again."""


def factor_of(session: Session, scope: Scope, user_id: str) -> SecondFactorRow | None:
    """The user's authenticator, confirmed or not."""
    return session.get(SecondFactorRow, (scope.practice_id, user_id))


def keep_factor(session: Session, scope: Scope, user_id: str, secret: bytes, at: datetime) -> None:
    """A new one in the place of any other; nothing counts of it before it is confirmed."""
    session.merge(
        SecondFactorRow(
            practice_id=scope.practice_id, user_id=user_id, secret=secret, added_at=at, confirmed_at=None, last_step=0
        )
    )


def use_step(session: Session, scope: Scope, user_id: str, step: int, at: datetime) -> bool:
    """Let the code of a time step count; False where it, or a later one, counted already."""
    this = (mine(SecondFactorRow, scope), SecondFactorRow.user_id == user_id, SecondFactorRow.last_step < step)
    used = update(SecondFactorRow).where(*this).values(last_step=step).returning(SecondFactorRow.user_id)
    if session.execute(used).first() is None:
        return False
    first = (mine(SecondFactorRow, scope), SecondFactorRow.user_id == user_id, SecondFactorRow.confirmed_at.is_(None))
    session.execute(update(SecondFactorRow).where(*first).values(confirmed_at=at))
    return True


def drop_factor(session: Session, scope: Scope, user_id: str) -> None:
    """The user has none any more."""
    these = (mine(SecondFactorRow, scope), SecondFactorRow.user_id == user_id)
    session.execute(delete(SecondFactorRow).where(*these))
