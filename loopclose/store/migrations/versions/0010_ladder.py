"""Ladders are numbered, people may be away, and what runs by itself says how its last run went.

What is open and climbed its whole ladder before is told again from now on: every week, until it is closed.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from loopclose.store.base import UtcDateTime

revision = "0010"
down_revision = "0009"


def upgrade() -> None:
    with op.batch_alter_table("obligation", schema=None) as batch_op:
        batch_op.add_column(sa.Column("ladder_no", sa.Integer(), nullable=False, server_default="1"))
    with op.batch_alter_table("alert", schema=None) as batch_op:
        batch_op.add_column(sa.Column("ladder_no", sa.Integer(), nullable=False, server_default="1"))
        batch_op.drop_constraint(op.f("uq_alert_practice_id_obligation_deadline_no_rung_recipient"), type_="unique")
        batch_op.create_unique_constraint(
            "uq_alert_told_once", ["practice_id", "obligation", "deadline_no", "ladder_no", "rung", "recipient"]
        )
    with op.batch_alter_table("ehr", schema=None) as batch_op:
        batch_op.add_column(sa.Column("settings", sa.String(length=64), nullable=True))
    op.create_table(
        "absence",
        sa.Column("practice_id", sa.String(length=64), nullable=False),
        sa.Column("no", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("who", sa.String(length=254), nullable=False),
        sa.Column("first", sa.Date(), nullable=False),
        sa.Column("last", sa.Date(), nullable=True),
        sa.Column("deputy", sa.String(length=254), nullable=True),
        sa.Column("noted_at", UtcDateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("practice_id", "no", name=op.f("pk_absence")),
    )
    op.create_index("ix_absence_who", "absence", ["practice_id", "who"])
    op.create_table(
        "job_run",
        sa.Column("practice_id", sa.String(length=64), nullable=False),
        sa.Column("kind", sa.String(length=12), nullable=False),
        sa.Column("of", sa.String(length=64), nullable=False),
        sa.Column("begun_at", UtcDateTime(timezone=True), nullable=False),
        sa.Column("ended_at", UtcDateTime(timezone=True), nullable=True),
        sa.Column("succeeded_at", UtcDateTime(timezone=True), nullable=True),
        sa.Column("failing_since", UtcDateTime(timezone=True), nullable=True),
        sa.Column("error", sa.String(), nullable=True),
        sa.PrimaryKeyConstraint("practice_id", "kind", "of", name=op.f("pk_job_run")),
    )
    op.execute(
        "UPDATE obligation SET alert_after = due_at WHERE alert_after IS NULL "
        "AND state IN ('owed', 'drafted', 'signed', 'held')"
    )
