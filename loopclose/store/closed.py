"""What is closed: there is ever more of it, so it is never counted whole, and a page begins where another ended."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Select, Subquery, func, literal, select, tuple_
from sqlalchemy.orm import Session

from loopclose.domain.searching import asked_words, sought
from loopclose.store.base import Scope, mine
from loopclose.store.closed_words import with_words
from loopclose.store.lateness import is_closed
from loopclose.store.obligations import Obligation
from loopclose.store.worklist_item import Item
from loopclose.store.worklist_query import Filters, looked_for, narrowed, of_kind, these

MOST = 1000
"""Up to which what is closed is counted."""
FEW = 5000
"""Up to which those that have some words are taken from the index."""


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
    edge = _place(session, scope, after or before)
    back = before is not None and edge is not None
    narrow = [of_kind(kind), *narrowed(session, scope, filters, now)]
    few = _by_index(session, scope, filters, narrow)
    if few is None:
        place: tuple[Any, Any] = (Obligation.due_at, Obligation.id)
        chosen = select(Obligation.id).where(mine(Obligation, scope), is_closed(), *narrow, *looked_for(filters))
    else:
        place = (few.c.due_at, few.c.id)
        chosen = select(few.c.id)
    if edge is not None:
        there = tuple_(*(literal(value, column.type) for value, column in zip(edge, place, strict=True)))
        chosen = chosen.where(tuple_(*place) > there if back else tuple_(*place) < there)
    chosen = chosen.order_by(*_order(place, back)).limit(size + 1)
    found = these(session, scope, now, chosen, _order((Obligation.due_at, Obligation.id), back))
    more, found = len(found) > size, found[:size]
    if back:
        return ClosedPage(found[::-1], more_after=True, more_before=more)
    return ClosedPage(found, more_after=more, more_before=edge is not None)


def _order(place: tuple[Any, Any], back: bool) -> list[Any]:
    return [column.asc() if back else column.desc() for column in place]


def count_closed(session: Session, scope: Scope, now: datetime, filters: Filters, kind: str = "report") -> Counted:
    """How many are closed, counted up to one more than ``MOST``."""
    if not _may_fit(filters):
        return Counted(0)
    narrow = [of_kind(kind), *narrowed(session, scope, filters, now)]
    words = asked_words(filters.words or "")
    if words and not sought(filters.words or "").born:
        some = with_words(session, scope, words).where(*narrow)
    else:
        some = select(Obligation.id).where(mine(Obligation, scope), is_closed(), *narrow, *looked_for(filters))
    return Counted(_count(session, some, MOST))


def _count(session: Session, some: Select[str], most: int) -> int:
    """How many, counted up to one more than ``most``."""
    return session.scalar(select(func.count()).select_from(some.limit(most + 1).subquery())) or 0


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


def _by_index(
    session: Session, scope: Scope, filters: Filters, narrow: Sequence[ColumnElement[bool]]
) -> Subquery | None:
    """``id`` and ``due_at`` of what is closed, fits ``narrow`` and has the words looked for, by the index of words.

    None where nothing is looked for, or where many have the words: a page of many is soon met on the way through all in
    order, while the index would give every one of them first.
    """
    words = asked_words(filters.words or "")
    if sought(filters.words or "").born:  # few are born on one day, and they have an index of their own
        having = select(Obligation.id).where(mine(Obligation, scope), is_closed(), *narrow, *looked_for(filters))
    elif words:
        having = with_words(session, scope, words).where(*narrow)
    else:
        return None
    if _count(session, having, FEW) > FEW:
        return None
    return having.add_columns(Obligation.due_at).limit(FEW + 1).subquery("having")
