"""What is closed: there is ever more of it, so it is never counted whole, and a page begins where another ended."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import ColumnElement, func, literal, select, tuple_
from sqlalchemy.orm import Session

from loopclose.domain.searching import asked_words
from loopclose.store.base import Scope, mine
from loopclose.store.closed_words import has_words
from loopclose.store.lateness import is_closed
from loopclose.store.obligations import Obligation
from loopclose.store.worklist_item import Item
from loopclose.store.worklist_query import Filters, Page, items, looked_for, narrowed, of_kind

MOST = 1000
"""Up to which what is closed is counted."""


class Counted(int):
    """A number of closed ones: exact up to ``MOST``, and said so beyond it."""

    def __str__(self) -> str:
        return f"more than {MOST:,}" if self > MOST else int.__str__(self)


@dataclass(frozen=True)
class ClosedPage:
    """Some of what is closed, by when it was due, the latest first."""

    items: Sequence[Item]
    more_after: bool
    """Whether there are older ones."""
    more_before: bool


def closed(
    session: Session,
    scope: Scope,
    now: datetime,
    filters: Filters,
    size: int,
    kind: str = "report",
    *,
    after: str | None = None,
    before: str | None = None,
) -> ClosedPage:
    """The first page; or the one after, or before, the obligation of that id."""
    if not _may_fit(filters):
        return ClosedPage((), False, False)
    place = (Obligation.due_at, Obligation.id)
    edge = _place(session, scope, after or before)
    where = [of_kind(kind), is_closed(), *narrowed(session, scope, filters, now), *_found(session, scope, filters)]
    back = before is not None and edge is not None
    if edge is not None:
        there = tuple_(*(literal(value, column.type) for value, column in zip(edge, place, strict=True)))
        where.append(tuple_(*place) > there if back else tuple_(*place) < there)
    order = [column.asc() if back else column.desc() for column in place]
    found = items(session, scope, now, where, Page(size=size + 1), order)
    more, found = len(found) > size, found[:size]
    if back:
        return ClosedPage(found[::-1], more_after=True, more_before=more)
    return ClosedPage(found, more_after=more, more_before=edge is not None)


def count_closed(session: Session, scope: Scope, now: datetime, filters: Filters, kind: str = "report") -> Counted:
    """How many are closed, counted up to one more than ``MOST``."""
    if not _may_fit(filters):
        return Counted(0)
    narrow = [*narrowed(session, scope, filters, now), *_found(session, scope, filters)]
    some = select(Obligation.id).where(mine(Obligation, scope), of_kind(kind), is_closed(), *narrow).limit(MOST + 1)
    return Counted(session.scalar(select(func.count()).select_from(some.subquery())) or 0)


def _may_fit(filters: Filters) -> bool:
    """Nothing closed is late."""
    return filters.late_by is None


def _place(session: Session, scope: Scope, obligation: str | None) -> tuple[datetime, str] | None:
    """Where an obligation stands in the order; None for one that is not there."""
    if obligation is None:
        return None
    these = (mine(Obligation, scope), Obligation.id == obligation)
    due_at = session.scalar(select(Obligation.due_at).where(*these))
    return None if due_at is None else (due_at, obligation)


def _found(session: Session, scope: Scope, filters: Filters) -> Sequence[ColumnElement[bool]]:
    """The conditions of the words looked for.

    By the index where few have them. Where many do, a page of them is soon met on the way through all in order, while
    the index would give every one of them first.
    """
    words = asked_words(filters.words or "")
    if not words:
        return looked_for(filters)
    dialect = session.connection().dialect
    having = select(Obligation.id).where(mine(Obligation, scope), is_closed(), has_words(dialect, words))
    few = having.limit(MOST + 1)
    many = (session.scalar(select(func.count()).select_from(few.subquery())) or 0) > MOST
    return looked_for(filters) if many else [Obligation.id.in_(few)]
