"""Letters on their way: each delivery with its frozen message, and where it stands."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from typing import Any, cast

from sqlalchemy import ColumnElement, CursorResult, Index, LargeBinary, String, func, or_, select, true, update
from sqlalchemy.orm import Mapped, Session, mapped_column

from loopclose.domain.delivering import NOT_OVER, SENDING, SENT, TO_SEND, UNDERWAY, UNSURE, WENT_OUT
from loopclose.store.base import Base, PracticeOwned, Scope, chunks, mine, partial_index
from loopclose.store.conditions import one_of, states_in

MOST_SHOWN = 100


class DeliveryRow(PracticeOwned, Base):
    """One letter for one address: the same bytes under the same id at each try."""

    __tablename__ = "delivery"
    id: Mapped[str] = mapped_column(String(36), primary_key=True)
    obligation: Mapped[str] = mapped_column(String(36))
    """The report whose letter it is."""
    ehr: Mapped[str] = mapped_column(String(64))
    """Of the report."""
    letter: Mapped[str] = mapped_column(String(64))
    """The SHA-256 of the papers that were signed, as the signature has it."""
    purpose: Mapped[str] = mapped_column(String(12))
    """A key of ``domain.delivering.PURPOSES``."""
    address: Mapped[str] = mapped_column(String(36))
    referrer: Mapped[str] = mapped_column(String(300))
    name: Mapped[str]
    """Who gets it, as they were called then."""
    channel: Mapped[str] = mapped_column(String(10))
    to: Mapped[str]
    urgent: Mapped[bool]
    code: Mapped[str] = mapped_column(String(16))
    """The short code that is printed on it."""
    confirm: Mapped[str | None] = mapped_column(String(64))
    """Of the code by which the recipient confirms it, a keyed digest: the code itself stands on the letter alone."""
    confirm_until: Mapped[datetime | None]
    content: Mapped[bytes] = mapped_column(LargeBinary, deferred=True)
    """The finished message."""
    sha256: Mapped[str] = mapped_column(String(64))
    """Of ``content``."""
    enclosed: Mapped[list[Any]]
    """``{form, name, sha256}`` of each file in it."""
    seal: Mapped[str] = mapped_column(String(64))
    """A keyed digest over what says what goes where: a row that Loopclose did not make has none that fits."""
    state: Mapped[str] = mapped_column(String(10))
    """One of ``domain.delivering.STATES``."""
    error: Mapped[str | None]
    note: Mapped[str | None]
    planned_by: Mapped[str] = mapped_column(String(254))
    planned_at: Mapped[datetime]
    tries: Mapped[int]
    try_after: Mapped[datetime | None]
    ask_after: Mapped[datetime | None]
    """When the channel is asked next what became of it."""
    claimed_by: Mapped[str | None]
    claimed_at: Mapped[datetime | None]
    remote: Mapped[str | None]
    """What the channel calls it."""
    sent_at: Mapped[datetime | None]
    received_at: Mapped[datetime | None]
    followed_by: Mapped[str | None] = mapped_column(String(36))
    """The delivery to the next address, where this one failed."""

    __table_args__ = (
        Index("ix_delivery_obligation", "practice_id", "obligation"),
        Index("ix_delivery_planned", "practice_id", "planned_at", "id"),
        Index("ix_delivery_confirm", "confirm"),
        Index("ix_delivery_code", "practice_id", "code"),
        partial_index("ix_delivery_open", "practice_id", "state", where=states_in(sorted(NOT_OVER))),
    )

    def is_confirmable(self, now: datetime) -> bool:
        """Whether whoever has the letter can say something of it: its code was not used up, and has not expired."""
        return self.confirm is not None and self.confirm_until is not None and self.confirm_until > now


def delivery(session: Session, scope: Scope, key: str, *, lock: bool = False) -> DeliveryRow | None:
    """One delivery, as it is now."""
    return session.get(DeliveryRow, (scope.practice_id, key), populate_existing=True, with_for_update=lock)


def deliveries_of(session: Session, scope: Scope, obligations: Collection[str]) -> dict[str, list[DeliveryRow]]:
    """By report: its deliveries, the oldest first."""
    found: dict[str, list[DeliveryRow]] = {}
    for batch in chunks(sorted(obligations)):
        asked = select(DeliveryRow).where(mine(DeliveryRow, scope), DeliveryRow.obligation.in_(batch))
        for row in session.scalars(asked):
            found.setdefault(row.obligation, []).append(row)
    for rows in found.values():  # sorted here: SQLite would rather go through all in that order
        rows.sort(key=lambda row: (row.planned_at, row.id))
    return found


def with_code(session: Session, scope: Scope, code: str) -> list[str]:
    """Reports of whose deliveries one carries that short code."""
    asked = select(DeliveryRow.obligation).where(mine(DeliveryRow, scope), DeliveryRow.code == code)
    return sorted(set(session.scalars(asked)))


def to_send(session: Session, scope: Scope, now: datetime) -> list[str]:
    """Ids of those to hand over now: the urgent first, then the oldest; those that somebody claimed among them."""
    row = DeliveryRow
    due = or_(row.try_after.is_(None), row.try_after <= now)
    asked = select(row.id).where(mine(row, scope), _open(), one_of(row.state, TO_SEND), due)
    return list(session.scalars(asked.order_by(row.urgent.desc(), row.planned_at, row.id)))


def to_ask(session: Session, scope: Scope, now: datetime) -> list[str]:
    """Ids of those of which the channel is asked now what became of them."""
    row = DeliveryRow
    due = or_(row.ask_after.is_(None), row.ask_after <= now)
    asked = select(row.id).where(mine(row, scope), _open(), one_of(row.state, (UNDERWAY, UNSURE)), due)
    return list(session.scalars(asked.order_by(row.planned_at, row.id)))


def to_look_at(session: Session, scope: Scope, now: datetime, since: datetime) -> list[str]:
    """Ids of those that stand in a chart since then, and of which the EHR is asked now whether they were received."""
    row = DeliveryRow
    these = (row.state == SENT, row.channel == "fhir", row.sent_at >= since, row.ask_after <= now)
    return list(session.scalars(select(row.id).where(mine(row, scope), *these).order_by(row.planned_at, row.id)))


def ask_now(session: Session, scope: Scope, channel: str, now: datetime) -> None:
    """Have a channel asked with the next round of all that it has not answered yet."""
    row = DeliveryRow
    these = (mine(row, scope), _open(), one_of(row.state, (UNDERWAY, UNSURE)), row.channel == channel)
    session.execute(update(row).where(*these).values(ask_after=now).execution_options(synchronize_session=False))


def _open() -> ColumnElement[bool]:
    return one_of(DeliveryRow.state, sorted(NOT_OVER))


def claim(session: Session, scope: Scope, seen: DeliveryRow, by: str, at: datetime) -> bool:
    """Take a delivery for handing it over, if it still is as it was seen; False where somebody was faster."""
    row = DeliveryRow
    these = (mine(row, scope), row.id == seen.id, row.state == seen.state, row.tries == seen.tries)
    values = {"state": SENDING, "claimed_by": by, "claimed_at": at, "tries": seen.tries + 1}
    return _changed(session, these, values)


def settle(session: Session, scope: Scope, key: str, by: str, values: Mapping[str, Any]) -> bool:
    """Write down what became of a delivery that ``by`` claimed; False where somebody else has claimed it since."""
    row = DeliveryRow
    these = (mine(row, scope), row.id == key, row.state == SENDING, row.claimed_by == by)
    return _changed(session, these, values)


def _changed(session: Session, these: tuple[ColumnElement[bool], ...], values: Mapping[str, Any]) -> bool:
    asked = update(DeliveryRow).where(*these).values(**values).execution_options(synchronize_session=False)
    return bool(cast("CursorResult[Any]", session.execute(asked)).rowcount)


def newest(
    session: Session,
    scope: Scope,
    states: Collection[str] | None = None,
    channel: str | None = None,
    most: int = MOST_SHOWN,
) -> Sequence[DeliveryRow]:
    """The newest deliveries, of those states and of that channel where any is given."""
    row = DeliveryRow
    asked = select(row).where(
        mine(row, scope),
        one_of(row.state, sorted(states)) if states else true(),
        row.channel == channel if channel else true(),
    )
    return session.scalars(asked.order_by(row.planned_at.desc(), row.id.desc()).limit(most)).all()


def counts(session: Session, scope: Scope, since: datetime) -> dict[tuple[str, str], int]:
    """How many deliveries planned since then there are, by (channel, state)."""
    row = DeliveryRow
    asked = select(row.channel, row.state, func.count()).where(mine(row, scope), row.planned_at >= since)
    return {(one[0], one[1]): one[2] for one in session.execute(asked.group_by(row.channel, row.state))}


def confirmable(session: Session, digest: str, now: datetime | None) -> tuple[Scope, str] | None:
    """Whose delivery the digest of a confirmation code that still counts is of, in whichever practice; without ``now``
    of one that counts or counted.
    """
    row = DeliveryRow
    asked = select(row.practice_id, row.id).where(row.confirm == digest)
    asked = asked.where(row.confirm_until > now) if now is not None else asked
    found = session.execute(asked.limit(1)).first()
    return (Scope(found[0]), found[1]) if found else None


def who_got(session: Session, scope: Scope, obligation: str) -> Sequence[DeliveryRow]:
    """Deliveries of a report that went out, or of which nobody knows."""
    row = DeliveryRow
    out = one_of(row.state, sorted({*WENT_OUT, UNSURE, UNDERWAY, SENDING}))
    asked = select(row).where(mine(row, scope), row.obligation == obligation, or_(out, row.sent_at.is_not(None)))
    return session.scalars(asked.order_by(row.planned_at, row.id)).all()
