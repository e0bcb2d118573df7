"""Who asked where a report is: every chase, how often a report was asked for, and of which its owner was told."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from datetime import datetime

from sqlalchemy import Index, String, and_, false, func, or_, select, update
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Mapped, Session, mapped_column

from loopclose.domain.chasing import Chase
from loopclose.store.base import Base, PracticeOwned, Scope, chunks, mine, partial_index
from loopclose.store.lateness import is_open
from loopclose.store.obligations import Obligation, TransitionRow

UNTOLD = "told_in IS NULL"


class ChaseRow(PracticeOwned, Base):
    """One question of the referrer's side; rows only ever come."""

    __tablename__ = "chase"
    id: Mapped[str] = mapped_column(String(36), primary_key=True)
    """UUIDv5 of (practice, report, form, who noted it, who asked and how), with the moment where it was noted in no
    form; of a machine's question of its day.
    """
    obligation: Mapped[str] = mapped_column(String(36))
    at: Mapped[datetime]
    by: Mapped[str] = mapped_column(String(254))
    """E-mail of the user who noted it, or ``token:`` and the id of the token by which a machine asked."""
    how: Mapped[str] = mapped_column(String(8))
    """A key of ``domain.chasing.HOW``."""
    who: Mapped[str]
    office: Mapped[str]
    number: Mapped[str]
    """Where they said they can be called, as words: no letter goes there."""
    answered: Mapped[str]
    told_in: Mapped[str | None] = mapped_column(String(36))
    """The mail that told the owner of it."""
    __table_args__ = (
        Index("ix_chase_obligation", "practice_id", "obligation", "at"),
        Index("ix_chase_at", "practice_id", "at"),
        partial_index("ix_chase_untold", "practice_id", "obligation", where=UNTOLD),
    )


def note_chase(
    session: Session, scope: Scope, key: str, obligation: str, chase: Chase, by: str, now: datetime
) -> bool:  # fmt: skip
    """Keep a chase and count it on its report; False where one of that key is there already."""
    insert = (postgresql if session.connection().dialect.name == "postgresql" else sqlite).insert(ChaseRow)
    told = {"how": chase.how, "who": chase.who, "office": chase.office, "number": chase.number}
    row = {"practice_id": scope.practice_id, "id": key, "obligation": obligation, "at": now, "by": by, "told_in": None}
    made = insert.values(**row, **told, answered=chase.answered).on_conflict_do_nothing().returning(ChaseRow.id)
    if session.scalar(made) is None:
        return False
    these = (mine(Obligation, scope), Obligation.id == obligation)
    session.execute(update(Obligation).where(*these).values(chased=Obligation.chased + 1))
    return True


def chases_of(session: Session, scope: Scope, obligation: str) -> Sequence[ChaseRow]:
    """Who asked for a report, the newest first."""
    asked = select(ChaseRow).where(mine(ChaseRow, scope), ChaseRow.obligation == obligation)
    return session.scalars(asked.order_by(ChaseRow.at.desc(), ChaseRow.id)).all()


def count_since(session: Session, scope: Scope, since: datetime, referrer: str | None = None) -> tuple[int, int]:
    """How often somebody asked since then, and for how many reports; for those to one referrer where it is given."""
    asked = select(func.count(), func.count(func.distinct(ChaseRow.obligation))).where(
        mine(ChaseRow, scope), ChaseRow.at > since
    )
    if referrer is not None:
        same = and_(Obligation.practice_id == ChaseRow.practice_id, Obligation.id == ChaseRow.obligation)
        asked = asked.join(Obligation, same).where(Obligation.referrer_key == referrer)
    times, reports = session.execute(asked).one()
    return int(times), int(reports)


def chased(session: Session, scope: Scope, obligations: Iterable[str]) -> dict[str, int]:
    """By report that somebody asked for: how often."""
    found: dict[str, int] = {}
    for some in chunks(obligations):
        these = (mine(ChaseRow, scope), ChaseRow.obligation.in_(some))
        asked = select(ChaseRow.obligation, func.count()).where(*these).group_by(ChaseRow.obligation)
        found |= {obligation: int(times) for obligation, times in session.execute(asked)}
    return found


def since(session: Session, scope: Scope, obligations: Collection[str]) -> dict[str, datetime]:
    """By report: when it came into the state that it is in."""
    found: dict[str, datetime] = {}
    for some in chunks(sorted(obligations)):
        these = (mine(TransitionRow, scope), TransitionRow.obligation.in_(some))
        asked = select(TransitionRow.obligation, TransitionRow.effective_at).where(*these).order_by(TransitionRow.no)
        found |= {one[0]: one[1] for one in session.execute(asked)}
    return found


def to_tell(
    session: Session, scope: Scope, again: Collection[str] = (), *, fresh: bool = True
) -> Sequence[tuple[ChaseRow, Obligation]]:
    """Chases of open reports: those of which nobody was told (``fresh``), and those that only
    the mails ``again`` tell.
    """
    same = and_(Obligation.practice_id == ChaseRow.practice_id, Obligation.id == ChaseRow.obligation)
    untold = [ChaseRow.told_in.is_(None)] if fresh else []
    these = or_(false(), *untold, *([ChaseRow.told_in.in_(again)] if again else []))
    asked = select(ChaseRow, Obligation).join(Obligation, same).where(mine(ChaseRow, scope), these, is_open())
    return [(one[0], one[1]) for one in session.execute(asked.order_by(ChaseRow.at, ChaseRow.id))]


def note_told(session: Session, scope: Scope, chases: Iterable[str], message: str) -> None:
    """Those chases are told in that mail."""
    for some in chunks(chases):
        these = (mine(ChaseRow, scope), ChaseRow.id.in_(some))
        session.execute(update(ChaseRow).where(*these).values(told_in=message))


def tell_anew(session: Session, scope: Scope, message: str) -> None:
    """A mail does not leave: what it tells of chases is told by the next."""
    session.execute(update(ChaseRow).where(mine(ChaseRow, scope), ChaseRow.told_in == message).values(told_in=None))


def reports_born(session: Session, scope: Scope, referrer: str, born: str) -> Sequence[Obligation]:
    """Reports to a referrer, known and not guessed, of patients born on that day; the latest due first."""
    row = Obligation
    these = (mine(row, scope), row.patient_birth_date == born, row.kind == "report", row.referrer_key == referrer)
    asked = select(row).where(*these, row.guessed.is_(False), row.state != "waived")
    return session.scalars(asked.order_by(row.due_at.desc(), row.id)).all()
