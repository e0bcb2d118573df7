"""Who asked where a report is, and the tokens by which an office asks by machine."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from loopclose.store.base import UtcDateTime

revision = "0030"
down_revision = "0029"
OPEN = sa.text("state IN ('drafted', 'held', 'owed', 'sent', 'signed')")
LISTED = ["practice_id", "kind", "due_at", "id", "state", "priority", "ehr", "author", "owner", "referrer_key"]


def upgrade() -> None:
    op.add_column("obligation", sa.Column("chased", sa.Integer(), server_default="0", nullable=False))
    op.drop_index("ix_obligation_open", "obligation")
    columns = [*LISTED, "winner", "sent_at", "chased"]
    op.create_index("ix_obligation_open", "obligation", columns, sqlite_where=OPEN, postgresql_where=OPEN)
    op.create_index("ix_obligation_born", "obligation", ["practice_id", "patient_birth_date", "kind", "due_at", "id"])
    op.create_index("ix_delivery_code", "delivery", ["practice_id", "code"])
    op.create_table(
        "chase",
        sa.Column("practice_id", sa.String(64), nullable=False),
        sa.Column("id", sa.String(36), nullable=False),
        sa.Column("obligation", sa.String(36), nullable=False),
        sa.Column("at", UtcDateTime(timezone=True), nullable=False),
        sa.Column("by", sa.String(254), nullable=False),
        sa.Column("how", sa.String(8), nullable=False),
        sa.Column("who", sa.String(), nullable=False),
        sa.Column("office", sa.String(), nullable=False),
        sa.Column("number", sa.String(), nullable=False),
        sa.Column("answered", sa.String(), nullable=False),
        sa.Column("told_in", sa.String(36), nullable=True),
        sa.PrimaryKeyConstraint("practice_id", "id", name=op.f("pk_chase")),
    )
    op.create_index("ix_chase_obligation", "chase", ["practice_id", "obligation", "at"])
    op.create_index("ix_chase_at", "chase", ["practice_id", "at"])
    untold = sa.text("told_in IS NULL")
    of = ["practice_id", "obligation"]
    op.create_index("ix_chase_untold", "chase", of, sqlite_where=untold, postgresql_where=untold)
    op.create_table(
        "chase_token",
        sa.Column("practice_id", sa.String(64), nullable=False),
        sa.Column("id", sa.String(36), nullable=False),
        sa.Column("referrer", sa.String(300), nullable=False),
        sa.Column("digest", sa.String(64), nullable=False),
        sa.Column("made_by", sa.String(254), nullable=False),
        sa.Column("made_at", UtcDateTime(timezone=True), nullable=False),
        sa.Column("revoked_by", sa.String(254), nullable=True),
        sa.Column("revoked_at", UtcDateTime(timezone=True), nullable=True),
        sa.Column("minute", UtcDateTime(timezone=True), nullable=True),
        sa.Column("asked", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("practice_id", "id", name=op.f("pk_chase_token")),
    )
    op.create_index("ix_chase_token_digest", "chase_token", ["digest"], unique=True)
