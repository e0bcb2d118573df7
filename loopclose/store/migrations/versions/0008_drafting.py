"""Work that is done beside the request that asks for it, and attempts to read an EHR by when they began."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from loopclose.store.base import UtcDateTime

revision = "0008"
down_revision = "0007"
OPEN = sa.text("state IN ('running', 'waiting')")


def upgrade() -> None:
    op.create_index("ix_sync_run_started", "sync_run", ["practice_id", "ehr", "started_at"])
    op.create_table(
        "job",
        sa.Column("practice_id", sa.String(length=64), nullable=False),
        sa.Column("kind", sa.String(length=20), nullable=False),
        sa.Column("subject", sa.String(length=140), nullable=False),
        sa.Column("asked_by", sa.String(), nullable=False),
        sa.Column("asked_at", UtcDateTime(timezone=True), nullable=False),
        sa.Column("because", sa.String(), nullable=True),
        sa.Column("state", sa.String(length=8), nullable=False),
        sa.Column("holder", sa.String(), nullable=False),
        sa.Column("until", UtcDateTime(timezone=True), nullable=True),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("error", sa.String(), nullable=True),
        sa.Column("ended_at", UtcDateTime(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("practice_id", "kind", "subject", name=op.f("pk_job")),
    )
    op.create_index("ix_job_open", "job", ["practice_id", "kind", "asked_at"], sqlite_where=OPEN, postgresql_where=OPEN)
