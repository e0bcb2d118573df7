"""What held a report, and who released it when, why, in which words and for whom. Rows only ever come."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime

from sqlalchemy import String, func, select
from sqlalchemy.orm import Mapped, Session, mapped_column

from loopclose.domain.holds import Ground, Kept, standing
from loopclose.store.base import Base, PracticeOwned, Scope, mine
from loopclose.store.obligations import Obligation


class HoldRow(PracticeOwned, Base):
    """One ground on which a report was held, numbered from 1; it holds until it is released."""

    __tablename__ = "hold"
    obligation: Mapped[str] = mapped_column(String(36), primary_key=True)
    no: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    ground: Mapped[str] = mapped_column(String(20))
    """A key of ``domain.holds.GROUNDS``."""
    source: Mapped[str] = mapped_column(String(140))
    """``Type/id``, or ``practice``; empty where a person said so."""
    label: Mapped[str]
    """The token that it was found by."""
    by: Mapped[str] = mapped_column(String(254))
    """``loopclose``, or the e-mail of whoever put it on hold."""
    at: Mapped[datetime]
    words: Mapped[str]
    """Of whoever put it on hold."""
    released_by: Mapped[str | None] = mapped_column(String(254))
    released_at: Mapped[datetime | None]
    reason: Mapped[str | None] = mapped_column(String(12))
    """A key of ``domain.holds.RELEASES``."""
    released_words: Mapped[str | None]
    recipient: Mapped[str | None]
    """For whom it was released, by name."""
    recipient_key: Mapped[str | None] = mapped_column(String(210))
    """The same as ``obligation.referrer_key``; empty where the referrer has none."""

    @property
    def kept(self) -> Kept:
        """As the rules see it."""
        return Kept(self.ground, self.source, self.label, self.recipient_key if self.released_at else None)


def holds_of(session: Session, scope: Scope, obligation: str) -> Sequence[HoldRow]:
    """Everything that ever held a report, oldest first."""
    asked = select(HoldRow).where(mine(HoldRow, scope), HoldRow.obligation == obligation)
    return session.scalars(asked.order_by(HoldRow.no)).all()


def standing_of(session: Session, scope: Scope, owed: Obligation) -> tuple[Kept, ...]:
    """What holds a report for whoever it goes to now."""
    return standing([row.kept for row in holds_of(session, scope, owed.id)], recipient_of(owed))


def recipient_of(owed: Obligation) -> str:
    """The key of whoever a report goes to."""
    return owed.referrer_key or ""


def add_holds(
    session: Session, scope: Scope, obligation: str, found: Iterable[Ground], by: str, at: datetime, words: str = ""
) -> None:
    """Further grounds, under the next numbers. Its caller holds the report."""
    these = (mine(HoldRow, scope), HoldRow.obligation == obligation)
    last = session.scalar(select(func.max(HoldRow.no)).where(*these)) or 0
    for no, one in enumerate(found, start=last + 1):
        session.add(
            HoldRow(
                practice_id=scope.practice_id,
                obligation=obligation,
                no=no,
                ground=one.code,
                source=one.source,
                label=one.label,
                by=by,
                at=at,
                words=words,
                released_by=None,
                released_at=None,
                reason=None,
                released_words=None,
                recipient=None,
                recipient_key=None,
            )
        )
    session.flush()


def release_holds(
    session: Session, scope: Scope, owed: Obligation, recipient: str, reason: str, words: str, by: str, at: datetime
) -> None:
    """Everything that holds a report is released for its recipient; what was released for another is held anew first,
    so that each release stays as it was given."""
    again = [one for one in standing_of(session, scope, owed) if one.released_for is not None]
    add_holds(session, scope, owed.id, again, by, at)
    for row in holds_of(session, scope, owed.id):
        if row.released_at is None:
            row.released_by, row.released_at, row.reason, row.released_words = by, at, reason, words
            row.recipient, row.recipient_key = recipient, recipient_of(owed)
