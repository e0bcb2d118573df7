"""INSERT … ON CONFLICT on both databases, many rows in one statement."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import lru_cache
from operator import itemgetter
from typing import Any, NamedTuple

from sqlalchemy import Dialect, Table
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Session

Row = dict[str, Any]


def upsert(session: Session, table: Table, rows: Sequence[Row], *, update: Sequence[str] | None = None) -> None:
    """Insert ``rows``, all with the same columns; where the primary key exists, set those in ``update`` (None: all)."""
    if rows:
        names = tuple(rows[0])
        values = zip(*map(itemgetter(*names), rows), strict=True)
        upsert_columns(session, table, dict(zip(names, values, strict=True)), update=update)


def upsert_columns(
    session: Session, table: Table, columns: Mapping[str, Sequence[Any]], *, update: Sequence[str] | None = None
) -> None:
    """The same for rows given column by column, all of one length.

    A sync writes some ten rows a visit, so the statement is compiled once a table, and values are made ready a
    column at a time, without SQLAlchemy's parameters.
    """
    connection = session.connection()
    names = tuple(columns)
    statement = _statement(table, connection.dialect, names, names if update is None else tuple(update))
    parameters = statement.parameters(columns)
    if parameters:
        connection.exec_driver_sql(statement.sql, parameters)


class _Statement(NamedTuple):
    """An INSERT in the driver's words."""

    sql: str
    names: tuple[str, ...]
    """Of the columns, in the order of the parameters."""
    processors: Mapping[int, Callable[[Any], Any]]
    """By place: what makes a value into the driver's."""
    positional: bool

    def parameters(self, columns: Mapping[str, Sequence[Any]]) -> list[Any]:
        """The rows as the driver takes them."""
        values: list[Iterable[Any]] = [columns[name] for name in self.names]
        for place, process in self.processors.items():
            values[place] = map(process, values[place])
        rows = zip(*values, strict=True)
        return list(rows) if self.positional else [dict(zip(self.names, row, strict=True)) for row in rows]


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
    return _Statement(str(compiled), names, processors, compiled.positional)
