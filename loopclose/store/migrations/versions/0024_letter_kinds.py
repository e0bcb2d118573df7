"""Kinds of letter: which one a report is and why, and signatures on interim reports, which close nothing."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from loopclose.store.base import UtcDateTime

revision = "0024"
down_revision = "0023"


def upgrade() -> None:
    op.create_table(
        "letter_choice",
        sa.Column("practice_id", sa.String(64), nullable=False),
        sa.Column("obligation", sa.String(36), nullable=False),
        sa.Column("kind", sa.String(24), nullable=True),
        sa.Column("by", sa.String(254), nullable=True),
        sa.Column("at", UtcDateTime(timezone=True), nullable=True),
        sa.Column("because", sa.String(), server_default="", nullable=False),
        sa.Column("interim", sa.String(), server_default="", nullable=False),
        sa.PrimaryKeyConstraint("practice_id", "obligation", name=op.f("pk_letter_choice")),
    )
    op.add_column("signature", sa.Column("interim", sa.Boolean(), server_default=sa.false(), nullable=False))
