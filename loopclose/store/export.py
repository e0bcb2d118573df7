"""Everything that matters, as NDJSON: what two databases must agree on after a crash and a re-run."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, datetime
from typing import Any

import msgspec
from sqlalchemy import select
from sqlalchemy.orm import Session

from loopclose.store.base import Scope, mine
from loopclose.store.schema import TABLES

LEFT_OUT = frozenset(
    {
        "sync_run",
        "watermark",
        "attempt",
        "night_run",
        "audit",
        "audit_segment",
        "user_session",
        "sign_in_link",
        "sign_in_try",
        "restores",
        "search_key",
        "kept_form",
        "lease",
        "job",
        "job_run",
        "alembic_version",
    }
)
"""Runs, marks, attempts, audit, sessions, tokens and restores."""
WALL_CLOCK = frozenset(
    {
        ("patient", "touched"),
        ("resource", "seen_at"),
        ("transition", "detected_at"),
        ("message", "sent_at"),
        ("message", "planned_at"),
        ("message", "tries"),
        ("message", "put_off"),
        ("message", "try_after"),
        ("message", "maybe_taken"),
        ("message", "claimed_by"),
        ("message", "claimed_at"),
        ("message", "note"),
        ("message", "decided_at"),
        ("unreachable", "since"),
        ("user", "password_hash"),
        ("blob", "body"),
        ("document", "body"),
        ("document", "page"),
    }
)
"""Columns that differ between two runs (tries of a mail, too), that are secret, or that their digest stands for."""


def export(session: Session, scope: Scope) -> Iterator[str]:
    """One line a row, sorted by table and key."""
    for name, table in sorted(TABLES.items()):
        if name in LEFT_OUT:
            continue
        columns = [column for column in table.columns if (name, column.name) not in WALL_CLOCK]
        key = list(table.primary_key)
        rows = session.execute(select(*columns).where(mine(table, scope))).mappings()
        for row in sorted(rows, key=lambda found: tuple(str(found[column.name]) for column in key)):
            line = {"table": str(name), **{str(column.name): _plain(row[column.name]) for column in columns}}
            yield msgspec.json.encode(line, order="deterministic").decode()


def _plain(value: Any) -> Any:
    if isinstance(value, datetime):
        return value.isoformat(timespec="milliseconds").replace("+00:00", "Z")
    return value.isoformat() if isinstance(value, date) else value
