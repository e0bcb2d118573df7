"""Who is away and who stands in for them, and from that whom a practice has on a day."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime, timedelta

from sqlalchemy import Index, String, func, or_, select
from sqlalchemy.orm import Mapped, Session, mapped_column

from loopclose.domain.deputies import Absence, Colleague, Staff
from loopclose.store.base import Base, PracticeOwned, Scope, mine
from loopclose.store.people import User


class AbsenceRow(PracticeOwned, Base):
    """Somebody is away, in the practice's dates; of several that cover a day the highest number holds."""

    __tablename__ = "absence"
    no: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    """1, 2, 3, … within a practice."""
    who: Mapped[str] = mapped_column(String(254))
    """E-mail of a user, as is the deputy."""
    first: Mapped[date]
    last: Mapped[date | None]
    """The last day away; None until further notice."""
    deputy: Mapped[str | None] = mapped_column(String(254))
    noted_at: Mapped[datetime]
    __table_args__ = (Index("ix_absence_who", "practice_id", "who"),)

    def as_absence(self) -> Absence:
        """As the rules see it."""
        return Absence(self.who, self.first, self.last, self.deputy)


def absences(session: Session, scope: Scope, day: date) -> Sequence[AbsenceRow]:
    """Absences that are not over by that day, in the order in which they were noted."""
    return session.scalars(
        select(AbsenceRow)
        .where(mine(AbsenceRow, scope), or_(AbsenceRow.last.is_(None), AbsenceRow.last >= day))
        .order_by(AbsenceRow.no)
    ).all()


def note_absence(session: Session, scope: Scope, absence: Absence, now: datetime) -> None:
    """Write an absence down; it holds over any noted before it."""
    newest = session.scalar(select(func.max(AbsenceRow.no)).where(mine(AbsenceRow, scope))) or 0
    session.add(
        AbsenceRow(
            practice_id=scope.practice_id,
            no=newest + 1,
            who=absence.who,
            first=absence.first,
            last=absence.last,
            deputy=absence.deputy,
            noted_at=now,
        )
    )


def end_absences(session: Session, scope: Scope, who: str, day: date) -> int:
    """From that day on they are there: what has begun ends the day before, what was to come is dropped.

    Gives back how many absences that changed.
    """
    found = [row for row in absences(session, scope, day) if row.who == who]
    for row in found:
        if row.first >= day:
            session.delete(row)
        else:
            row.last = day - timedelta(days=1)
    return len(found)


def staff(session: Session, scope: Scope, day: date) -> Staff:
    """The users of the practice, and who of them is away, on that day; who is told then follows from it alone."""
    users = session.execute(select(User.email, User.role, User.disabled).where(mine(User, scope)).order_by(User.email))
    away = [row.as_absence() for row in absences(session, scope, day)]
    return Staff([Colleague(*row) for row in users], away, day)
