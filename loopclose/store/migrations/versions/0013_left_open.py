"""Appointments are found by when they begin: of those that are past and that nobody closed the desk is asked."""

from __future__ import annotations

from alembic import op

revision = "0013"
down_revision = "0012"


def upgrade() -> None:
    op.create_index("ix_appointment_start", "appointment", ["practice_id", "ehr", "start"])
