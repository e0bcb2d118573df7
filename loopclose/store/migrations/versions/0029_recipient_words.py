"""What those who got a letter said of it on the confirmation page, and somebody of ours answers."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from loopclose.store.base import UtcDateTime

revision = "0029"
down_revision = "0028"


def upgrade() -> None:
    op.create_table(
        "recipient_word",
        sa.Column("practice_id", sa.String(64), nullable=False),
        sa.Column("letter", sa.String(36), nullable=False),
        sa.Column("key", sa.String(16), nullable=False),
        sa.Column("obligation", sa.String(36), nullable=False),
        sa.Column("delivery", sa.String(36), nullable=False),
        sa.Column("kind", sa.String(16), nullable=False),
        sa.Column("about", sa.String(16), nullable=False),
        sa.Column("words", sa.String(), nullable=False),
        sa.Column("at", UtcDateTime(timezone=True), nullable=False),
        sa.Column("withdrawn_at", UtcDateTime(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("practice_id", "letter", "key", name=op.f("pk_recipient_word")),
    )
    op.create_index("ix_recipient_word_obligation", "recipient_word", ["practice_id", "obligation"])
