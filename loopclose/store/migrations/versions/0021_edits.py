"""Drafts can be edited: the edits, the drafts they stand on, and the charts by which reports were drafted."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from loopclose.store.base import Json, UtcDateTime

revision = "0021"
down_revision = "0020"


def upgrade() -> None:
    op.create_table(
        "edit",
        sa.Column("practice_id", sa.String(64), nullable=False),
        sa.Column("obligation", sa.String(36), nullable=False),
        sa.Column("kind", sa.String(24), nullable=False),
        sa.Column("version", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("no", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("by", sa.String(254), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("at", UtcDateTime(timezone=True), nullable=False),
        sa.Column("edit", Json, nullable=False),
        sa.PrimaryKeyConstraint("practice_id", "obligation", "kind", "version", "no", name=op.f("pk_edit")),
    )
    op.create_table(
        "drafted",
        sa.Column("practice_id", sa.String(64), nullable=False),
        sa.Column("obligation", sa.String(36), nullable=False),
        sa.Column("kind", sa.String(24), nullable=False),
        sa.Column("version", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("sha256", sa.String(64), nullable=False),
        sa.Column("body", sa.LargeBinary(), nullable=False),
        sa.Column("newer_sha256", sa.String(64), nullable=True),
        sa.Column("newer", sa.LargeBinary(), nullable=True),
        sa.Column("newer_at", UtcDateTime(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("practice_id", "obligation", "kind", "version", name=op.f("pk_drafted")),
    )
    op.create_table(
        "draft_chart",
        sa.Column("practice_id", sa.String(64), nullable=False),
        sa.Column("obligation", sa.String(36), nullable=False),
        sa.Column("sha256", sa.String(64), nullable=False),
        sa.Column("at", UtcDateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("practice_id", "obligation", name=op.f("pk_draft_chart")),
    )
