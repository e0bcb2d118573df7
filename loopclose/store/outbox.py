"""What is told: alerts, the messages that carry them, and the attempts to send those."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from sqlalchemy import Index, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from loopclose.store.base import Base, PracticeOwned, partial_index


class Alert(PracticeOwned, Base):
    """One rung of one ladder of one deadline of one obligation, for one recipient."""

    __tablename__ = "alert"
    id: Mapped[str] = mapped_column(String(36), primary_key=True)
    obligation: Mapped[str] = mapped_column(String(36))
    deadline_no: Mapped[int]
    ladder_no: Mapped[int] = mapped_column(default=1, server_default="1")
    rung: Mapped[int]
    recipient: Mapped[str] = mapped_column(String(254))
    """E-mail of a user, or ``nobody:ROLE`` where nobody had the role: failed, and visible."""
    message: Mapped[str | None] = mapped_column(String(36))
    """The mail that told it. Of ``nobody:ROLE``: that by which whoever had the role later was told after all."""
    __table_args__ = (
        UniqueConstraint(
            "practice_id",
            "obligation",
            "deadline_no",
            "ladder_no",
            "rung",
            "recipient",
            name="uq_alert_told_once",
        ),
        Index("ix_alert_message", "practice_id", "message"),
    )


class Message(PracticeOwned, Base):
    """A mail, frozen when planned: the same recipients, bytes and Message-ID however often it is sent."""

    __tablename__ = "message"
    id: Mapped[str] = mapped_column(String(36), primary_key=True)
    recipients: Mapped[list[Any]]
    subject: Mapped[str]
    body: Mapped[str]
    message_id: Mapped[str] = mapped_column(String(200))
    night: Mapped[date]
    """The practice-local date it belongs to."""
    state: Mapped[str] = mapped_column(String(10))
    """planned, sent or failed."""
    error: Mapped[str | None]
    sent_at: Mapped[datetime | None]
    __table_args__ = (partial_index("ix_message_unsent", "practice_id", "state", where="state <> 'sent'"),)


class Attempt(PracticeOwned, Base):
    """One try to hand a message to a mail server; written before the try."""

    __tablename__ = "attempt"
    message: Mapped[str] = mapped_column(String(36), primary_key=True)
    no: Mapped[int] = mapped_column(primary_key=True)
    started_at: Mapped[datetime]
    ended_at: Mapped[datetime | None]
    error: Mapped[str | None]
    final: Mapped[bool] = mapped_column(default=False)


class NightRun(PracticeOwned, Base):
    """One night run of a practice-local date: when it began and ended, and what it counted."""

    __tablename__ = "night_run"
    id: Mapped[str] = mapped_column(String(36), primary_key=True)
    night: Mapped[date]
    started_at: Mapped[datetime]
    finished_at: Mapped[datetime | None]
    counts: Mapped[dict[str, Any] | None]
    __table_args__ = (Index("ix_night_run_started", "practice_id", "started_at"),)
