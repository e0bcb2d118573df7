"""The visits and requests that wait for a person, in the order in which they are gone through: longest due first."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, and_, func, or_, select
from sqlalchemy.orm import Session

from loopclose.store.base import Scope, mine
from loopclose.store.lateness import not_yet_sent
from loopclose.store.obligations import Obligation
from loopclose.store.worklist_query import IN_TURN, Filters, looked_for, narrowed, of_kind


@dataclass(frozen=True)
class Place:
    """Where one of them stands among all that wait."""

    no: int
    """1 is the longest due."""
    of: int
    following: str | None
    """The one to go on to, by id; after the last comes the first. None where nothing else waits."""


def how_many(session: Session, scope: Scope, now: datetime, filters: Filters) -> int:
    """How many wait."""
    where = _waits(session, scope, now, filters)
    return session.scalar(select(func.count()).select_from(Obligation).where(*where)) or 0


def first(session: Session, scope: Scope, now: datetime, filters: Filters) -> str | None:
    """The id of the one to begin with; None where nothing waits."""
    return _first(session, _waits(session, scope, now, filters))


def place(session: Session, scope: Scope, now: datetime, filters: Filters, owed: Obligation) -> Place:
    """Where it stands, or would stand if it still waited."""
    where = (*_waits(session, scope, now, filters), ~_after(owed.due_at, owed.id))
    no = session.scalar(select(func.count()).select_from(Obligation).where(*where)) or 0
    return Place(no, how_many(session, scope, now, filters), following(session, scope, now, filters, owed))


def following(session: Session, scope: Scope, now: datetime, filters: Filters, owed: Obligation) -> str | None:
    """The id of the one to go on to after it; None where nothing else waits.

    What is still asked about the same visit comes first, whatever the filters: whoever knows which referral it answers
    has it before them.
    """
    where, other = _waits(session, scope, now, filters), Obligation.id != owed.id
    same_visit = None
    if owed.visit:
        of_it = (Obligation.ehr == owed.ehr, Obligation.visit == owed.visit, other)
        same_visit = _first(session, (*_waits(session, scope, now, Filters()), *of_it))
    return same_visit or _first(session, (*where, _after(owed.due_at, owed.id))) or _first(session, (*where, other))


def _first(session: Session, where: Sequence[Any]) -> str | None:
    return session.scalar(select(Obligation.id).where(*where).order_by(*IN_TURN).limit(1))


def _waits(session: Session, scope: Scope, now: datetime, filters: Filters) -> Sequence[Any]:
    """All that wait, as far as somebody goes through them: under the filters of the list they came from."""
    narrow = [*narrowed(session, scope, filters, now), *looked_for(filters)]
    return (mine(Obligation, scope), of_kind("resolve"), not_yet_sent(), *narrow)


def _after(due_at: datetime, obligation: str) -> ColumnElement[bool]:
    return or_(Obligation.due_at > due_at, and_(Obligation.due_at == due_at, Obligation.id > obligation))
