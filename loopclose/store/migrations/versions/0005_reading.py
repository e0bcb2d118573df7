"""Patients whose records could not be read whole; and everybody is read once more.

References to the EHR itself are written as ``Type/id`` on arrival from now on, and whoever could not be told from what
was admitted before is found, or set aside with the reason. So the next sync reads everything anew.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from loopclose.store.base import UtcDateTime

revision = "0005"
down_revision = "0004"


def upgrade() -> None:
    op.create_table(
        "unread",
        sa.Column("practice_id", sa.String(length=64), nullable=False),
        sa.Column("ehr", sa.String(length=64), nullable=False),
        sa.Column("patient", sa.String(length=140), nullable=False),
        sa.Column("reason", sa.String(), nullable=False),
        sa.Column("since", UtcDateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("practice_id", "ehr", "patient", name=op.f("pk_unread")),
    )
    op.execute("UPDATE patient SET touched = 'read anew' WHERE touched IS NULL")
    op.execute("DELETE FROM watermark")
