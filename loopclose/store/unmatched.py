"""The visits and requests that wait for a person, in the order in which they are gone through: longest due first."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import and_, func, or_, select
from sqlalchemy.orm import Session

from loopclose.store.base import Scope, mine
from loopclose.store.lateness import not_yet_sent
from loopclose.store.obligations import Obligation
from loopclose.store.worklist_item import Item
from loopclose.store.worklist_query import Page, items

IN_ORDER = (Obligation.due_at, Obligation.id)


@dataclass(frozen=True)
class Place:
    """Where one of them stands among all that wait."""

    no: int
    """1 is the longest due."""
    of: int
    following: str | None
    """The one to go on to, by id; after the last comes the first. None where nothing else waits."""


def waiting(session: Session, scope: Scope, now: datetime, most: int) -> list[Item]:
    """The first ``most`` that wait, the longest due first."""
    ids = session.scalars(select(Obligation.id).where(*_waits(scope)).order_by(*IN_ORDER).limit(most)).all()
    found = items(session, scope, now, [Obligation.id.in_(ids)], Page()) if ids else []
    return sorted(found, key=lambda item: (item.obligation.due_at, item.obligation.id))


def how_many(session: Session, scope: Scope) -> int:
    """How many wait."""
    return session.scalar(select(func.count()).select_from(Obligation).where(*_waits(scope))) or 0


def place(session: Session, scope: Scope, owed: Obligation) -> Place:
    """Where it stands, or would stand if it still waited."""
    before = _after(owed.due_at, owed.id)
    no = session.scalar(select(func.count()).select_from(Obligation).where(*_waits(scope), ~before)) or 0
    return Place(no, how_many(session, scope), following(session, scope, owed))


def following(session: Session, scope: Scope, owed: Obligation) -> str | None:
    """The id of the one to go on to after it; None where nothing else waits.

    What is still asked about the same visit comes first: whoever knows which referral it answers has it before them.
    """
    same_visit = and_(Obligation.ehr == owed.ehr, Obligation.visit == owed.visit)
    other = Obligation.id != owed.id
    for part in (and_(same_visit, other) if owed.visit else None, _after(owed.due_at, owed.id), other):
        if part is not None:
            found = session.scalar(select(Obligation.id).where(*_waits(scope), part).order_by(*IN_ORDER).limit(1))
            if found is not None:
                return found
    return None


def _waits(scope: Scope) -> tuple[Any, ...]:
    return (mine(Obligation, scope), Obligation.kind == "resolve", not_yet_sent())


def _after(due_at: datetime, obligation: str) -> Any:
    return or_(Obligation.due_at > due_at, and_(Obligation.due_at == due_at, Obligation.id > obligation))
