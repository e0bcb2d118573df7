"""The clocks of drafts: when each was ready to be signed, by when it is to be, and whether that was told."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, datetime

from sqlalchemy import ColumnElement, String, and_, select, update
from sqlalchemy.orm import Mapped, Session, mapped_column

from loopclose.domain.signing_time import Clock
from loopclose.store.base import Base, PracticeOwned, Scope, chunks, mine
from loopclose.store.obligations import Obligation


class SigningClockRow(PracticeOwned, Base):
    """The clock of one draft: begun once, however often the chart has it drafted anew."""

    __tablename__ = "signing_clock"
    obligation: Mapped[str] = mapped_column(String(36), primary_key=True)
    """The report; of a corrected letter the correction."""
    ladder_no: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    """Of the obligation then: one that was closed and waits again begins anew."""
    version: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    """Of the papers."""
    ready_at: Mapped[datetime]
    sign_by: Mapped[datetime]
    told_on: Mapped[date | None]
    """The practice-local date on which its rung was fired."""
    over_at: Mapped[datetime | None]
    """When that draft was signed."""


def begin(
    session: Session, scope: Scope, subject: tuple[str, int], version: int, ready_at: datetime, sign_by: datetime
) -> bool:
    """Begin the clock of a draft of ``subject`` (obligation, number of its ladder); False where it was begun before."""
    obligation, ladder_no = subject
    if session.get(SigningClockRow, (scope.practice_id, obligation, ladder_no, version)) is not None:
        return False
    session.add(
        SigningClockRow(
            practice_id=scope.practice_id,
            obligation=obligation,
            ladder_no=ladder_no,
            version=version,
            ready_at=ready_at,
            sign_by=sign_by,
            told_on=None,
            over_at=None,
        )
    )
    session.flush()
    return True


def stop(session: Session, scope: Scope, obligations: Iterable[str], at: datetime) -> None:
    """What those drafts waited for is done: they were signed."""
    row = SigningClockRow
    these = (mine(row, scope), row.obligation.in_(list(obligations)), row.over_at.is_(None))
    session.execute(update(row).where(*these).values(over_at=at))


def note_told(session: Session, scope: Scope, obligation: Obligation, night: date) -> None:
    """The rung of the draft that waits was fired."""
    row = SigningClockRow
    these = (mine(row, scope), row.obligation == obligation.id, row.ladder_no == obligation.ladder_no)
    session.execute(update(row).where(*these, row.over_at.is_(None), row.told_on.is_(None)).values(told_on=night))


def clocks_of(session: Session, scope: Scope, obligations: Iterable[str]) -> dict[tuple[str, int], Clock]:
    """By obligation and number of its ladder: the clock of its newest draft, as long as nobody signed that."""
    found: dict[tuple[str, int], Clock] = {}
    row = SigningClockRow
    for batch in chunks(obligations):
        rows = session.execute(
            select(row.obligation, row.ladder_no, row.version, row.sign_by, row.told_on)
            .where(mine(row, scope), row.obligation.in_(batch), row.over_at.is_(None))
            .order_by(row.version)
        )
        for obligation, ladder_no, version, by, told_on in rows:
            found[obligation, ladder_no] = Clock(version, by, told_on is not None)
    return found


def is_overdue(now: datetime) -> ColumnElement[bool]:
    """Whether the time to sign the draft of something owed is over."""
    return _waiting(SigningClockRow.sign_by <= now)


def is_unsigned(version: ColumnElement[int]) -> ColumnElement[bool]:
    """Whether nobody signed the draft of that version of something owed."""
    return _waiting(SigningClockRow.version == version)


def _waiting(further: ColumnElement[bool]) -> ColumnElement[bool]:
    row = SigningClockRow
    of_it = and_(
        row.practice_id == Obligation.practice_id,
        row.obligation == Obligation.id,
        row.ladder_no == Obligation.ladder_no,
    )
    return select(row.version).where(of_it, row.over_at.is_(None), further).exists()
