"""The first tables."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

from loopclose.store.base import UtcDateTime

revision = "0001"
down_revision = None


def upgrade() -> None:

    op.create_table(
        "address",
        sa.Column("practice_id", sa.String(length=64), nullable=False),
        sa.Column("id", sa.String(length=36), nullable=False),
        sa.Column("referrer", sa.String(length=140), nullable=False),
        sa.Column("location", sa.String(length=140), nullable=True),
        sa.Column("channel", sa.String(length=20), nullable=False),
        sa.Column("value", sa.String(), nullable=False),
        sa.Column("preferred", sa.Boolean(), nullable=False),
        sa.Column("checked_by", sa.String(), nullable=True),
        sa.Column("checked_at", UtcDateTime(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("practice_id", "id", name=op.f("pk_address")),
    )
    op.create_table(
        "alert",
        sa.Column("practice_id", sa.String(length=64), nullable=False),
        sa.Column("id", sa.String(length=36), nullable=False),
        sa.Column("obligation", sa.String(length=36), nullable=False),
        sa.Column("deadline_no", sa.Integer(), nullable=False),
        sa.Column("rung", sa.Integer(), nullable=False),
        sa.Column("recipient", sa.String(length=254), nullable=False),
        sa.Column("message", sa.String(length=36), nullable=True),
        sa.PrimaryKeyConstraint("practice_id", "id", name=op.f("pk_alert")),
        sa.UniqueConstraint(
            "practice_id",
            "obligation",
            "deadline_no",
            "rung",
            "recipient",
            name=op.f("uq_alert_practice_id_obligation_deadline_no_rung_recipient"),
        ),
    )
    with op.batch_alter_table("alert", schema=None) as batch_op:
        batch_op.create_index("ix_alert_message", ["practice_id", "message"], unique=False)

    op.create_table(
        "appointment",
        sa.Column("practice_id", sa.String(length=64), nullable=False),
        sa.Column("ehr", sa.String(length=64), nullable=False),
        sa.Column("id", sa.String(length=140), nullable=False),
        sa.Column("patient", sa.String(length=140), nullable=False),
        sa.Column("person", sa.String(length=140), nullable=False),
        sa.Column("status", sa.String(), nullable=False),
        sa.Column("start", UtcDateTime(timezone=True), nullable=True),
        sa.Column("end", UtcDateTime(timezone=True), nullable=True),
        sa.Column("with_us", sa.Boolean(), nullable=False),
        sa.Column("with_whom", sa.String(), nullable=True),
        sa.Column(
            "referrals", sa.JSON().with_variant(postgresql.JSONB(astext_type=sa.Text()), "postgresql"), nullable=False
        ),
        sa.PrimaryKeyConstraint("practice_id", "ehr", "id", name=op.f("pk_appointment")),
    )
    with op.batch_alter_table("appointment", schema=None) as batch_op:
        batch_op.create_index("ix_appointment_person", ["practice_id", "ehr", "person"], unique=False)

    op.create_table(
        "attempt",
        sa.Column("practice_id", sa.String(length=64), nullable=False),
        sa.Column("message", sa.String(length=36), nullable=False),
        sa.Column("no", sa.Integer(), nullable=False),
        sa.Column("started_at", UtcDateTime(timezone=True), nullable=False),
        sa.Column("ended_at", UtcDateTime(timezone=True), nullable=True),
        sa.Column("error", sa.String(), nullable=True),
        sa.Column("final", sa.Boolean(), nullable=False),
        sa.PrimaryKeyConstraint("practice_id", "message", "no", name=op.f("pk_attempt")),
    )
    op.create_table(
        "audit",
        sa.Column("practice_id", sa.String(length=64), nullable=False),
        sa.Column("id", sa.String(length=36), nullable=False),
        sa.Column("at", UtcDateTime(timezone=True), nullable=False),
        sa.Column("actor", sa.String(), nullable=False),
        sa.Column("action", sa.String(length=40), nullable=False),
        sa.Column("subject", sa.String(), nullable=True),
        sa.Column(
            "detail", sa.JSON().with_variant(postgresql.JSONB(astext_type=sa.Text()), "postgresql"), nullable=True
        ),
        sa.Column("segment", sa.Integer(), nullable=True),
        sa.PrimaryKeyConstraint("practice_id", "id", name=op.f("pk_audit")),
    )
    with op.batch_alter_table("audit", schema=None) as batch_op:
        batch_op.create_index("ix_audit_at", ["practice_id", "at"], unique=False)
        batch_op.create_index("ix_audit_segment", ["practice_id", "segment"], unique=False)

    op.create_table(
        "audit_segment",
        sa.Column("practice_id", sa.String(length=64), nullable=False),
        sa.Column("no", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("sealed_at", UtcDateTime(timezone=True), nullable=False),
        sa.Column("rows", sa.Integer(), nullable=False),
        sa.Column("sha256", sa.String(length=64), nullable=False),
        sa.PrimaryKeyConstraint("practice_id", "no", name=op.f("pk_audit_segment")),
    )

    op.create_table(
        "blob",
        sa.Column("practice_id", sa.String(length=64), nullable=False),
        sa.Column("sha256", sa.String(length=64), nullable=False),
        sa.Column("body", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("practice_id", "sha256", name=op.f("pk_blob")),
    )
    op.create_table(
        "clinician",
        sa.Column("practice_id", sa.String(length=64), nullable=False),
        sa.Column("ehr", sa.String(length=64), nullable=False),
        sa.Column("key", sa.String(length=140), nullable=False),
        sa.Column("name", sa.String(), nullable=True),
        sa.Column("npi", sa.String(), nullable=True),
        sa.Column("ours", sa.Boolean(), nullable=False),
        sa.PrimaryKeyConstraint("practice_id", "ehr", "key", name=op.f("pk_clinician")),
    )
    op.create_table(
        "deadline",
        sa.Column("practice_id", sa.String(length=64), nullable=False),
        sa.Column("obligation", sa.String(length=36), nullable=False),
        sa.Column("no", sa.Integer(), nullable=False),
        sa.Column("due_at", UtcDateTime(timezone=True), nullable=False),
        sa.Column("winner", sa.String(length=20), nullable=False),
        sa.Column(
            "reasons", sa.JSON().with_variant(postgresql.JSONB(astext_type=sa.Text()), "postgresql"), nullable=False
        ),
        sa.Column("changed_because", sa.String(), nullable=True),
        sa.PrimaryKeyConstraint("practice_id", "obligation", "no", name=op.f("pk_deadline")),
    )
    op.create_table(
        "document",
        sa.Column("practice_id", sa.String(length=64), nullable=False),
        sa.Column("obligation", sa.String(length=36), nullable=False),
        sa.Column("kind", sa.String(length=24), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("sha256", sa.String(length=64), nullable=False),
        sa.Column("media_type", sa.String(), nullable=False),
        sa.Column("body", sa.LargeBinary(), nullable=False),
        sa.Column("source", sa.String(), nullable=True),
        sa.Column("signed_by", sa.String(), nullable=True),
        sa.Column("signed_at", UtcDateTime(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("practice_id", "obligation", "kind", "version", name=op.f("pk_document")),
    )
    op.create_table(
        "ehr",
        sa.Column("practice_id", sa.String(length=64), nullable=False),
        sa.Column("id", sa.String(length=64), nullable=False),
        sa.Column("base_url", sa.String(), nullable=False),
        sa.Column("vendor", sa.String(), nullable=True),
        sa.Column("code_map", sa.String(), nullable=True),
        sa.Column(
            "types", sa.JSON().with_variant(postgresql.JSONB(astext_type=sa.Text()), "postgresql"), nullable=True
        ),
        sa.PrimaryKeyConstraint("practice_id", "id", name=op.f("pk_ehr")),
    )
    op.create_table(
        "lease",
        sa.Column("name", sa.String(length=140), nullable=False),
        sa.Column("holder", sa.String(), nullable=False),
        sa.Column("until", UtcDateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("name", name=op.f("pk_lease")),
    )
    op.create_table(
        "link",
        sa.Column("practice_id", sa.String(length=64), nullable=False),
        sa.Column("ehr", sa.String(length=64), nullable=False),
        sa.Column("visit", sa.String(length=140), nullable=False),
        sa.Column("no", sa.Integer(), nullable=False),
        sa.Column("current", sa.Boolean(), nullable=False),
        sa.Column("band", sa.String(length=12), nullable=False),
        sa.Column(
            "referrals", sa.JSON().with_variant(postgresql.JSONB(astext_type=sa.Text()), "postgresql"), nullable=False
        ),
        sa.Column("method", sa.String(), nullable=True),
        sa.Column("confidence", sa.Double(), nullable=False),
        sa.Column(
            "because", sa.JSON().with_variant(postgresql.JSONB(astext_type=sa.Text()), "postgresql"), nullable=False
        ),
        sa.Column(
            "candidates", sa.JSON().with_variant(postgresql.JSONB(astext_type=sa.Text()), "postgresql"), nullable=False
        ),
        sa.PrimaryKeyConstraint("practice_id", "ehr", "visit", "no", name=op.f("pk_link")),
    )
    with op.batch_alter_table("link", schema=None) as batch_op:
        batch_op.create_index(
            "ix_link_current",
            ["practice_id", "ehr", "band"],
            unique=False,
            sqlite_where=sa.text("current"),
            postgresql_where=sa.text("current"),
        )

    op.create_table(
        "link_decision",
        sa.Column("practice_id", sa.String(length=64), nullable=False),
        sa.Column("ehr", sa.String(length=64), nullable=False),
        sa.Column("visit", sa.String(length=140), nullable=False),
        sa.Column("no", sa.Integer(), nullable=False),
        sa.Column(
            "referrals", sa.JSON().with_variant(postgresql.JSONB(astext_type=sa.Text()), "postgresql"), nullable=False
        ),
        sa.Column("by", sa.String(), nullable=False),
        sa.Column("at", UtcDateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("practice_id", "ehr", "visit", "no", name=op.f("pk_link_decision")),
    )
    op.create_table(
        "message",
        sa.Column("practice_id", sa.String(length=64), nullable=False),
        sa.Column("id", sa.String(length=36), nullable=False),
        sa.Column(
            "recipients", sa.JSON().with_variant(postgresql.JSONB(astext_type=sa.Text()), "postgresql"), nullable=False
        ),
        sa.Column("subject", sa.String(), nullable=False),
        sa.Column("body", sa.String(), nullable=False),
        sa.Column("message_id", sa.String(length=200), nullable=False),
        sa.Column("night", sa.Date(), nullable=False),
        sa.Column("state", sa.String(length=10), nullable=False),
        sa.Column("error", sa.String(), nullable=True),
        sa.Column("sent_at", UtcDateTime(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("practice_id", "id", name=op.f("pk_message")),
    )
    with op.batch_alter_table("message", schema=None) as batch_op:
        batch_op.create_index(
            "ix_message_unsent",
            ["practice_id", "state"],
            unique=False,
            sqlite_where=sa.text("state <> 'sent'"),
            postgresql_where=sa.text("state <> 'sent'"),
        )

    op.create_table(
        "night_run",
        sa.Column("practice_id", sa.String(length=64), nullable=False),
        sa.Column("id", sa.String(length=36), nullable=False),
        sa.Column("night", sa.Date(), nullable=False),
        sa.Column("started_at", UtcDateTime(timezone=True), nullable=False),
        sa.Column("finished_at", UtcDateTime(timezone=True), nullable=True),
        sa.Column(
            "counts", sa.JSON().with_variant(postgresql.JSONB(astext_type=sa.Text()), "postgresql"), nullable=True
        ),
        sa.PrimaryKeyConstraint("practice_id", "id", name=op.f("pk_night_run")),
    )
    op.create_table(
        "obligation",
        sa.Column("practice_id", sa.String(length=64), nullable=False),
        sa.Column("id", sa.String(length=36), nullable=False),
        sa.Column("ehr", sa.String(length=64), nullable=False),
        sa.Column("kind", sa.String(length=12), nullable=False),
        sa.Column("patient", sa.String(length=140), nullable=False),
        sa.Column("person", sa.String(length=140), nullable=False),
        sa.Column("visit", sa.String(length=140), nullable=True),
        sa.Column("referral", sa.String(length=140), nullable=True),
        sa.Column("appointment", sa.String(length=140), nullable=True),
        sa.Column("state", sa.String(length=12), nullable=False),
        sa.Column("scope", sa.String(length=12), nullable=False),
        sa.Column("due_at", UtcDateTime(timezone=True), nullable=False),
        sa.Column("deadline_no", sa.Integer(), nullable=False),
        sa.Column("winner", sa.String(length=20), nullable=False),
        sa.Column("priority", sa.String(length=12), nullable=False),
        sa.Column("author", sa.String(length=140), nullable=True),
        sa.Column("owner", sa.String(length=254), nullable=False),
        sa.Column(
            "referrer", sa.JSON().with_variant(postgresql.JSONB(astext_type=sa.Text()), "postgresql"), nullable=True
        ),
        sa.Column("guessed", sa.Boolean(), nullable=False),
        sa.Column("sent_at", UtcDateTime(timezone=True), nullable=True),
        sa.Column("on_time", sa.Boolean(), nullable=True),
        sa.Column("fired_rung", sa.Integer(), nullable=False),
        sa.Column("fired_on", sa.Date(), nullable=True),
        sa.Column("alert_after", UtcDateTime(timezone=True), nullable=True),
        sa.Column("assigned_to", sa.String(), nullable=True),
        sa.Column("return_by_hand", sa.Date(), nullable=True),
        sa.Column("due_by_hand", UtcDateTime(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("practice_id", "id", name=op.f("pk_obligation")),
    )
    with op.batch_alter_table("obligation", schema=None) as batch_op:
        batch_op.create_index(
            "ix_obligation_alert_after",
            ["practice_id", "alert_after"],
            unique=False,
            sqlite_where=sa.text("alert_after IS NOT NULL"),
            postgresql_where=sa.text("alert_after IS NOT NULL"),
        )
        batch_op.create_index(
            "ix_obligation_open_due",
            ["practice_id", "kind", "due_at"],
            unique=False,
            sqlite_where=sa.text("state NOT IN ('confirmed', 'waived')"),
            postgresql_where=sa.text("state NOT IN ('confirmed', 'waived')"),
        )
        batch_op.create_index("ix_obligation_person", ["practice_id", "ehr", "person"], unique=False)

    op.create_table(
        "patient",
        sa.Column("practice_id", sa.String(length=64), nullable=False),
        sa.Column("ehr", sa.String(length=64), nullable=False),
        sa.Column("id", sa.String(length=140), nullable=False),
        sa.Column("person", sa.String(length=140), nullable=False),
        sa.Column("name", sa.String(), nullable=True),
        sa.Column("birth_date", sa.String(), nullable=True),
        sa.Column("gender", sa.String(), nullable=True),
        sa.Column("mrn", sa.String(), nullable=True),
        sa.Column("touched", sa.String(length=16), nullable=True),
        sa.Column("judged", sa.Boolean(), server_default=sa.false(), nullable=False),
        sa.PrimaryKeyConstraint("practice_id", "ehr", "id", name=op.f("pk_patient")),
    )
    with op.batch_alter_table("patient", schema=None) as batch_op:
        batch_op.create_index("ix_patient_person", ["practice_id", "ehr", "person"], unique=False)
        batch_op.create_index(
            "ix_patient_touched",
            ["practice_id", "ehr"],
            unique=False,
            sqlite_where=sa.text("touched IS NOT NULL"),
            postgresql_where=sa.text("touched IS NOT NULL"),
        )

    op.create_table(
        "practice",
        sa.Column("practice_id", sa.String(length=64), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("timezone", sa.String(), nullable=False),
        sa.PrimaryKeyConstraint("practice_id", name=op.f("pk_practice")),
    )
    op.create_table(
        "referral",
        sa.Column("practice_id", sa.String(length=64), nullable=False),
        sa.Column("ehr", sa.String(length=64), nullable=False),
        sa.Column("id", sa.String(length=140), nullable=False),
        sa.Column("patient", sa.String(length=140), nullable=False),
        sa.Column("person", sa.String(length=140), nullable=False),
        sa.Column("status", sa.String(), nullable=False),
        sa.Column("priority", sa.String(), nullable=False),
        sa.Column("authored_on", sa.String(), nullable=True),
        sa.Column(
            "identifiers", sa.JSON().with_variant(postgresql.JSONB(astext_type=sa.Text()), "postgresql"), nullable=False
        ),
        sa.Column("label", sa.String(), nullable=True),
        sa.Column("question", sa.String(), nullable=True),
        sa.Column(
            "requester", sa.JSON().with_variant(postgresql.JSONB(astext_type=sa.Text()), "postgresql"), nullable=False
        ),
        sa.PrimaryKeyConstraint("practice_id", "ehr", "id", name=op.f("pk_referral")),
    )
    with op.batch_alter_table("referral", schema=None) as batch_op:
        batch_op.create_index("ix_referral_person", ["practice_id", "ehr", "person"], unique=False)

    op.create_table(
        "requester_decision",
        sa.Column("practice_id", sa.String(length=64), nullable=False),
        sa.Column("ehr", sa.String(length=64), nullable=False),
        sa.Column("requester", sa.String(length=140), nullable=False),
        sa.Column(
            "referrer", sa.JSON().with_variant(postgresql.JSONB(astext_type=sa.Text()), "postgresql"), nullable=True
        ),
        sa.Column("by", sa.String(), nullable=False),
        sa.Column("at", UtcDateTime(timezone=True), nullable=False),
        sa.Column("effective_from", sa.Date(), nullable=True),
        sa.PrimaryKeyConstraint("practice_id", "ehr", "requester", name=op.f("pk_requester_decision")),
    )
    op.create_table(
        "resource",
        sa.Column("practice_id", sa.String(length=64), nullable=False),
        sa.Column("ehr", sa.String(length=64), nullable=False),
        sa.Column("type", sa.String(length=40), nullable=False),
        sa.Column("fhir_id", sa.String(length=128), nullable=False),
        sa.Column("version", sa.String(), nullable=True),
        sa.Column("last_updated", sa.String(), nullable=True),
        sa.Column("sha256", sa.String(length=64), nullable=True),
        sa.Column("disposition", sa.String(length=12), nullable=False),
        sa.Column("reason", sa.String(), nullable=True),
        sa.Column("detail", sa.String(), nullable=True),
        sa.Column("patient", sa.String(length=140), nullable=True),
        sa.Column("seen_at", UtcDateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("practice_id", "ehr", "type", "fhir_id", name=op.f("pk_resource")),
    )
    with op.batch_alter_table("resource", schema=None) as batch_op:
        batch_op.create_index("ix_resource_patient", ["practice_id", "ehr", "patient"], unique=False)
        batch_op.create_index(
            "ix_resource_quarantine",
            ["practice_id", "ehr"],
            unique=False,
            sqlite_where=sa.text("disposition = 'quarantined'"),
            postgresql_where=sa.text("disposition = 'quarantined'"),
        )

    op.create_table(
        "search_key",
        sa.Column("practice_id", sa.String(length=64), nullable=False),
        sa.Column("key", sa.String(length=43), nullable=False),
        sa.Column("words", sa.String(), nullable=False),
        sa.Column("user_id", sa.String(length=36), nullable=False),
        sa.Column("made_at", UtcDateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("practice_id", "key", name=op.f("pk_search_key")),
    )
    op.create_table(
        "sign_in_link",
        sa.Column("practice_id", sa.String(length=64), nullable=False),
        sa.Column("digest", sa.String(length=64), nullable=False),
        sa.Column("user_id", sa.String(length=36), nullable=False),
        sa.Column("expires_at", UtcDateTime(timezone=True), nullable=False),
        sa.Column("used_at", UtcDateTime(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("practice_id", "digest", name=op.f("pk_sign_in_link")),
    )
    op.create_table(
        "sync_run",
        sa.Column("practice_id", sa.String(length=64), nullable=False),
        sa.Column("id", sa.String(length=36), nullable=False),
        sa.Column("ehr", sa.String(length=64), nullable=False),
        sa.Column("started_at", UtcDateTime(timezone=True), nullable=False),
        sa.Column("finished_at", UtcDateTime(timezone=True), nullable=True),
        sa.Column("complete", sa.Boolean(), nullable=False),
        sa.Column(
            "counts", sa.JSON().with_variant(postgresql.JSONB(astext_type=sa.Text()), "postgresql"), nullable=True
        ),
        sa.Column("error", sa.String(), nullable=True),
        sa.PrimaryKeyConstraint("practice_id", "id", name=op.f("pk_sync_run")),
    )
    with op.batch_alter_table("sync_run", schema=None) as batch_op:
        batch_op.create_index("ix_sync_run_finished", ["practice_id", "ehr", "finished_at"], unique=False)

    op.create_table(
        "transition",
        sa.Column("practice_id", sa.String(length=64), nullable=False),
        sa.Column("obligation", sa.String(length=36), nullable=False),
        sa.Column("no", sa.Integer(), nullable=False),
        sa.Column("from_state", sa.String(length=12), nullable=True),
        sa.Column("to_state", sa.String(length=12), nullable=False),
        sa.Column("effective_at", UtcDateTime(timezone=True), nullable=False),
        sa.Column("detected_at", UtcDateTime(timezone=True), nullable=False),
        sa.Column("actor", sa.String(), nullable=False),
        sa.Column("evidence", sa.String(), nullable=True),
        sa.Column("evidence_sha256", sa.String(length=64), nullable=True),
        sa.Column("code", sa.String(), nullable=True),
        sa.Column("note", sa.String(), nullable=True),
        sa.PrimaryKeyConstraint("practice_id", "obligation", "no", name=op.f("pk_transition")),
    )
    op.create_table(
        "user",
        sa.Column("practice_id", sa.String(length=64), nullable=False),
        sa.Column("id", sa.String(length=36), nullable=False),
        sa.Column("email", sa.String(length=254), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("role", sa.String(length=12), nullable=False),
        sa.Column("reference", sa.String(length=140), nullable=True),
        sa.Column("password_hash", sa.String(), nullable=True),
        sa.Column("disabled", sa.Boolean(), nullable=False),
        sa.PrimaryKeyConstraint("practice_id", "id", name=op.f("pk_user")),
        sa.UniqueConstraint("practice_id", "email", name=op.f("uq_user_practice_id_email")),
    )
    op.create_table(
        "user_session",
        sa.Column("practice_id", sa.String(length=64), nullable=False),
        sa.Column("digest", sa.String(length=64), nullable=False),
        sa.Column("user_id", sa.String(length=36), nullable=False),
        sa.Column("created_at", UtcDateTime(timezone=True), nullable=False),
        sa.Column("seen_at", UtcDateTime(timezone=True), nullable=False),
        sa.Column("ended_at", UtcDateTime(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("practice_id", "digest", name=op.f("pk_user_session")),
    )
    op.create_table(
        "visit",
        sa.Column("practice_id", sa.String(length=64), nullable=False),
        sa.Column("ehr", sa.String(length=64), nullable=False),
        sa.Column("id", sa.String(length=140), nullable=False),
        sa.Column("patient", sa.String(length=140), nullable=False),
        sa.Column("person", sa.String(length=140), nullable=False),
        sa.Column("start", UtcDateTime(timezone=True), nullable=False),
        sa.Column("end", UtcDateTime(timezone=True), nullable=False),
        sa.Column("assumed", sa.Boolean(), nullable=False),
        sa.Column("baseline", sa.Boolean(), nullable=False),
        sa.Column("promoted", sa.Boolean(), nullable=False),
        sa.Column(
            "clinicians", sa.JSON().with_variant(postgresql.JSONB(astext_type=sa.Text()), "postgresql"), nullable=False
        ),
        sa.Column("author", sa.String(), nullable=True),
        sa.Column("label", sa.String(), nullable=True),
        sa.Column("outcome", sa.String(), nullable=False),
        sa.PrimaryKeyConstraint("practice_id", "ehr", "id", name=op.f("pk_visit")),
    )
    with op.batch_alter_table("visit", schema=None) as batch_op:
        batch_op.create_index("ix_visit_person", ["practice_id", "ehr", "person"], unique=False)

    op.create_table(
        "watermark",
        sa.Column("practice_id", sa.String(length=64), nullable=False),
        sa.Column("ehr", sa.String(length=64), nullable=False),
        sa.Column("type", sa.String(length=40), nullable=False),
        sa.Column("scope", sa.String(length=140), nullable=False),
        sa.Column("value", UtcDateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("practice_id", "ehr", "type", "scope", name=op.f("pk_watermark")),
    )
