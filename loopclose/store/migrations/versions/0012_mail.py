"""What becomes of a mail: claimed, put off, refused for good, held, cancelled; and whom no mail reaches.

What had failed before was tried again at every run, whatever the server had said: from now on it is failed where that
was final, and waits otherwise.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from loopclose.store.base import UtcDateTime

revision = "0012"
down_revision = "0011"
OPEN, NOTICE = sa.text("state IN ('failed', 'held', 'planned', 'sending', 'waiting')"), sa.text("about <> 'alerts'")
NOT_FINAL = """
UPDATE message SET state = 'waiting' WHERE state = 'failed' AND NOT EXISTS (
  SELECT 1 FROM attempt WHERE attempt.practice_id = message.practice_id AND attempt.message = message.id
  AND attempt.final AND attempt.no = (
    SELECT max(newest.no) FROM attempt AS newest
    WHERE newest.practice_id = message.practice_id AND newest.message = message.id))
"""


def upgrade() -> None:
    moment = UtcDateTime(timezone=True)
    with op.batch_alter_table("message", schema=None) as batch_op:
        batch_op.add_column(sa.Column("about", sa.String(length=12), nullable=False, server_default="alerts"))
        batch_op.add_column(sa.Column("about_whom", sa.String(length=254), nullable=True))
        batch_op.add_column(sa.Column("planned_at", moment, nullable=True))
        batch_op.add_column(sa.Column("tries", sa.Integer(), nullable=False, server_default="0"))
        batch_op.add_column(sa.Column("put_off", sa.Integer(), nullable=False, server_default="0"))
        batch_op.add_column(sa.Column("try_after", moment, nullable=True))
        batch_op.add_column(sa.Column("maybe_taken", sa.Boolean(), nullable=False, server_default=sa.false()))
        batch_op.add_column(sa.Column("claimed_by", sa.String(), nullable=True))
        batch_op.add_column(sa.Column("claimed_at", moment, nullable=True))
        batch_op.add_column(sa.Column("note", sa.String(), nullable=True))
        batch_op.add_column(sa.Column("replaced_by", sa.String(length=36), nullable=True))
        batch_op.add_column(sa.Column("decided_by", sa.String(length=254), nullable=True))
        batch_op.add_column(sa.Column("decided_at", moment, nullable=True))
    with op.batch_alter_table("message", schema=None) as batch_op:
        batch_op.drop_index("ix_message_unsent")
        batch_op.create_index(
            "ix_message_open", ["practice_id", "state"], unique=False, sqlite_where=OPEN, postgresql_where=OPEN
        )
        batch_op.create_index("ix_message_night", ["practice_id", "night", "id"], unique=False)
        batch_op.create_index(
            "ix_message_notice",
            ["practice_id", "about", "about_whom"],
            unique=False,
            sqlite_where=NOTICE,
            postgresql_where=NOTICE,
        )
    op.create_table(
        "unreachable",
        sa.Column("practice_id", sa.String(length=64), nullable=False),
        sa.Column("email", sa.String(length=254), nullable=False),
        sa.Column("since", moment, nullable=False),
        sa.Column("reason", sa.String(), nullable=False),
        sa.Column("message", sa.String(length=36), nullable=False),
        sa.PrimaryKeyConstraint("practice_id", "email", name=op.f("pk_unreachable")),
    )
    op.execute(NOT_FINAL)
