"""The bulk export of an EHR that is under way, so that a sync that was killed goes on with it."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

from loopclose.store.base import UtcDateTime

revision = "0016"
down_revision = "0015"


def upgrade() -> None:
    moment = UtcDateTime(timezone=True)
    listed = sa.JSON().with_variant(postgresql.JSONB(astext_type=sa.Text()), "postgresql")
    op.create_table(
        "bulk_export",
        sa.Column("practice_id", sa.String(length=64), nullable=False),
        sa.Column("ehr", sa.String(length=64), nullable=False),
        sa.Column("of", sa.String(length=64), nullable=False),
        sa.Column("types", listed, nullable=False),
        sa.Column("status_url", sa.String(), nullable=True),
        sa.Column("began_at", moment, nullable=False),
        sa.Column("whole", sa.Boolean(), nullable=False),
        sa.Column("whole_at", moment, nullable=True),
        sa.Column("ask_at", moment, nullable=True),
        sa.Column("up_to", moment, nullable=True),
        sa.Column("expires_at", moment, nullable=True),
        sa.Column("done", listed, nullable=False),
        sa.Column("problem", sa.String(), nullable=True),
        sa.PrimaryKeyConstraint("practice_id", "ehr", name=op.f("pk_bulk_export")),
    )
