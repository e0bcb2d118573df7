"""Reports on hold: what held each, and who released it for whom."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from loopclose.store.base import UtcDateTime

revision = "0022"
down_revision = "0021"


def upgrade() -> None:
    op.create_table(
        "hold",
        sa.Column("practice_id", sa.String(64), nullable=False),
        sa.Column("obligation", sa.String(36), nullable=False),
        sa.Column("no", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("ground", sa.String(20), nullable=False),
        sa.Column("source", sa.String(140), nullable=False),
        sa.Column("label", sa.String(), nullable=False),
        sa.Column("by", sa.String(254), nullable=False),
        sa.Column("at", UtcDateTime(timezone=True), nullable=False),
        sa.Column("words", sa.String(), nullable=False),
        sa.Column("released_by", sa.String(254), nullable=True),
        sa.Column("released_at", UtcDateTime(timezone=True), nullable=True),
        sa.Column("reason", sa.String(12), nullable=True),
        sa.Column("released_words", sa.String(), nullable=True),
        sa.Column("recipient", sa.String(), nullable=True),
        sa.Column("recipient_key", sa.String(210), nullable=True),
        sa.PrimaryKeyConstraint("practice_id", "obligation", "no", name=op.f("pk_hold")),
    )
