"""Insert or update many rows at once, on either database."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sqlalchemy import Table
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Session


def upsert(
    session: Session, table: Table, rows: Sequence[dict[str, Any]], *, update: Sequence[str] | None = None
) -> None:
    """Insert ``rows``; where the primary key exists, set the columns in ``update`` (None: all of the row's)."""
    if not rows:
        return
    dialect = postgresql if session.get_bind().dialect.name == "postgresql" else sqlite
    statement = dialect.insert(table)
    key = [column.name for column in table.primary_key]
    changed = [name for name in rows[0] if name not in key] if update is None else update
    if changed:
        statement = statement.on_conflict_do_update(
            index_elements=key, set_={name: statement.excluded[name] for name in changed}
        )
    else:
        statement = statement.on_conflict_do_nothing(index_elements=key)
    session.execute(statement, list(rows))
