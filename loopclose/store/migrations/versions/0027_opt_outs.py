"""What the offices of referrers do not want."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from loopclose.store.base import UtcDateTime

revision = "0027"
down_revision = "0026"


def upgrade() -> None:
    op.create_table(
        "opt_out",
        sa.Column("practice_id", sa.String(64), nullable=False),
        sa.Column("referrer", sa.String(300), nullable=False),
        sa.Column("what", sa.String(10), nullable=False),
        sa.Column("since", UtcDateTime(timezone=True), nullable=False),
        sa.Column("by", sa.String(254), nullable=False),
        sa.Column("words", sa.String(), nullable=False),
        sa.Column("ended_at", UtcDateTime(timezone=True), nullable=True),
        sa.Column("ended_by", sa.String(254), nullable=True),
        sa.PrimaryKeyConstraint("practice_id", "referrer", "what", "since", name=op.f("pk_opt_out")),
    )
