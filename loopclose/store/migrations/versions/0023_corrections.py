"""What changed in the chart behind a signed letter, and when the chart behind a draft had been read."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from loopclose.store.base import UtcDateTime

revision = "0023"
down_revision = "0022"


def upgrade() -> None:
    op.add_column("document", sa.Column("drafted_at", UtcDateTime(timezone=True), nullable=True))
    op.create_index("ix_signature_at", "signature", ["practice_id", "at"])
    op.create_table(
        "letter_change",
        sa.Column("practice_id", sa.String(64), nullable=False),
        sa.Column("obligation", sa.String(36), nullable=False),
        sa.Column("signature", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("key", sa.String(16), nullable=False),
        sa.Column("correction", sa.String(36), nullable=False),
        sa.Column("no", sa.Integer(), nullable=False),
        sa.Column("section", sa.String(), nullable=False),
        sa.Column("how", sa.String(8), nullable=False),
        sa.Column("before", sa.String(), nullable=True),
        sa.Column("after", sa.String(), nullable=True),
        sa.Column("resource", sa.String(140), nullable=False),
        sa.Column("seen_at", UtcDateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("practice_id", "obligation", "signature", "key", name=op.f("pk_letter_change")),
    )
    op.create_index("ix_letter_change_correction", "letter_change", ["practice_id", "correction"])
