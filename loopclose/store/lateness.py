"""Open, closed and late, in SQL: what ``domain`` says of one obligation, as conditions over many.

Each is written so that the partial indexes over what is open and what is closed are used (``store.conditions``).
"""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import ColumnElement, and_

from loopclose.domain.codes import NOT_YET_SENT, OPEN_STATES
from loopclose.store.conditions import CLOSED, just, one_of
from loopclose.store.obligations import Obligation


def is_open() -> ColumnElement[bool]:
    """Whether something is still to be done, or to be confirmed."""
    return one_of(Obligation.state, OPEN_STATES)


def is_closed() -> ColumnElement[bool]:
    """Whether nothing is owed any more: confirmed or waived."""
    return one_of(Obligation.state, CLOSED)


def is_in(state: str) -> ColumnElement[bool]:
    """Whether it is in that one state."""
    return and_(is_closed() if state in CLOSED else is_open(), just(Obligation.state, state))


def not_yet_sent() -> ColumnElement[bool]:
    """Whether it still waits for its transmission, or to be done: only then can it be late."""
    return and_(is_open(), one_of(Obligation.state, NOT_YET_SENT))


def is_late(now: datetime) -> ColumnElement[bool]:
    """Whether it is late at ``now``."""
    return and_(not_yet_sent(), Obligation.due_at < now)
