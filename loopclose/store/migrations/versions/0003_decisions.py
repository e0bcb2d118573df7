"""Decisions are numbered; who really asked is answered for one request, or for a requester, and can be taken back."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

from loopclose.store.base import UtcDateTime, natural_id

revision = "0003"
down_revision = "0002"
JSON = sa.JSON().with_variant(postgresql.JSONB(astext_type=sa.Text()), "postgresql")


def upgrade() -> None:
    op.create_table(
        "decision",
        sa.Column("practice_id", sa.String(length=64), nullable=False),
        sa.Column("obligation", sa.String(length=36), nullable=False),
        sa.Column("no", sa.Integer(), nullable=False),
        sa.Column("move", sa.String(length=20), nullable=False),
        sa.Column("by", sa.String(), nullable=False),
        sa.Column("at", UtcDateTime(timezone=True), nullable=False),
        sa.Column("given", JSON, nullable=False),
        sa.Column("waits", sa.Boolean(), server_default=sa.false(), nullable=False),
        sa.PrimaryKeyConstraint("practice_id", "obligation", "no", name=op.f("pk_decision")),
    )
    op.create_table(
        "requester_answer",
        sa.Column("practice_id", sa.String(length=64), nullable=False),
        sa.Column("id", sa.String(length=36), nullable=False),
        sa.Column("ehr", sa.String(length=64), nullable=False),
        sa.Column("about", sa.String(length=12), nullable=False),
        sa.Column("key", sa.String(length=140), nullable=False),
        sa.Column("no", sa.Integer(), nullable=False),
        sa.Column("referrer", JSON, nullable=True),
        sa.Column("by", sa.String(), nullable=False),
        sa.Column("at", UtcDateTime(timezone=True), nullable=False),
        sa.Column("taken_back_by", sa.String(), nullable=True),
        sa.Column("taken_back_at", UtcDateTime(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("practice_id", "id", name=op.f("pk_requester_answer")),
    )
    op.create_index("ix_requester_answer_key", "requester_answer", ["practice_id", "ehr", "about", "key"])
    with op.batch_alter_table("link_decision") as batch:
        batch.add_column(sa.Column("unseen", JSON, server_default="[]", nullable=False))
    _keep_answers()
    op.drop_table("requester_decision")


def _typed() -> tuple[sa.ColumnClause[Any], ...]:
    return sa.column("referrer", JSON), sa.column("at", UtcDateTime(timezone=True))


def _keep_answers() -> None:
    """What was answered before held for the requester, and goes on to."""
    shared = ("practice_id", "ehr", "by")
    before = sa.table("requester_decision", *map(sa.column, (*shared, "requester")), *_typed())
    after = sa.table("requester_answer", *map(sa.column, (*shared, "id", "about", "key", "no")), *_typed())
    bind = op.get_bind()
    for row in bind.execute(sa.select(before)).mappings().all():
        key = row["requester"]
        bind.execute(
            sa.insert(after).values(
                practice_id=row["practice_id"],
                ehr=row["ehr"],
                id=natural_id(row["practice_id"], row["ehr"], "requester", key, 1),
                about="requester",
                key=key,
                no=1,
                referrer=row["referrer"],
                by=row["by"],
                at=row["at"],
            )
        )
