"""Late, in SQL: what ``domain.deadlines.is_late`` says of one obligation, as conditions over many."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import ColumnElement, and_

from loopclose.domain.codes import NOT_YET_SENT
from loopclose.store.conditions import one_of
from loopclose.store.obligations import Obligation


def not_yet_sent() -> ColumnElement[bool]:
    """Whether it still waits for its transmission, or to be done: only then can it be late."""
    return one_of(Obligation.state, NOT_YET_SENT)


def is_late(now: datetime) -> ColumnElement[bool]:
    """Whether it is late at ``now``."""
    return and_(not_yet_sent(), Obligation.due_at < now)
