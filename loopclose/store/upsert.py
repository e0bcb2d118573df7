"""INSERT … ON CONFLICT on both databases, many rows in one statement."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import lru_cache
from itertools import chain
from operator import itemgetter
from typing import Any, NamedTuple

from sqlalchemy import Dialect, Table
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Session

Row = dict[str, Any]
ROWS_TOGETHER = 50


def upsert(session: Session, table: Table, rows: Sequence[Row], *, update: Sequence[str] | None = None) -> None:
    """Insert ``rows``, all with the same columns; where the primary key exists, set those in ``update`` (None: all)."""
    ready(session.connection().dialect, table, rows, update=update).execute(session)


class Ready(NamedTuple):
    """An upsert in the driver's words, made outside the transaction, so that others wait for it less long."""

    sql: str
    parameters: list[Any]
    together: str = ""
    """The same statement for ``ROWS_TOGETHER`` rows, where the driver would send them one by one."""

    def execute(self, session: Session) -> None:
        """Write it."""
        if not self.parameters:
            return
        connection, rest = session.connection(), self.parameters
        if self.together:
            whole = len(rest) - len(rest) % ROWS_TOGETHER
            for start in range(0, whole, ROWS_TOGETHER):
                some = chain.from_iterable(rest[start : start + ROWS_TOGETHER])
                connection.exec_driver_sql(self.together, tuple(some))
            rest = rest[whole:]
        if rest:
            connection.exec_driver_sql(self.sql, rest)


NOTHING = Ready("", [])


def ready(dialect: Dialect, table: Table, rows: Sequence[Row], *, update: Sequence[str] | None = None) -> Ready:
    """The upsert of ``rows``, made ready."""
    if not rows:
        return NOTHING
    names = tuple(rows[0])
    values = zip(*map(itemgetter(*names), rows), strict=True)
    return columns_ready(dialect, table, dict(zip(names, values, strict=True)), update=update)


def columns_ready(
    dialect: Dialect, table: Table, columns: Mapping[str, Sequence[Any]], *, update: Sequence[str] | None = None
) -> Ready:
    """The same for rows given column by column, all of one length.

    A sync writes some ten rows a visit, so the statement is compiled once a table, and values are made ready a
    column at a time, without SQLAlchemy's parameters.
    """
    names = tuple(columns)
    statement = _statement(table, dialect, names, names if update is None else tuple(update))
    values: list[Iterable[Any]] = [columns[name] for name in statement.names]
    for place, process in statement.processors.items():
        values[place] = map(process, values[place])
    rows = zip(*values, strict=True)
    if statement.positional:
        return Ready(statement.sql, list(rows), statement.together)
    return Ready(statement.sql, [dict(zip(statement.names, row, strict=True)) for row in rows])


class _Statement(NamedTuple):
    """An INSERT in the driver's words."""

    sql: str
    names: tuple[str, ...]
    """Of the columns, in the order of the parameters."""
    processors: Mapping[int, Callable[[Any], Any]]
    """By place: what makes a value into the driver's."""
    positional: bool
    together: str


@lru_cache(maxsize=128)
def _statement(table: Table, dialect: Dialect, columns: tuple[str, ...], changed: tuple[str, ...]) -> _Statement:
    insert = (postgresql if dialect.name == "postgresql" else sqlite).insert(table)
    key = [column.name for column in table.primary_key]
    values = {name: insert.excluded[name] for name in changed if name not in key}
    statement = (
        insert.on_conflict_do_update(index_elements=key, set_=values)
        if values
        else insert.on_conflict_do_nothing(index_elements=key)
    )
    compiled = statement.compile(dialect=dialect, column_keys=columns)
    names = tuple(compiled.positiontup) if compiled.positional else columns
    made = (table.c[name].type.dialect_impl(dialect).bind_processor(dialect) for name in names)
    processors = {place: process for place, process in enumerate(made) if process is not None}
    return _Statement(str(compiled), names, processors, compiled.positional, _together(str(compiled), len(names)))


def _together(sql: str, columns: int) -> str:
    """SQLite writes many rows of one statement in five sixths of the time that as many statements take."""
    row = f"({', '.join('?' * columns)})"
    one = f"VALUES {row}"
    return sql.replace(one, f"VALUES {', '.join([row] * ROWS_TOGETHER)}") if sql.count(one) == 1 else ""
