"""Letters on their way: the address book, deliveries with their frozen messages, tries, and what was heard of them."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from loopclose.store.base import Json, UtcDateTime

revision = "0026"
down_revision = "0025"
OPEN = "state IN ('planned', 'sending', 'underway', 'unsure', 'waiting')"


def upgrade() -> None:
    op.drop_table("address")  # nothing ever wrote to it
    op.create_table(
        "address",
        sa.Column("practice_id", sa.String(64), nullable=False),
        sa.Column("id", sa.String(36), nullable=False),
        sa.Column("referrer", sa.String(300), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("location", sa.String(), nullable=False),
        sa.Column("contact", sa.String(), nullable=False),
        sa.Column("channel", sa.String(10), nullable=False),
        sa.Column("to", sa.String(), nullable=False),
        sa.Column("rank", sa.Integer(), nullable=False),
        sa.Column("source", sa.String(10), nullable=False),
        sa.Column("added_by", sa.String(254), nullable=False),
        sa.Column("added_at", UtcDateTime(timezone=True), nullable=False),
        sa.Column("checked_by", sa.String(254), nullable=True),
        sa.Column("checked_at", UtcDateTime(timezone=True), nullable=True),
        sa.Column("used_at", UtcDateTime(timezone=True), nullable=True),
        sa.Column("quiet_from", sa.Time(), nullable=True),
        sa.Column("quiet_until", sa.Time(), nullable=True),
        sa.Column("closed_at", UtcDateTime(timezone=True), nullable=True),
        sa.Column("closed_by", sa.String(254), nullable=True),
        sa.Column("closed_because", sa.String(), nullable=True),
        sa.PrimaryKeyConstraint("practice_id", "id", name=op.f("pk_address")),
    )
    op.create_index("ix_address_referrer", "address", ["practice_id", "referrer"])
    _deliveries()
    op.create_table(
        "delivery_attempt",
        sa.Column("practice_id", sa.String(64), nullable=False),
        sa.Column("delivery", sa.String(36), nullable=False),
        sa.Column("no", sa.Integer(), nullable=False),
        sa.Column("started_at", UtcDateTime(timezone=True), nullable=False),
        sa.Column("ended_at", UtcDateTime(timezone=True), nullable=True),
        sa.Column("error", sa.String(), nullable=True),
        sa.Column("outcome", sa.String(10), nullable=True),
        sa.PrimaryKeyConstraint("practice_id", "delivery", "no", name=op.f("pk_delivery_attempt")),
    )
    op.create_table(
        "delivery_event",
        sa.Column("practice_id", sa.String(64), nullable=False),
        sa.Column("delivery", sa.String(36), nullable=False),
        sa.Column("no", sa.Integer(), nullable=False),
        sa.Column("at", UtcDateTime(timezone=True), nullable=False),
        sa.Column("heard_at", UtcDateTime(timezone=True), nullable=False),
        sa.Column("what", sa.String(16), nullable=False),
        sa.Column("source", sa.String(12), nullable=False),
        sa.Column("by", sa.String(254), nullable=False),
        sa.Column("words", sa.String(), nullable=False),
        sa.Column("evidence", sa.String(64), nullable=True),
        sa.PrimaryKeyConstraint("practice_id", "delivery", "no", name=op.f("pk_delivery_event")),
    )


def _deliveries() -> None:
    op.create_table(
        "delivery",
        sa.Column("practice_id", sa.String(64), nullable=False),
        sa.Column("id", sa.String(36), nullable=False),
        sa.Column("obligation", sa.String(36), nullable=False),
        sa.Column("ehr", sa.String(64), nullable=False),
        sa.Column("letter", sa.String(64), nullable=False),
        sa.Column("purpose", sa.String(12), nullable=False),
        sa.Column("address", sa.String(36), nullable=False),
        sa.Column("referrer", sa.String(300), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("channel", sa.String(10), nullable=False),
        sa.Column("to", sa.String(), nullable=False),
        sa.Column("urgent", sa.Boolean(), nullable=False),
        sa.Column("code", sa.String(16), nullable=False),
        sa.Column("confirm", sa.String(64), nullable=True),
        sa.Column("confirm_until", UtcDateTime(timezone=True), nullable=True),
        sa.Column("content", sa.LargeBinary(), nullable=False),
        sa.Column("sha256", sa.String(64), nullable=False),
        sa.Column("enclosed", Json, nullable=False),
        sa.Column("seal", sa.String(64), nullable=False),
        sa.Column("state", sa.String(10), nullable=False),
        sa.Column("error", sa.String(), nullable=True),
        sa.Column("note", sa.String(), nullable=True),
        sa.Column("planned_by", sa.String(254), nullable=False),
        sa.Column("planned_at", UtcDateTime(timezone=True), nullable=False),
        sa.Column("tries", sa.Integer(), nullable=False),
        sa.Column("try_after", UtcDateTime(timezone=True), nullable=True),
        sa.Column("ask_after", UtcDateTime(timezone=True), nullable=True),
        sa.Column("claimed_by", sa.String(), nullable=True),
        sa.Column("claimed_at", UtcDateTime(timezone=True), nullable=True),
        sa.Column("remote", sa.String(), nullable=True),
        sa.Column("sent_at", UtcDateTime(timezone=True), nullable=True),
        sa.Column("received_at", UtcDateTime(timezone=True), nullable=True),
        sa.Column("followed_by", sa.String(36), nullable=True),
        sa.PrimaryKeyConstraint("practice_id", "id", name=op.f("pk_delivery")),
    )
    op.create_index("ix_delivery_obligation", "delivery", ["practice_id", "obligation"])
    op.create_index("ix_delivery_planned", "delivery", ["practice_id", "planned_at", "id"])
    op.create_index("ix_delivery_confirm", "delivery", ["confirm"])
    op.create_index(
        "ix_delivery_open",
        "delivery",
        ["practice_id", "state"],
        sqlite_where=sa.text(OPEN),
        postgresql_where=sa.text(OPEN),
    )
