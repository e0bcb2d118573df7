"""The address book: where letters for each referrer go, who checked it, and why one was closed."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, time
from typing import Any, cast

from sqlalchemy import CursorResult, Index, String, select, update
from sqlalchemy.orm import Mapped, Session, mapped_column

from loopclose.domain.address_book import Entry
from loopclose.domain.channels import CHART
from loopclose.store.base import Base, PracticeOwned, Scope, mine, natural_id, table_of
from loopclose.store.obligations import Obligation
from loopclose.store.upsert import upsert


class AddressRow(PracticeOwned, Base):
    """One address of one referrer; the first letter to it needs a person's check."""

    __tablename__ = "address"
    id: Mapped[str] = mapped_column(String(36), primary_key=True)
    """UUIDv5 of (practice, referrer, channel, address)."""
    referrer: Mapped[str] = mapped_column(String(300))
    """Whose: ``domain.clinician_key.clinician_key``."""
    name: Mapped[str]
    """What the referrer is called."""
    location: Mapped[str]
    """Which of their offices, in words; empty where there is one."""
    contact: Mapped[str]
    """Who there handles letters, in words."""
    channel: Mapped[str] = mapped_column(String(10))
    to: Mapped[str]
    rank: Mapped[int]
    source: Mapped[str] = mapped_column(String(10))
    """A key of ``domain.address_book.SOURCES``."""
    added_by: Mapped[str] = mapped_column(String(254))
    added_at: Mapped[datetime]
    checked_by: Mapped[str | None] = mapped_column(String(254))
    checked_at: Mapped[datetime | None]
    used_at: Mapped[datetime | None]
    quiet_from: Mapped[time | None]
    quiet_until: Mapped[time | None]
    closed_at: Mapped[datetime | None]
    closed_by: Mapped[str | None] = mapped_column(String(254))
    closed_because: Mapped[str | None]
    __table_args__ = (Index("ix_address_referrer", "practice_id", "referrer"),)

    @property
    def entry(self) -> Entry:
        """As the rules know it."""
        return Entry(
            self.id,
            self.referrer,
            self.channel,
            self.to,
            self.rank,
            self.checked_at,
            self.checked_by,
            self.used_at,
            self.closed_at,
            self.closed_because,
            self.quiet_from,
            self.quiet_until,
        )


def add_address(session: Session, scope: Scope, given: dict[str, Any], by: str, now: datetime) -> str:
    """Add an address, unchecked; one that is there stays as it is, and a closed one is open again. Gives its id.

    ``given``: referrer, name, channel, to, and any of location, contact, rank, source, quiet_from, quiet_until.
    """
    key = natural_id(scope.practice_id, "address", given["referrer"], given["channel"], given["to"])
    row = {"location": "", "contact": "", "rank": 1, "source": "person", "quiet_from": None, "quiet_until": None}
    row |= {"practice_id": scope.practice_id, "id": key, "added_by": by, "added_at": now, **given}
    upsert(session, table_of(AddressRow), [row], update=())
    these = (mine(AddressRow, scope), AddressRow.id == key, AddressRow.closed_at.is_not(None))
    again = dict.fromkeys(("closed_at", "closed_by", "closed_because", "checked_at", "checked_by"))
    session.execute(update(AddressRow).where(*these).values(**again))
    return key


def address(session: Session, scope: Scope, key: str, *, lock: bool = False) -> AddressRow | None:
    """One address, as it is now."""
    return session.get(AddressRow, (scope.practice_id, key), populate_existing=True, with_for_update=lock)


def addresses_of(session: Session, scope: Scope, referrer: str) -> Sequence[AddressRow]:
    """Every address of a referrer, closed ones last."""
    asked = select(AddressRow).where(mine(AddressRow, scope), AddressRow.referrer == referrer)
    found = session.scalars(asked).all()
    return sorted(found, key=lambda one: (one.closed_at is not None, one.rank, one.channel, one.to))


def all_addresses(session: Session, scope: Scope) -> Sequence[AddressRow]:
    """The whole book, by name."""
    asked = (
        select(AddressRow)
        .where(mine(AddressRow, scope), AddressRow.channel != CHART)
        .order_by(AddressRow.name, AddressRow.rank, AddressRow.id)
    )
    return session.scalars(asked).all()


def close(session: Session, scope: Scope, key: str, by: str, because: str, now: datetime) -> bool:
    """Close an address, for whatever reason came first; False where it was closed already."""
    these = (mine(AddressRow, scope), AddressRow.id == key, AddressRow.closed_at.is_(None))
    values = {"closed_at": now, "closed_by": by, "closed_because": because}
    found = session.execute(update(AddressRow).where(*these).values(**values))
    return bool(cast("CursorResult[Any]", found).rowcount)


def note_used(session: Session, scope: Scope, key: str, now: datetime) -> None:
    """A letter went there."""
    session.execute(update(AddressRow).where(mine(AddressRow, scope), AddressRow.id == key).values(used_at=now))


def reports_to(session: Session, scope: Scope, referrer: str, most: int = 5) -> Sequence[Obligation]:
    """The newest reports owed to a referrer: where the EHR may tell where letters go."""
    asked = select(Obligation).where(
        mine(Obligation, scope), Obligation.referrer_key == referrer, Obligation.kind == "report"
    )
    return session.scalars(asked.order_by(Obligation.due_at.desc(), Obligation.id).limit(most)).all()


def change_address(session: Session, scope: Scope, key: str, values: dict[str, Any]) -> None:
    """Change what does not say where it goes: rank, contact, location, quiet hours."""
    session.execute(update(AddressRow).where(mine(AddressRow, scope), AddressRow.id == key).values(**values))
