"""Kinds of letter: what somebody chose for a report, and signatures on interim reports, which close nothing."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from loopclose.store.base import UtcDateTime

revision = "0025"
down_revision = "0022"


def upgrade() -> None:
    op.create_table(
        "letter_choice",
        sa.Column("practice_id", sa.String(64), nullable=False),
        sa.Column("obligation", sa.String(36), nullable=False),
        sa.Column("kind", sa.String(24), nullable=False),
        sa.Column("by", sa.String(254), nullable=False),
        sa.Column("at", UtcDateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("practice_id", "obligation", name=op.f("pk_letter_choice")),
    )
    op.add_column("signature", sa.Column("interim", sa.Boolean(), server_default=sa.false(), nullable=False))
