"""What a letter owes: the clock of its draft until it is signed."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from loopclose.store.base import UtcDateTime

revision = "0025"
down_revision = "0024"


def upgrade() -> None:
    op.create_table(
        "signing_clock",
        sa.Column("practice_id", sa.String(64), nullable=False),
        sa.Column("obligation", sa.String(36), nullable=False),
        sa.Column("ladder_no", sa.Integer(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("ready_at", UtcDateTime(timezone=True), nullable=False),
        sa.Column("sign_by", UtcDateTime(timezone=True), nullable=False),
        sa.Column("told_on", sa.Date(), nullable=True),
        sa.Column("over_at", UtcDateTime(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("practice_id", "obligation", "ladder_no", "version", name=op.f("pk_signing_clock")),
    )
