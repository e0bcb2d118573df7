"""When each patient was last read whole, and in which ways an EHR is kept up with."""

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
