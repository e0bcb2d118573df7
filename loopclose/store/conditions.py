"""Conditions whose values stand in the statement itself, as a partial index has them.

An index over what is open, or sent, or closed is used only where the database can prove that a statement asks for
nothing else. SQLite never proves it of values handed over beside the statement, and PostgreSQL not for a
statement that it prepared.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from sqlalchemy import ColumnElement, literal_column

from loopclose.domain.codes import OPEN_STATES, OTHER_STATES

CLOSED = tuple(sorted({*OTHER_STATES} - OPEN_STATES))
"""States in which nothing is owed any more."""


def one_of(column: Any, values: Iterable[str]) -> ColumnElement[bool]:
    """Whether ``column`` is one of ``values``, codes of ours, written into the statement in one order."""
    found: ColumnElement[bool] = column.in_([literal_column(_quoted(value)) for value in sorted(values)])
    return found


def none_of(column: Any, values: Iterable[str]) -> ColumnElement[bool]:
    """Whether ``column`` is none of ``values``, codes of ours, written into the statement in one order."""
    found: ColumnElement[bool] = column.not_in([literal_column(_quoted(value)) for value in sorted(values)])
    return found


def just(column: Any, value: str) -> ColumnElement[bool]:
    """Whether ``column`` is ``value``, a code of ours, written into the statement."""
    found: ColumnElement[bool] = column == literal_column(_quoted(value))
    return found


def _quoted(value: str) -> str:
    if not value.replace("_", "").isalnum():
        raise ValueError(f"{value!r} is no code")
    return f"'{value}'"


def states_in(values: Iterable[str]) -> str:
    """As SQL of an index: those states, as ``one_of`` writes them."""
    return f"state IN ({', '.join(map(_quoted, sorted(values)))})"


OPEN_ONLY = states_in(OPEN_STATES)
"""As SQL of an index: what is open."""
CLOSED_ONLY = states_in(CLOSED)
