"""The mark of a restore."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from loopclose.store.base import UtcDateTime

revision = "0006_restores"
down_revision = "0006_mail"


def upgrade() -> None:
    op.create_table(
        "restores",
        sa.Column("id", sa.String(length=36), nullable=False),
        sa.Column("restored_at", UtcDateTime(timezone=True), nullable=True),
        sa.Column("backup_taken_at", UtcDateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_restores")),
    )
