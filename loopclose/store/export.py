"""Everything that matters, as NDJSON: what two databases must agree on after a crash and a re-run."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, datetime
from typing import Any

import msgspec
from sqlalchemy import String, select
from sqlalchemy.orm import Session

from loopclose.store.base import Scope, mine
from loopclose.store.schema import TABLES

LEFT_OUT = frozenset(
    {
        "sync_run",
        "request_budget",
        "request_count",
        "watermark",
        "bulk_export",
        "attempt",
        "delivery_attempt",
        "night_run",
        "audit",
        "audit_segment",
        "user_session",
        "second_factor",
        "opening",
        "sign_in_link",
        "sign_in_try",
        "restores",
        "search_key",
        "kept_form",
        "hook_token",
        "chase_token",
        "lease",
        "job",
        "draft_chart",
        "job_run",
        "alembic_version",
    }
)
"""Runs, requests, marks, exports under way, attempts, audit, sessions, tokens and restores."""
WALL_CLOCK = frozenset(
    {
        ("patient", "touched"),
        ("patient", "read_at"),
        ("ehr", "worklist"),
        ("ehr", "keeping_up"),
        ("resource", "seen_at"),
        ("document", "drafted_at"),
        ("letter_change", "seen_at"),
        ("letter_duty", "sent_at"),
        ("recipient_word", "at"),
        ("recipient_word", "withdrawn_at"),
        ("signature", "owes_at"),
        ("signing_clock", "ready_at"),
        ("signing_clock", "sign_by"),
        ("signing_clock", "over_at"),
        ("delivery", "content"),
        ("delivery", "sha256"),
        ("delivery", "enclosed"),
        ("delivery", "seal"),
        ("delivery", "confirm"),
        ("delivery", "confirm_until"),
        ("delivery", "planned_at"),
        ("delivery", "tries"),
        ("delivery", "try_after"),
        ("delivery", "ask_after"),
        ("delivery", "claimed_by"),
        ("delivery", "claimed_at"),
        ("delivery", "remote"),
        ("delivery", "note"),
        ("delivery", "sent_at"),
        ("delivery", "received_at"),
        ("written", "at"),
        ("delivery_event", "at"),
        ("delivery_event", "heard_at"),
        ("address", "used_at"),
        ("chase", "told_in"),
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
        ("user_identity", "added_at"),
        ("blob", "body"),
        ("document", "body"),
        ("document", "page"),
        ("drafted", "body"),
        ("drafted", "newer"),
        ("drafted", "newer_at"),
        ("signature", "statement"),
        ("signature", "proved_at"),
    }
)
"""Columns that differ between two runs (tries of a mail, too), that are secret, or that their digest stands for."""
AT_ONCE = 1000


def export(session: Session, scope: Scope) -> Iterator[str]:
    """One line a row, sorted by table and key: by the letters themselves, whatever language a database sorts by."""
    letters = "C" if session.connection().dialect.name == "postgresql" else "BINARY"
    for name, table in sorted(TABLES.items()):
        if name in LEFT_OUT:
            continue
        columns = [column for column in table.columns if (name, column.name) not in WALL_CLOCK]
        # one after another out of the database: all of it would not fit into memory
        key = (column.collate(letters) if isinstance(column.type, String) else column for column in table.primary_key)
        asked = select(*columns).where(mine(table, scope)).order_by(*key)
        for row in session.execute(asked, execution_options={"yield_per": AT_ONCE}).mappings():
            line = {"table": str(name), **{str(column.name): _plain(row[column.name]) for column in columns}}
            yield msgspec.json.encode(line, order="deterministic").decode()


def _plain(value: Any) -> Any:
    if isinstance(value, datetime):
        return value.isoformat(timespec="milliseconds").replace("+00:00", "Z")
    return value.isoformat() if isinstance(value, date) else value
