"""What was written into an EHR."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from loopclose.store.base import UtcDateTime

revision = "0028"
down_revision = "0027"


def upgrade() -> None:
    op.create_table(
        "written",
        sa.Column("practice_id", sa.String(64), nullable=False),
        sa.Column("ehr", sa.String(64), nullable=False),
        sa.Column("delivery", sa.String(36), nullable=False),
        sa.Column("key", sa.String(140), nullable=False),
        sa.Column("what", sa.String(12), nullable=False),
        sa.Column("at", UtcDateTime(timezone=True), nullable=False),
        sa.Column("words", sa.String(), nullable=False),
        sa.PrimaryKeyConstraint("practice_id", "ehr", "delivery", "key", name=op.f("pk_written")),
    )
