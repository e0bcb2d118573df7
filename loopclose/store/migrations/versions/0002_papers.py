"""Papers are kept as data; a page that an earlier release kept is set aside when its report is drafted again."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"


def upgrade() -> None:
    """Room for the old page, beside the paper that takes its place."""
    with op.batch_alter_table("document", schema=None) as batch_op:
        batch_op.add_column(sa.Column("page", sa.LargeBinary(), nullable=True))
