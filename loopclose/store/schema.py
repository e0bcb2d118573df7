"""Every table, in one place for migrations and export."""

from __future__ import annotations

from loopclose.store import loop, obligations, outbox, people, resources, unread
from loopclose.store.base import Base

__all__ = ["TABLES", "loop", "metadata", "obligations", "outbox", "people", "resources", "unread"]

metadata = Base.metadata
TABLES = {table.name: table for table in metadata.sorted_tables}
