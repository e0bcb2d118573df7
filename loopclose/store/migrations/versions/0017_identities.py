"""Staff may sign in by somebody else's word; an EHR asks for cards by tokens that open once."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from loopclose.store.base import UtcDateTime

revision = "0017"
down_revision = "0016"


def upgrade() -> None:
    op.create_table(
        "user_identity",
        sa.Column("practice_id", sa.String(length=64), nullable=False),
        sa.Column("issuer", sa.String(length=500), nullable=False),
        sa.Column("subject", sa.String(length=255), nullable=False),
        sa.Column("user_id", sa.String(length=36), nullable=False),
        sa.Column("added_at", UtcDateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("practice_id", "issuer", "subject", name=op.f("pk_user_identity")),
    )
    op.create_index("ix_user_identity_user", "user_identity", ["practice_id", "user_id"])
    op.create_table(
        "hook_token",
        sa.Column("practice_id", sa.String(length=64), nullable=False),
        sa.Column("digest", sa.String(length=64), nullable=False),
        sa.Column("until", UtcDateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("practice_id", "digest", name=op.f("pk_hook_token")),
    )
    op.create_index("ix_hook_token_until", "hook_token", ["practice_id", "until"])
