"""Tries to sign in, of every process: wrong ones by account and by address, and from where an account last got in."""

from __future__ import annotations

import uuid
from datetime import datetime, timedelta

from sqlalchemy import Index, String, delete, func, select
from sqlalchemy.orm import Mapped, Session, mapped_column

from loopclose.domain.sign_in_delays import BY_ACCOUNT, BY_ADDRESS, BY_BOTH, Failures, Past
from loopclose.store.base import Base

KNOWN_FOR = timedelta(days=30)
"""How long an address at which an account got in goes on to be known for it."""


class SignInTry(Base):
    """One try. It belongs to no practice: nobody was signed in."""

    __tablename__ = "sign_in_try"
    id: Mapped[str] = mapped_column(String(36), primary_key=True)
    account: Mapped[str] = mapped_column(String(254))
    """A known e-mail, or one of a few names under which unknown ones are put together."""
    address: Mapped[str] = mapped_column(String(64))
    at: Mapped[datetime]
    ok: Mapped[bool]
    __table_args__ = (
        Index("ix_sign_in_try_account", "account", "at"),
        Index("ix_sign_in_try_address", "address", "at"),
        Index("ix_sign_in_try_at", "at"),
    )


def queue_up(session: Session, account: str) -> None:
    """Of several tries for one account at once, the next counts when this transaction ends.

    SQLite lets one write at a time anyway.
    """
    if session.get_bind().dialect.name == "postgresql":
        session.execute(select(func.pg_advisory_xact_lock(func.hashtext(f"sign-in {account}"))))


def past(session: Session, account: str, address: str, now: datetime) -> Past:
    """What went wrong lately: by both, by account, by address; and whether the account got in from there before."""
    of_account, from_address = SignInTry.account == account, SignInTry.address == address
    known = select(SignInTry.id).where(of_account, from_address, SignInTry.ok, SignInTry.at > now - KNOWN_FOR).limit(1)
    return Past(
        _failures(session, now - BY_BOTH.within, of_account, from_address),
        _failures(session, now - BY_ACCOUNT.within, of_account),
        _failures(session, now - BY_ADDRESS.within, from_address),
        session.scalar(known) is not None,
    )


def count_wrong(session: Session, since: datetime) -> int:
    """How many wrong tries there were, of anybody."""
    asked = select(func.count()).where(SignInTry.ok.is_(False), SignInTry.at > since)
    return session.scalar(asked) or 0


def note_wrong(session: Session, account: str, address: str, now: datetime) -> None:
    """One more wrong try; what is too old to count is forgotten."""
    session.execute(delete(SignInTry).where(SignInTry.at < now - KNOWN_FOR))
    session.execute(delete(SignInTry).where(SignInTry.ok.is_(False), SignInTry.at < now - BY_BOTH.within))
    session.add(SignInTry(id=str(uuid.uuid4()), account=account, address=address, at=now, ok=False))


def note_right(session: Session, account: str, address: str, now: datetime) -> None:
    """The account got in from there: what went wrong there before is forgotten."""
    session.execute(delete(SignInTry).where(SignInTry.account == account, SignInTry.address == address))
    session.add(SignInTry(id=str(uuid.uuid4()), account=account, address=address, at=now, ok=True))


def _failures(session: Session, since: datetime, *these: object) -> Failures:
    asked = select(func.count(), func.max(SignInTry.at)).where(*these, SignInTry.ok.is_(False), SignInTry.at > since)  # type: ignore[arg-type]
    count, last = session.execute(asked).one()
    return Failures(count, last)
