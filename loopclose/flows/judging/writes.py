"""What is reconciled of one person, and the rows that judging some persons asks to write."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import NamedTuple

from sqlalchemy import Table, delete, update
from sqlalchemy.orm import Session

from loopclose.domain.chart import Chart
from loopclose.domain.judgement import Judgement
from loopclose.flows.judging.current_state import CurrentState, Row
from loopclose.store.upsert import upsert


class Reconciliation(NamedTuple):
    """One person: the chart, what the rules make of it, and how things stood."""

    person: str
    chart: Chart
    judgement: Judgement
    current: CurrentState
    kept_as: Mapping[str, tuple[str, str | None]]
    """By ``Type/id``: disposition and reason."""
    digests: Mapping[str, str]


@dataclass
class Writes:
    """Rows to write, by table, so that a batch of persons is a handful of statements."""

    upserts: dict[Table, list[Row]] = field(default_factory=lambda: defaultdict(list))
    deletes: dict[Table, list[Row]] = field(default_factory=lambda: defaultdict(list))
    """Keys of the rows to delete."""
    updates: list[tuple[Table, Row, Row]] = field(default_factory=list)
    """(table, the key, new values) of rows that change in a few columns."""

    def write(self, session: Session) -> None:
        """Write everything."""
        for table, key, values in self.updates:
            session.execute(update(table).where(*(table.c[k] == v for k, v in key.items())).values(**values))
        for table, gone in self.deletes.items():
            for key in gone:
                session.execute(delete(table).where(*(table.c[k] == v for k, v in key.items())))
        for table, rows in self.upserts.items():
            upsert(session, table, rows)
