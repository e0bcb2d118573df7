"""What an EHR was asked: the requests that all processes have in common, and how many were made."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date

from sqlalchemy import Dialect, String, delete, select
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Mapped, Session, mapped_column

from loopclose.store.base import Base, PracticeOwned, Scope, mine, table_of

KEPT = 5
"""Minutes or days before the one that is taken of."""


class RequestBudget(PracticeOwned, Base):
    """How many requests of one minute or day were taken."""

    __tablename__ = "request_budget"
    ehr: Mapped[str] = mapped_column(String(64), primary_key=True)
    span: Mapped[str] = mapped_column(String(8), primary_key=True)
    """``minute`` or ``day``."""
    began: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    """The number of the minute, or of the day."""
    taken: Mapped[int]


class RequestCount(PracticeOwned, Base):
    """How many requests were made in one day for one reason."""

    __tablename__ = "request_count"
    ehr: Mapped[str] = mapped_column(String(64), primary_key=True)
    day: Mapped[date] = mapped_column(primary_key=True)
    reason: Mapped[str] = mapped_column(String(20), primary_key=True)
    made: Mapped[int]


def take(session: Session, scope: Scope, ehr: str, span: str, began: int, wanted: int, most: int) -> int:
    """Take some of the ``most`` requests of that minute or day; gives how many were left to take, ``wanted`` at most.

    What much older spans took is forgotten; a few are kept, for some take of the next while others are at this one.
    """
    before = taken(session, scope, ehr, span, began)
    found = max(0, min(wanted, most - before))
    if found:
        table = table_of(RequestBudget)
        key = {"practice_id": scope.practice_id, "ehr": ehr, "span": span, "began": began}
        insert = _insert(session.connection().dialect)(table).values(**key, taken=found)
        # another process may have taken some meanwhile: then nothing is taken here, and it is tried again
        statement = insert.on_conflict_do_update(
            index_elements=[*key], set_={"taken": table.c.taken + found}, where=table.c.taken == before
        )
        if session.execute(statement.returning(table.c.taken)).first() is None:
            return take(session, scope, ehr, span, began, wanted, most)
        these = (mine(RequestBudget, scope), RequestBudget.ehr == ehr, RequestBudget.span == span)
        session.execute(delete(RequestBudget).where(*these, RequestBudget.began < began - KEPT))
    return found


def taken(session: Session, scope: Scope, ehr: str, span: str, began: int) -> int:
    """How many requests of that minute or day were taken."""
    row = session.get(RequestBudget, (scope.practice_id, ehr, span, began), populate_existing=True)
    return row.taken if row else 0


def count(session: Session, scope: Scope, ehr: str, day: date, made: Mapping[str, int]) -> None:
    """Add requests that were made that day, by reason."""
    table = table_of(RequestCount)
    for reason, number in sorted(made.items()):
        key = {"practice_id": scope.practice_id, "ehr": ehr, "day": day, "reason": reason}
        insert = _insert(session.connection().dialect)(table).values(**key, made=number)
        session.execute(insert.on_conflict_do_update(index_elements=[*key], set_={"made": table.c.made + number}))


def counted(session: Session, scope: Scope, ehr: str, day: date) -> dict[str, int]:
    """How many requests were made that day, by reason, the most frequent first."""
    these = (mine(RequestCount, scope), RequestCount.ehr == ehr, RequestCount.day == day)
    rows = session.execute(
        select(RequestCount.reason, RequestCount.made)
        .where(*these)
        .order_by(RequestCount.made.desc(), RequestCount.reason)
    )
    return {row.reason: row.made for row in rows}


def _insert(dialect: Dialect):  # type: ignore[no-untyped-def]
    return (postgresql if dialect.name == "postgresql" else sqlite).insert
