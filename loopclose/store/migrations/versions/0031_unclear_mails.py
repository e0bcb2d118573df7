"""Mails that nobody understood are found without going through all that was heard of letters."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0031"
down_revision = "0030"


def upgrade() -> None:
    mails = sa.text("what IN ('looked_at', 'unclear')")
    columns = ["practice_id", "heard_at"]
    op.create_index("ix_delivery_event_mail", "delivery_event", columns, sqlite_where=mails, postgresql_where=mails)
