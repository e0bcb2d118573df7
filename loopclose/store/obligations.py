"""What is owed: obligations, their deadlines and their history, and the documents that meet them."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from sqlalchemy import Index, LargeBinary, String
from sqlalchemy.orm import Mapped, mapped_column

from loopclose.store.base import Base, PracticeOwned, partial_index
from loopclose.store.conditions import CLOSED_ONLY, OPEN_ONLY

IN_ORDER = ("practice_id", "kind", "due_at", "id")
LISTED = (*IN_ORDER, "state", "priority", "ehr", "author", "owner", "referrer_key")
"""All that counts, filters and the order of a list look at, so that they need not look at the rows."""


class Obligation(PracticeOwned, Base):
    """Something owed by a time. Late is never stored: it is ``due_at`` against the clock."""

    __tablename__ = "obligation"
    id: Mapped[str] = mapped_column(String(36), primary_key=True)
    """UUIDv5 of (practice, ehr, kind, visit or appointment, referral)."""
    ehr: Mapped[str] = mapped_column(String(64))
    kind: Mapped[str] = mapped_column(String(12).with_variant(String(16), "postgresql"))  # SQLite knows no lengths
    patient: Mapped[str] = mapped_column(String(140))
    person: Mapped[str] = mapped_column(String(140))
    visit: Mapped[str | None] = mapped_column(String(140))
    referral: Mapped[str | None] = mapped_column(String(140))
    appointment: Mapped[str | None] = mapped_column(String(140))
    state: Mapped[str] = mapped_column(String(12))
    scope: Mapped[str] = mapped_column(String(12), default="full")
    """Of a report: ``full`` consult note, or ``progress`` for a later visit under the same referral."""
    due_at: Mapped[datetime]
    deadline_no: Mapped[int]
    winner: Mapped[str] = mapped_column(String(20))
    priority: Mapped[str] = mapped_column(String(12), default="routine")
    author: Mapped[str | None] = mapped_column(String(140))
    """``Practitioner/id`` of ours who writes it."""
    owner: Mapped[str] = mapped_column(String(254))
    """E-mail of the user whose move it is, or the role ``coordinator`` where there is no such user."""
    referrer: Mapped[dict[str, Any] | None]
    """The Referrer as a mapping."""
    guessed: Mapped[bool] = mapped_column(default=False)
    sent_at: Mapped[datetime | None]
    on_time: Mapped[bool | None]
    """Whether the first transmission came by ``due_at``; None before it."""
    ladder_no: Mapped[int] = mapped_column(default=1, server_default="1")
    """How many ladders it began: one, and another each time it was closed or sent and waits again."""
    fired_rung: Mapped[int] = mapped_column(default=0)
    """Highest rung fired of the present ladder under the present deadline number; above the top: reminders."""
    fired_on: Mapped[date | None]
    """The practice-local date on which something was last told of the present deadline."""
    alert_after: Mapped[datetime | None]
    """When the next rung is due; None when nothing is open."""
    assigned_to: Mapped[str | None]
    """A user's e-mail, where a person moved it to somebody."""
    return_by_hand: Mapped[date | None]
    """A date on which the patient sees the referrer again, as a person entered it."""
    return_source: Mapped[str | None] = mapped_column(String(24))
    """How that date is known: a key of ``domain.returns.SOURCES``."""
    returns_at: Mapped[datetime | None]
    """When the patient is back with the referrer, by whatever is known; a date without a time is its first moment."""
    due_by_hand: Mapped[datetime | None]
    patient_name: Mapped[str | None]
    """What a row of a list says of the patient and the referrer stands on it; judging keeps it right."""
    patient_birth_date: Mapped[str | None]
    patient_gender: Mapped[str | None]
    patient_mrn: Mapped[str | None]
    patient_mrn_kind: Mapped[str | None]
    referrer_name: Mapped[str | None]
    referrer_npi: Mapped[str | None]
    referrer_key: Mapped[str | None] = mapped_column(String(210))
    """Who it is, for filters: ``domain.clinician_key.clinician_key``."""
    words: Mapped[str] = mapped_column(default="", server_default="")
    """By which it is found: ``domain.searching.words_of`` patient and referrer."""
    chased: Mapped[int] = mapped_column(server_default="0")
    """How often somebody of the referrer's side asked where it is (``store.chases``)."""
    __table_args__ = (
        Index("ix_obligation_person", "practice_id", "ehr", "person"),
        Index("ix_obligation_visit", "practice_id", "visit", "kind"),
        Index("ix_obligation_referrer", "practice_id", "referrer_key", *IN_ORDER[1:]),
        Index("ix_obligation_born", "practice_id", "patient_birth_date", *IN_ORDER[1:]),
        partial_index("ix_obligation_open", *LISTED, "winner", "sent_at", "chased", where=OPEN_ONLY),
        partial_index("ix_obligation_closed", *IN_ORDER, "state", "priority", "owner", where=CLOSED_ONLY),
        partial_index("ix_obligation_closed_author", "practice_id", "ehr", "author", *IN_ORDER[1:], where=CLOSED_ONLY),
        partial_index("ix_obligation_alert_after", "practice_id", "alert_after", where="alert_after IS NOT NULL"),
    )


