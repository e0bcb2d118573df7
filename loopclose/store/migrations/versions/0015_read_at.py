"""When each patient was last read whole, in which ways an EHR is kept up with, and how often it was asked."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

from loopclose.store.base import UtcDateTime

revision = "0015"
down_revision = "0014"


def upgrade() -> None:
    kind = sa.JSON().with_variant(postgresql.JSONB(astext_type=sa.Text()), "postgresql")
    op.add_column("ehr", sa.Column("keeping_up", kind, nullable=True))
    op.add_column("patient", sa.Column("read_at", UtcDateTime(), nullable=True))
    # whoever was judged was read whole before, by the last sync that was complete or by an earlier one
    op.execute(
        "UPDATE patient SET read_at = (SELECT MIN(started_at) FROM sync_run WHERE sync_run.practice_id ="
        " patient.practice_id AND sync_run.ehr = patient.ehr AND sync_run.complete) WHERE judged"
    )
    where = sa.text("read_at IS NULL")
    op.create_index(
        "ix_patient_never_read", "patient", ["practice_id", "ehr"], sqlite_where=where, postgresql_where=where
    )
    op.create_table(
        "request_budget",
        sa.Column("practice_id", sa.String(length=64), nullable=False),
        sa.Column("ehr", sa.String(length=64), nullable=False),
        sa.Column("span", sa.String(length=8), nullable=False),
        sa.Column("began", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("taken", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("practice_id", "ehr", "span", "began", name=op.f("pk_request_budget")),
    )
    op.create_table(
        "request_count",
        sa.Column("practice_id", sa.String(length=64), nullable=False),
        sa.Column("ehr", sa.String(length=64), nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("reason", sa.String(length=20), nullable=False),
        sa.Column("made", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("practice_id", "ehr", "day", "reason", name=op.f("pk_request_count")),
    )
