"""Where attempts to read an EHR are found by when they began."""

from __future__ import annotations

from alembic import op

revision = "0006_drafting"
down_revision = "0006_size"


def upgrade() -> None:
    op.create_index("ix_sync_run_started", "sync_run", ["practice_id", "ehr", "started_at"])
