"""The loop: referrals, visits, bookings, and the ties between them."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import Index, String
from sqlalchemy.orm import Mapped, mapped_column

from loopclose.store.base import Base, PracticeOwned, partial_index


class ReferralRow(PracticeOwned, Base):
    """A ServiceRequest admitted as a referral to us, or of which nobody knows yet whether it is one."""

    __tablename__ = "referral"
    ehr: Mapped[str] = mapped_column(String(64), primary_key=True)
    id: Mapped[str] = mapped_column(String(140), primary_key=True)
    """``ServiceRequest/id``."""
    patient: Mapped[str] = mapped_column(String(140))
    person: Mapped[str] = mapped_column(String(140))
    status: Mapped[str]
    priority: Mapped[str]
    authored_on: Mapped[str | None]
    """As the request says it."""
    identifiers: Mapped[list[Any]]
    """``{system, value}`` each."""
    label: Mapped[str | None]
    """What was asked for, in the request's words."""
    question: Mapped[str | None]
    """Why, in the request's words."""
    requester: Mapped[dict[str, Any]]
    """The resolved Person, as a mapping."""
    requester_key: Mapped[str | None] = mapped_column(String(160))
    """Its key, by which everything that somebody asks is found."""
    __table_args__ = (
        Index("ix_referral_person", "practice_id", "ehr", "person"),
        Index("ix_referral_requester", "practice_id", "ehr", "requester_key"),
    )


class VisitRow(PracticeOwned, Base):
    """A visit of ours that happened."""

    __tablename__ = "visit"
    ehr: Mapped[str] = mapped_column(String(64), primary_key=True)
    id: Mapped[str] = mapped_column(String(140), primary_key=True)
    """``Encounter/id``, or ``Appointment/id`` where no Encounter came."""
    patient: Mapped[str] = mapped_column(String(140))
    person: Mapped[str] = mapped_column(String(140))
    start: Mapped[datetime]
    end: Mapped[datetime]
    assumed: Mapped[bool]
    baseline: Mapped[bool]
    promoted: Mapped[bool] = mapped_column(default=False)
    """A person made this baseline visit count."""
    clinicians: Mapped[list[Any]]
    author: Mapped[str | None]
    label: Mapped[str | None]
    outcome: Mapped[str]
    """``report``, ``resolve``, or a code of NOTHING_OWED."""
    doubts: Mapped[list[Any]] = mapped_column(default=list, server_default="[]")
    """What is to be said of its times, in sentences."""
    __table_args__ = (Index("ix_visit_person", "practice_id", "ehr", "person"),)


class AppointmentRow(PracticeOwned, Base):
    """A booking of a patient who is followed."""

    __tablename__ = "appointment"
    ehr: Mapped[str] = mapped_column(String(64), primary_key=True)
    id: Mapped[str] = mapped_column(String(140), primary_key=True)
    patient: Mapped[str] = mapped_column(String(140))
    person: Mapped[str] = mapped_column(String(140))
    status: Mapped[str]
    start: Mapped[datetime | None]
    end: Mapped[datetime | None]
    with_us: Mapped[bool]
    with_whom: Mapped[str | None]
    referrals: Mapped[list[Any]]
    """``ServiceRequest/id`` it is based on."""
    __table_args__ = (
        Index("ix_appointment_person", "practice_id", "ehr", "person"),
        Index("ix_appointment_start", "practice_id", "ehr", "start"),
    )


class LinkRow(PracticeOwned, Base):
    """One verdict on one visit. A new verdict is a new row; the old one is superseded, never changed."""

    __tablename__ = "link"
    ehr: Mapped[str] = mapped_column(String(64), primary_key=True)
    visit: Mapped[str] = mapped_column(String(140), primary_key=True)
    no: Mapped[int] = mapped_column(primary_key=True)
    current: Mapped[bool]
    band: Mapped[str] = mapped_column(String(12))
    referrals: Mapped[list[Any]]
    method: Mapped[str | None]
    confidence: Mapped[float]
    because: Mapped[list[Any]]
    candidates: Mapped[list[Any]]
    """``{referral, confidence, because}`` each."""
    unseen: Mapped[list[Any]] = mapped_column(default=list, server_default="[]")
    """What the chart names as a referral and nobody can read: ``ServiceRequest/id``, an identifier or a display."""
    __table_args__ = (partial_index("ix_link_current", "practice_id", "ehr", "band", where="current"),)


class LinkDecisionRow(PracticeOwned, Base):
    """A person's word on which referrals a visit answers; it is applied again after every sync."""

    __tablename__ = "link_decision"
    ehr: Mapped[str] = mapped_column(String(64), primary_key=True)
    visit: Mapped[str] = mapped_column(String(140), primary_key=True)
    no: Mapped[int] = mapped_column(primary_key=True)
    referrals: Mapped[list[Any]]
    """Empty: the visit answers no referral."""
    by: Mapped[str]
    at: Mapped[datetime]
    unseen: Mapped[list[Any]] = mapped_column(default=list, server_default="[]")
    """``ServiceRequest/id`` of referrals that could not be read when it was taken: it is asked again once they can."""
