"""Letters are signed here, after their signer has shown again who they are."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from loopclose.store.base import UtcDateTime

revision = "0020"
down_revision = "0019"


def upgrade() -> None:
    op.create_table(
        "signature",
        sa.Column("practice_id", sa.String(64), nullable=False),
        sa.Column("obligation", sa.String(36), nullable=False),
        sa.Column("no", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("by", sa.String(254), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("reference", sa.String(140), nullable=False),
        sa.Column("on_behalf", sa.String(), nullable=True),
        sa.Column("at", UtcDateTime(timezone=True), nullable=False),
        sa.Column("proved_by", sa.String(12), nullable=False),
        sa.Column("proved_at", UtcDateTime(timezone=True), nullable=False),
        sa.Column("letter", sa.String(64), nullable=False),
        sa.Column("statement", sa.LargeBinary(), nullable=False),
        sa.Column("sha256", sa.String(64), nullable=False),
        sa.Column("cosigns", sa.Integer(), nullable=True),
        sa.Column("counts", sa.Boolean(), nullable=False),
        sa.Column("waits", sa.Boolean(), nullable=False, server_default=sa.false()),
        sa.PrimaryKeyConstraint("practice_id", "obligation", "no", name=op.f("pk_signature")),
    )
    waits = sa.text("waits")
    op.create_index(
        "ix_signature_waits", "signature", ["practice_id", "obligation"], sqlite_where=waits, postgresql_where=waits
    )
    op.create_table(
        "letter_answer",
        sa.Column("practice_id", sa.String(64), nullable=False),
        sa.Column("obligation", sa.String(36), nullable=False),
        sa.Column("key", sa.String(16), nullable=False),
        sa.Column("code", sa.String(12), nullable=False),
        sa.Column("words", sa.String(), nullable=False),
        sa.Column("by", sa.String(254), nullable=False),
        sa.Column("at", UtcDateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("practice_id", "obligation", "key", name=op.f("pk_letter_answer")),
    )
    op.create_table(
        "opening",
        sa.Column("practice_id", sa.String(64), nullable=False),
        sa.Column("obligation", sa.String(36), nullable=False),
        sa.Column("letter", sa.String(64), nullable=False),
        sa.Column("by", sa.String(254), nullable=False),
        sa.Column("at", UtcDateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("practice_id", "obligation", "letter", "by", name=op.f("pk_opening")),
    )
    op.create_table(
        "second_factor",
        sa.Column("practice_id", sa.String(64), nullable=False),
        sa.Column("user_id", sa.String(36), nullable=False),
        sa.Column("secret", sa.LargeBinary(), nullable=False),
        sa.Column("added_at", UtcDateTime(timezone=True), nullable=False),
        sa.Column("confirmed_at", UtcDateTime(timezone=True), nullable=True),
        sa.Column("last_step", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("practice_id", "user_id", name=op.f("pk_second_factor")),
    )
    op.add_column("user_session", sa.Column("proved_at", UtcDateTime(timezone=True), nullable=True))
    op.add_column("user_session", sa.Column("proved_by", sa.String(12), nullable=True))