class DeadlineRow(PracticeOwned, Base):
    """One deadline of an obligation, numbered from 1; the highest number holds."""

    __tablename__ = "deadline"
    obligation: Mapped[str] = mapped_column(String(36), primary_key=True)
    no: Mapped[int] = mapped_column(primary_key=True)
    due_at: Mapped[datetime]
    winner: Mapped[str] = mapped_column(String(20))
    reasons: Mapped[list[Any]]
    """``{rule, at, because}`` each, every rule that applied."""
    changed_because: Mapped[str | None]
    """Why this one replaced the one before; None for the first."""


class TransitionRow(PracticeOwned, Base):
    """One change of state, numbered from 1."""

    __tablename__ = "transition"
    obligation: Mapped[str] = mapped_column(String(36), primary_key=True)
    no: Mapped[int] = mapped_column(primary_key=True)
    from_state: Mapped[str | None] = mapped_column(String(12))
    to_state: Mapped[str] = mapped_column(String(12))
    effective_at: Mapped[datetime]
    """When it came true."""
    detected_at: Mapped[datetime]
    """When we learned of it (wall clock)."""
    actor: Mapped[str]
    """``ehr``, ``loopclose`` or a user's e-mail."""
    evidence: Mapped[str | None]
    """The resource, receipt or attestation it rests on."""
    evidence_sha256: Mapped[str | None] = mapped_column(String(64))
    code: Mapped[str | None]
    note: Mapped[str | None]


class Document(PracticeOwned, Base):
    """One version of a paper. A signed version never changes; its digest is kept, shown and verified."""

    __tablename__ = "document"
    obligation: Mapped[str] = mapped_column(String(36), primary_key=True)
    kind: Mapped[str] = mapped_column(String(24), primary_key=True)
    """consult-note, prescription-sheet, or ehr-note."""
    version: Mapped[int] = mapped_column(primary_key=True)
    sha256: Mapped[str] = mapped_column(String(64))
    """Of ``body``."""
    media_type: Mapped[str]
    body: Mapped[bytes] = mapped_column(LargeBinary)
    """A paper in its JSON form (docs/papers.md), or a note of the chart in its own."""
    page: Mapped[bytes | None] = mapped_column(LargeBinary)
    """The page as which an earlier release kept this draft, set aside when it was drafted again."""
    source: Mapped[str | None]
    """``DocumentReference/id`` when it is a note of the chart."""
    signed_by: Mapped[str | None]
    signed_at: Mapped[datetime | None]
    drafted_at: Mapped[datetime | None]
    """When the chart that it was drafted from had been read; None of drafts of earlier releases."""
