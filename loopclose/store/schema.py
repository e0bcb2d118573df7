"""Every table, in one place for migrations and export."""

from __future__ import annotations

from loopclose.store import (
    decisions,
    loop,
    obligations,
    outbox,
    people,
    requester_answers,
    resources,
    restores,
    unmapped,
    unread,
)
from loopclose.store.base import Base

__all__ = [
    "TABLES",
    "decisions",
    "loop",
    "metadata",
    "obligations",
    "outbox",
    "people",
    "requester_answers",
    "resources",
    "restores",
    "unmapped",
    "unread",
]

metadata = Base.metadata
TABLES = {table.name: table for table in metadata.sorted_tables}
