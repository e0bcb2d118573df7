"""What is said of a visit's times, what a link could not see, and codes that no map knows."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0004"
down_revision = "0003"


def _json() -> sa.types.TypeEngine[Any]:
    return sa.JSON().with_variant(postgresql.JSONB(astext_type=sa.Text()), "postgresql")


def upgrade() -> None:
    with op.batch_alter_table("visit", schema=None) as batch_op:
        batch_op.add_column(sa.Column("doubts", _json(), nullable=False, server_default="[]"))
    with op.batch_alter_table("link", schema=None) as batch_op:
        batch_op.add_column(sa.Column("unseen", _json(), nullable=False, server_default="[]"))
    op.create_table(
        "unmapped_code",
        sa.Column("practice_id", sa.String(length=64), nullable=False),
        sa.Column("ehr", sa.String(length=64), nullable=False),
        sa.Column("resource", sa.String(length=140), nullable=False),
        sa.Column("element", sa.String(length=40), nullable=False),
        sa.Column("person", sa.String(length=140), nullable=False),
        sa.Column("code", sa.String(), nullable=False),
        sa.PrimaryKeyConstraint("practice_id", "ehr", "resource", "element", name=op.f("pk_unmapped_code")),
    )
    with op.batch_alter_table("unmapped_code", schema=None) as batch_op:
        batch_op.create_index("ix_unmapped_code_person", ["practice_id", "ehr", "person"], unique=False)
