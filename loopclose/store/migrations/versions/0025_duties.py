"""What a letter owes: the clock of its draft until it is signed, and what it asks and promises once it was sent."""

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
    op.create_table(
        "letter_duty",
        sa.Column("practice_id", sa.String(64), nullable=False),
        sa.Column("letter", sa.String(36), nullable=False),
        sa.Column("key", sa.String(16), nullable=False),
        sa.Column("signature", sa.Integer(), nullable=False),
        sa.Column("obligation", sa.String(36), nullable=False),
        sa.Column("kind", sa.String(16), nullable=False),
        sa.Column("words", sa.String(), nullable=False),
        sa.Column("by", sa.Date(), nullable=True),
        sa.Column("resource", sa.String(140), nullable=False),
        sa.Column("supply", sa.String(), nullable=False),
        sa.Column("sent_at", UtcDateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("practice_id", "letter", "key", name=op.f("pk_letter_duty")),
    )
    op.create_index("ix_letter_duty_obligation", "letter_duty", ["practice_id", "obligation"])
    op.add_column("signature", sa.Column("owes_at", UtcDateTime(timezone=True), nullable=True))
    if op.get_bind().dialect.name == "postgresql":  # SQLite knows no lengths
        op.alter_column("obligation", "kind", existing_type=sa.String(12), type_=sa.String(16))
