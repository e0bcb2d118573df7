"""Who is who: practices, patients, clinicians, users and their sessions."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import Index, String, UniqueConstraint, false
from sqlalchemy.orm import Mapped, mapped_column

from loopclose.store.base import Base, PracticeOwned, partial_index


class PracticeRow(PracticeOwned, Base):
    """A practice that Loopclose works for."""

    __tablename__ = "practice"
    name: Mapped[str]
    timezone: Mapped[str]


class PatientRow(PracticeOwned, Base):
    """A patient record of one EHR. Records of one person share ``person``."""

    __tablename__ = "patient"
    ehr: Mapped[str] = mapped_column(String(64), primary_key=True)
    id: Mapped[str] = mapped_column(String(140), primary_key=True)
    """``Patient/id``."""
    person: Mapped[str] = mapped_column(String(140))
    """The first key, by sort order, of the linked records."""
    name: Mapped[str | None]
    alike: Mapped[str | None]
    """The name as it is compared: without case, accents, titles and order."""
    birth_date: Mapped[str | None]
    gender: Mapped[str | None]
    mrn: Mapped[str | None]
    mrn_kind: Mapped[str | None]
    """What the record number is called: ``MRN``, or its type or system where it is another."""
    touched: Mapped[str | None] = mapped_column(String(16))
    """Another mark each time something was read of this record; None once it is judged as it stands."""
    judged: Mapped[bool] = mapped_column(server_default=false())
    """Whether it was ever judged: of a person who never was, nothing stands."""
    read_at: Mapped[datetime | None]
    """When everything of this record was last read; None of one that is to be read for the first time."""
    __table_args__ = (
        Index("ix_patient_person", "practice_id", "ehr", "person"),
        partial_index("ix_patient_alike", "practice_id", "alike", "birth_date", where="alike IS NOT NULL"),
        partial_index("ix_patient_touched", "practice_id", "ehr", where="touched IS NOT NULL"),
        partial_index("ix_patient_never_read", "practice_id", "ehr", where="read_at IS NULL"),
    )


class ClinicianRow(PracticeOwned, Base):
    """A clinician or organization named in what was read."""

    __tablename__ = "clinician"
    ehr: Mapped[str] = mapped_column(String(64), primary_key=True)
    key: Mapped[str] = mapped_column(String(140), primary_key=True)
    """``Practitioner/id`` or ``Organization/id``."""
    name: Mapped[str | None]
    npi: Mapped[str | None]
    ours: Mapped[bool] = mapped_column(default=False)
    __table_args__ = (Index("ix_clinician_npi", "practice_id", "npi"),)


class User(PracticeOwned, Base):
    """Somebody who signs in or is told. ``reference`` ties a clinician to ``Practitioner/id`` or an NPI."""

    __tablename__ = "user"
    id: Mapped[str] = mapped_column(String(36), primary_key=True)
    email: Mapped[str] = mapped_column(String(254))
    name: Mapped[str]
    role: Mapped[str] = mapped_column(String(12))
    """One of ``domain.roles.ROLES``; whoever has another may do nothing."""
    reference: Mapped[str | None] = mapped_column(String(140))
    password_hash: Mapped[str | None]
    disabled: Mapped[bool] = mapped_column(default=False)
    __table_args__ = (UniqueConstraint("practice_id", "email"),)


class UserSession(PracticeOwned, Base):
    """A signed-in browser, by the digest of its cookie. Ending the row ends the session."""

    __tablename__ = "user_session"
    digest: Mapped[str] = mapped_column(String(64), primary_key=True)
    user_id: Mapped[str] = mapped_column(String(36))
    created_at: Mapped[datetime]
    seen_at: Mapped[datetime]
    ended_at: Mapped[datetime | None]
    proved_at: Mapped[datetime | None]
    """When whoever sits there last showed again who they are, for signing."""
    proved_by: Mapped[str | None] = mapped_column(String(12))
    """How: a key of ``flows.proving.WAYS``."""
    __table_args__ = (partial_index("ix_user_session_live", "practice_id", "user_id", where="ended_at IS NULL"),)


class SignInLink(PracticeOwned, Base):
    """A link that signs in once, by its digest."""

    __tablename__ = "sign_in_link"
    digest: Mapped[str] = mapped_column(String(64), primary_key=True)
    user_id: Mapped[str] = mapped_column(String(36))
    expires_at: Mapped[datetime]
    used_at: Mapped[datetime | None]


class SearchKey(PracticeOwned, Base):
    """An opaque key for words somebody searched for, so that no patient's name stands in a URL."""

    __tablename__ = "search_key"
    key: Mapped[str] = mapped_column(String(43), primary_key=True)
    words: Mapped[str]
    user_id: Mapped[str] = mapped_column(String(36))
    made_at: Mapped[datetime]
    __table_args__ = (Index("ix_search_key_made", "practice_id", "made_at"),)


class Audit(PracticeOwned, Base):
    """One look at, or change of, patient data."""

    __tablename__ = "audit"
    id: Mapped[str] = mapped_column(String(36), primary_key=True)
    at: Mapped[datetime]
    actor: Mapped[str]
    action: Mapped[str] = mapped_column(String(40))
    subject: Mapped[str | None]
    """The thing looked at, by id: never a name."""
    detail: Mapped[dict[str, Any] | None]
    segment: Mapped[int | None]
    """The number of the segment that seals it; None until then."""
    __table_args__ = (
        Index("ix_audit_at", "practice_id", "at"),
        Index("ix_audit_segment", "practice_id", "segment"),
        partial_index("ix_audit_unsealed", "practice_id", "at", "id", where="segment IS NULL"),
    )


class AuditSegment(PracticeOwned, Base):
    """A seal over some rows of the audit and over the segment before: changing either shows."""

    __tablename__ = "audit_segment"
    no: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    """1, 2, 3, … within a practice."""
    sealed_at: Mapped[datetime]
    rows: Mapped[int]
    sha256: Mapped[str] = mapped_column(String(64))
