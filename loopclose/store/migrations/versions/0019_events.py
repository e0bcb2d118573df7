"""An EHR tells that something happened: what it told waits until its patient was read."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from loopclose.store.base import UtcDateTime

revision = "0019"
down_revision = "0018"
WAITS = sa.text("taken_at IS NULL")


def upgrade() -> None:
    op.create_table(
        "event",
        sa.Column("practice_id", sa.String(64), nullable=False),
        sa.Column("ehr", sa.String(64), nullable=False),
        sa.Column("event_id", sa.String(64), nullable=False),
        sa.Column("type", sa.String(40), nullable=True),
        sa.Column("fhir_id", sa.String(128), nullable=True),
        sa.Column("patient", sa.String(140), nullable=True),
        sa.Column("received_at", UtcDateTime(timezone=True), nullable=False),
        sa.Column("tried_at", UtcDateTime(timezone=True), nullable=True),
        sa.Column("taken_at", UtcDateTime(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("practice_id", "ehr", "event_id", name=op.f("pk_event")),
    )
    came = ["practice_id", "ehr", "received_at"]
    op.create_index("ix_event_received", "event", came)
    op.create_index("ix_event_untaken", "event", came, sqlite_where=WAITS, postgresql_where=WAITS)
    op.create_table(
        "event_channel",
        sa.Column("practice_id", sa.String(64), nullable=False),
        sa.Column("ehr", sa.String(64), nullable=False),
        sa.Column("subscription", sa.String(128), nullable=False),
        sa.Column("heard_at", UtcDateTime(timezone=True), nullable=True),
        sa.Column("status", sa.String(32), nullable=False),
        sa.Column("number", sa.BigInteger(), nullable=True),
        sa.Column("missed", sa.BigInteger(), nullable=False),
        sa.Column("missed_at", UtcDateTime(timezone=True), nullable=True),
        sa.Column("refused", sa.BigInteger(), nullable=False),
        sa.Column("refused_at", UtcDateTime(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("practice_id", "ehr", "subscription", name=op.f("pk_event_channel")),
    )
