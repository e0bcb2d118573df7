"""What an EHR told by itself: each event once, until its patient was read and judged; and how each channel goes."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any, NamedTuple

from sqlalchemy import BigInteger, ColumnElement, Index, String, delete, func, or_, select, update
from sqlalchemy.orm import Mapped, Session, mapped_column

from loopclose.store.base import Base, PracticeOwned, Scope, chunks, mine, partial_index, table_of
from loopclose.store.upsert import upsert


class EventRow(PracticeOwned, Base):
    """One event that an EHR told."""

    __tablename__ = "event"
    ehr: Mapped[str] = mapped_column(String(64), primary_key=True)
    event_id: Mapped[str] = mapped_column(String(64), primary_key=True)
    """The same however often it is told."""
    type: Mapped[str | None] = mapped_column(String(40))
    """What it happened to; None, as with ``fhir_id`` and ``patient``: something changed, nobody says what."""
    fhir_id: Mapped[str | None] = mapped_column(String(128))
    patient: Mapped[str | None] = mapped_column(String(140))
    """``Patient/id``, where the EHR said whose it is."""
    received_at: Mapped[datetime]
    tried_at: Mapped[datetime | None]
    """When it was last read in vain."""
    taken_at: Mapped[datetime | None]
    """When its patient was read and judged."""
    __table_args__ = (
        Index("ix_event_received", "practice_id", "ehr", "received_at"),
        partial_index("ix_event_untaken", "practice_id", "ehr", "received_at", where="taken_at IS NULL"),
    )


class ChannelRow(PracticeOwned, Base):
    """One subscription by which an EHR tells; ``?`` is for whatever proved nothing."""

    __tablename__ = "event_channel"
    ehr: Mapped[str] = mapped_column(String(64), primary_key=True)
    subscription: Mapped[str] = mapped_column(String(128), primary_key=True)
    heard_at: Mapped[datetime | None]
    """When the EHR last told anything by it, be it that nothing happened."""
    status: Mapped[str] = mapped_column(String(32))
    """Of the subscription, as the EHR says."""
    number: Mapped[int | None] = mapped_column(BigInteger)
    """Of the newest event, where it numbers them."""
    missed: Mapped[int] = mapped_column(BigInteger)
    """Events that were told of and did not come yet."""
    missed_at: Mapped[datetime | None]
    refused: Mapped[int] = mapped_column(BigInteger)
    """Requests that did not prove who they are of."""
    refused_at: Mapped[datetime | None]
    """When one of them was last written into the audit."""


EVENT = table_of(EventRow)


class Figures(NamedTuple):
    """How an EHR tells."""

    told: int
    """Events since some time."""
    waiting: int
    """Events whose patients are not read and judged."""
    oldest: datetime | None
    """When the first of those came."""
    last: datetime | None
    """When the newest event came."""


class Calling(NamedTuple):
    """Whether something was told that nobody tried to read yet: of somebody, or that something changed."""

    by_name: bool
    of_all: bool


def channel(session: Session, scope: Scope, ehr: str, subscription: str) -> ChannelRow:
    """That channel, held until the end of the transaction; made where it is new."""
    key = {"practice_id": scope.practice_id, "ehr": ehr, "subscription": subscription}
    upsert(session, table_of(ChannelRow), [{**key, "status": "", "missed": 0, "refused": 0}], update=())
    return session.get_one(ChannelRow, tuple(key.values()), with_for_update=True)


def channels(session: Session, scope: Scope, ehr: str) -> Sequence[ChannelRow]:
    """Every channel of that EHR."""
    these = (mine(ChannelRow, scope), ChannelRow.ehr == ehr)
    return session.scalars(select(ChannelRow).where(*these).order_by(ChannelRow.subscription)).all()


def not_told(session: Session, scope: Scope, ehr: str, ids: Sequence[str]) -> set[str]:
    """Those of the events that were not told before."""
    found = set(ids)
    for batch in chunks(sorted(found)):
        these = (mine(EventRow, scope), EventRow.ehr == ehr, EventRow.event_id.in_(batch))
        found -= {*session.scalars(select(EventRow.event_id).where(*these))}
    return found


def note_told(session: Session, scope: Scope, ehr: str, rows: Iterable[dict[str, Any]], now: datetime) -> None:
    """Keep what was told: ``event_id``, ``type``, ``fhir_id``, ``patient`` each. What was told before stays."""
    owner = {"practice_id": scope.practice_id, "ehr": ehr, "received_at": now}
    once = {row["event_id"]: {**owner, **row} for row in rows}
    upsert(session, EVENT, list(once.values()), update=())


def untaken(session: Session, scope: Scope, ehr: str, tried_before: datetime, most: int) -> Sequence[EventRow]:
    """Events that name something and wait, but for those that were tried since then: at most so many, those first
    that came first, and before them those that nobody tried yet.
    """
    again = or_(EventRow.tried_at.is_(None), EventRow.tried_at <= tried_before)
    asked = select(EventRow).where(mine(EventRow, scope), EventRow.ehr == ehr, *_waits(), _names_something(), again)
    return session.scalars(asked.order_by(EventRow.tried_at.is_not(None), EventRow.received_at).limit(most)).all()


def calling(session: Session, scope: Scope, ehr: str) -> Calling:
    """Whether somebody should look: for what nobody tried to read yet."""
    new = (mine(EventRow, scope), EventRow.ehr == ehr, *_waits(), EventRow.tried_at.is_(None))

    def is_any(condition: ColumnElement[bool]) -> bool:
        return session.scalar(select(EventRow.event_id).where(*new, condition).limit(1)) is not None

    return Calling(is_any(_names_something()), is_any(~_names_something()))


def take(session: Session, scope: Scope, ehr: str, ids: Iterable[str], now: datetime) -> None:
    """The patients of those events are read and judged."""
    _set(session, scope, ehr, ids, taken_at=now)


def note_tried(session: Session, scope: Scope, ehr: str, ids: Iterable[str], now: datetime) -> None:
    """Those events could not be read now: they wait on."""
    _set(session, scope, ehr, ids, tried_at=now)


def settle_unnamed(session: Session, scope: Scope, ehr: str, since: datetime, now: datetime, *, taken: bool) -> None:
    """Everything that changed until ``since`` was looked for, and seen (``taken``) or not whole: of those events that
    name nothing.
    """
    these = (mine(EventRow, scope), EventRow.ehr == ehr, *_waits(), ~_names_something(), EventRow.received_at <= since)
    session.execute(update(EventRow).where(*these).values({"taken_at" if taken else "tried_at": now}))


def forget(session: Session, scope: Scope, ehr: str, before: datetime) -> None:
    """Forget what was taken and came before then."""
    these = (mine(EventRow, scope), EventRow.ehr == ehr, EventRow.received_at < before)
    session.execute(delete(EventRow).where(*these, EventRow.taken_at.is_not(None)))


def figures(session: Session, scope: Scope, ehr: str, since: datetime) -> Figures:
    """How that EHR tells, and how many events it told since then."""
    of_ehr = (mine(EventRow, scope), EventRow.ehr == ehr)
    told = session.scalar(select(func.count()).select_from(EventRow).where(*of_ehr, EventRow.received_at > since))
    waits = select(func.count(), func.min(EventRow.received_at)).where(*of_ehr, *_waits())
    waiting, oldest = session.execute(waits).one()
    newest = select(EventRow.received_at).where(*of_ehr).order_by(EventRow.received_at.desc()).limit(1)
    return Figures(told or 0, waiting, oldest, session.scalar(newest))


def _waits() -> tuple[ColumnElement[bool], ...]:
    return (EventRow.taken_at.is_(None),)


def _names_something() -> ColumnElement[bool]:
    return or_(EventRow.fhir_id.is_not(None), EventRow.patient.is_not(None))


def _set(session: Session, scope: Scope, ehr: str, ids: Iterable[str], **values: datetime) -> None:
    for batch in chunks(sorted(ids)):
        these = (mine(EventRow, scope), EventRow.ehr == ehr, EventRow.event_id.in_(batch))
        session.execute(update(EventRow).where(*these).values(**values))
