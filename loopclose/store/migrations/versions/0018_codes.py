"""People say on a screen what local codes mean; a return date has a source, and stands beside what is owed."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from loopclose.store.base import UtcDateTime

revision = "0018"
down_revision = "0017"


def upgrade() -> None:
    op.create_table(
        "code_assignment",
        sa.Column("practice_id", sa.String(64), nullable=False),
        sa.Column("id", sa.String(36), nullable=False),
        sa.Column("ehr", sa.String(64), nullable=False),
        sa.Column("element", sa.String(40), nullable=False),
        sa.Column("token", sa.String(255), nullable=False),
        sa.Column("no", sa.Integer(), nullable=False),
        sa.Column("meaning", sa.String(64), nullable=False),
        sa.Column("by", sa.String(), nullable=False),
        sa.Column("at", UtcDateTime(timezone=True), nullable=False),
        sa.Column("taken_back_by", sa.String(), nullable=True),
        sa.Column("taken_back_at", UtcDateTime(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("practice_id", "id", name=op.f("pk_code_assignment")),
    )
    op.create_index("ix_code_assignment_code", "code_assignment", ["practice_id", "ehr", "element", "token"])
    op.add_column("unmapped_code", sa.Column("token", sa.String(255), nullable=False, server_default=""))
    _name_what_is_listed()
    op.add_column("obligation", sa.Column("return_source", sa.String(24), nullable=True))
    op.add_column("obligation", sa.Column("returns_at", UtcDateTime(timezone=True), nullable=True))
    op.drop_index("ix_unmapped_code_code", "unmapped_code")
    op.create_index("ix_unmapped_code_token", "unmapped_code", ["practice_id", "ehr", "element", "token"])


def _name_what_is_listed() -> None:
    """Until it is judged again, a code is named by how it was shown: what has a bar begins with ``system|code``."""
    at = sa.func.strpos if op.get_bind().dialect.name == "postgresql" else sa.func.instr
    row = sa.table("unmapped_code", sa.column("code", sa.String()), sa.column("token", sa.String()))
    first = sa.func.substr(row.c.code, 1, at(row.c.code + " ", " ") - 1)
    text = sa.func.substr(sa.literal("text:") + row.c.code, 1, 255)
    named = sa.case((row.c.code.contains("|"), first), (row.c.code == "(none)", ""), else_=text)
    op.execute(row.update().values(token=named))
