"""INSERT … ON CONFLICT on both databases, many rows in one statement."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import lru_cache
from operator import itemgetter
from typing import Any

from sqlalchemy import Dialect, Table
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Session

Row = dict[str, Any]


def upsert(session: Session, table: Table, rows: Sequence[Row], *, update: Sequence[str] | None = None) -> None:
    """Insert ``rows``, all with the same columns; where the primary key exists, set those in ``update`` (None: all).

    A sync writes some ten rows a visit, so the statement is compiled once a table, and its values are made
    ready without going through SQLAlchemy's parameters row by row.
    """
    if not rows:
        return
    connection = session.connection()
    columns = tuple(rows[0])
    changed = columns if update is None else tuple(update)
    sql, ready = _statement(table, connection.dialect, columns, changed)
    connection.exec_driver_sql(sql, [ready(row) for row in rows])


@lru_cache(maxsize=128)
def _statement(
    table: Table, dialect: Dialect, columns: tuple[str, ...], changed: tuple[str, ...]
) -> tuple[str, Callable[[Row], Any]]:
    """The statement in the driver's words, and what makes a row into its parameters."""
    insert = (postgresql if dialect.name == "postgresql" else sqlite).insert(table)
    key = [column.name for column in table.primary_key]
    values = {name: insert.excluded[name] for name in changed if name not in key}
    statement = (
        insert.on_conflict_do_update(index_elements=key, set_=values)
        if values
        else insert.on_conflict_do_nothing(index_elements=key)
    )
    compiled = statement.compile(dialect=dialect, column_keys=columns)
    found = {name: table.c[name].type.dialect_impl(dialect).bind_processor(dialect) for name in columns}
    making = [(name, made) for name, made in found.items() if made is not None]
    in_order = itemgetter(*compiled.positiontup) if compiled.positional else dict

    def ready(row: Row) -> Any:
        made = dict(row)
        for name, process in making:
            made[name] = process(made[name])
        return in_order(made)

    return str(compiled), ready
