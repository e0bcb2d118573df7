"""What happened to a letter on its way: every try to hand it over, and what was heard of it. Rows only ever come."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, String, func, select
from sqlalchemy.orm import Mapped, Session, mapped_column

from loopclose.store.base import Base, PracticeOwned, Scope, chunks, mine, partial_index
from loopclose.store.conditions import one_of

NOBODYS = ""
"""The delivery of an event that is of none: a mail in the mailbox that nobody understood."""
UNCLEAR, LOOKED_AT = "unclear", "looked_at"
"""A mail in the mailbox that proves nothing, and that a person read it: both have the SHA-256 of the mail as their
``evidence``.
"""
OF_MAILS = (LOOKED_AT, UNCLEAR)
DELAYED = "delayed"
"""A mail system said of a letter that had left that it could not deliver it yet."""


class DeliveryAttempt(PracticeOwned, Base):
    """One try to hand a delivery to its channel; written before the try."""

    __tablename__ = "delivery_attempt"
    delivery: Mapped[str] = mapped_column(String(36), primary_key=True)
    no: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    started_at: Mapped[datetime]
    ended_at: Mapped[datetime | None]
    error: Mapped[str | None]
    outcome: Mapped[str | None] = mapped_column(String(10))
    """The state that the delivery had after it."""


class DeliveryEvent(PracticeOwned, Base):
    """Something that was heard of a delivery, or done with it, numbered from 1; rows only ever come."""

    __tablename__ = "delivery_event"
    delivery: Mapped[str] = mapped_column(String(36), primary_key=True)
    no: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    at: Mapped[datetime]
    heard_at: Mapped[datetime]
    what: Mapped[str] = mapped_column(String(16))
    """``transmitted``, ``received``, ``failed``, ``unsure``, ``cancelled``, or what the recipient said."""
    source: Mapped[str] = mapped_column(String(12))
    """``channel``, ``mailbox``, ``page`` (the confirmation page), ``person``, ``ehr`` or ``loopclose``."""
    by: Mapped[str] = mapped_column(String(254))
    words: Mapped[str]
    evidence: Mapped[str | None] = mapped_column(String(64))
    """The SHA-256 of what proves it, or the channel's own name of it."""
    __table_args__ = (
        partial_index("ix_delivery_event_mail", "practice_id", "heard_at", where=f"what IN {OF_MAILS!r}"),
    )


def begin_attempt(session: Session, scope: Scope, key: str, at: datetime) -> int:
    """Write down that a delivery is about to be handed over; gives the number of the try."""
    no = _next(session, DeliveryAttempt.no, mine(DeliveryAttempt, scope), DeliveryAttempt.delivery == key)
    session.add(DeliveryAttempt(practice_id=scope.practice_id, delivery=key, no=no, started_at=at))
    return no


def end_attempt(
    session: Session, scope: Scope, key: str, no: int, at: datetime, error: str | None, outcome: str
) -> None:
    """Write down how a try ended."""
    tried = session.get_one(DeliveryAttempt, (scope.practice_id, key, no))
    tried.ended_at, tried.error, tried.outcome = at, error, outcome


def attempts_of(session: Session, scope: Scope, key: str) -> Sequence[DeliveryAttempt]:
    """The tries of a delivery, in order."""
    asked = select(DeliveryAttempt).where(mine(DeliveryAttempt, scope), DeliveryAttempt.delivery == key)
    return session.scalars(asked.order_by(DeliveryAttempt.no)).all()


def add_event(
    session: Session,
    scope: Scope,
    key: str,
    what: str,
    source: str,
    by: str,
    at: datetime,
    now: datetime,
    words: str = "",
    evidence: str | None = None,
) -> None:
    """Keep what was heard of a delivery. Its caller holds the delivery."""
    no = _next(session, DeliveryEvent.no, mine(DeliveryEvent, scope), DeliveryEvent.delivery == key)
    session.add(
        DeliveryEvent(
            practice_id=scope.practice_id,
            delivery=key,
            no=no,
            at=at,
            heard_at=now,
            what=what,
            source=source,
            by=by,
            words=words,
            evidence=evidence,
        )
    )
    session.flush()


def events_of(session: Session, scope: Scope, keys: Collection[str]) -> dict[str, list[DeliveryEvent]]:
    """By delivery: what was heard of it, in order."""
    found: dict[str, list[DeliveryEvent]] = {}
    for batch in chunks(sorted(keys)):
        asked = select(DeliveryEvent).where(mine(DeliveryEvent, scope), DeliveryEvent.delivery.in_(batch))
        for row in session.scalars(asked.order_by(DeliveryEvent.delivery, DeliveryEvent.no)):
            found.setdefault(row.delivery, []).append(row)
    return found


def unclear_mails(session: Session, scope: Scope) -> list[DeliveryEvent]:
    """Mails in the mailboxes that nobody understood and no person read yet, the oldest first, each once: what was
    kept of it, with the letter that it seems to be about (``NOBODYS``: none).
    """
    asked = select(DeliveryEvent).where(mine(DeliveryEvent, scope), one_of(DeliveryEvent.what, OF_MAILS))
    rows = session.scalars(asked.order_by(DeliveryEvent.heard_at, DeliveryEvent.delivery, DeliveryEvent.no)).all()
    read = {(row.delivery, row.evidence) for row in rows if row.what == LOOKED_AT}
    found: dict[tuple[str, str | None], DeliveryEvent] = {}
    for row in rows:
        if row.what == UNCLEAR and (row.delivery, row.evidence) not in read:
            found.setdefault((row.delivery, row.evidence), row)  # read twice where the process died at it
    return list(found.values())


def is_of_mailbox(session: Session, scope: Scope, evidence: str) -> bool:
    """Whether a mail with that SHA-256 came that nobody understood, read by a person since or not."""
    asked = select(DeliveryEvent.no).where(mine(DeliveryEvent, scope), one_of(DeliveryEvent.what, OF_MAILS))
    return session.scalar(asked.where(DeliveryEvent.evidence == evidence).limit(1)) is not None


def _next(session: Session, no: Any, *these: ColumnElement[bool]) -> int:
    return (session.scalar(select(func.max(no)).where(*these)) or 0) + 1
