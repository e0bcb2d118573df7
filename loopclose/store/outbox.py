"""What is told: alerts, the messages that carry them, the attempts to send those, and whom none of it reaches."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from sqlalchemy import Index, String, UniqueConstraint, false
from sqlalchemy.orm import Mapped, mapped_column

from loopclose.store.base import Base, PracticeOwned, partial_index
from loopclose.store.conditions import states_in


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


PLANNED, SENDING, SENT, WAITING = "planned", "sending", "sent", "waiting"
FAILED, HELD, CANCELLED = "failed", "held", "cancelled"
STATES = {
    PLANNED: "made, and not yet handed to a mail server",
    SENDING: "being handed over; or the process died at it, and nobody knows whether it was taken",
    SENT: "taken by the mail server",
    WAITING: "not taken yet; it is tried again by itself",
    FAILED: "refused for good: it is tried again only when somebody says so",
    HELD: "held after a restore of the database, as it may have left before: somebody sends or drops it",
    CANCELLED: "not sent, as it is not true any more, or another mail says it, or somebody dropped it",
}
"""What can be with a message."""
TO_SEND, UNDECIDED = (PLANNED, WAITING, SENDING), (FAILED, HELD)
"""Those that leave by themselves, and those that wait for a person."""
NOT_OVER = (*TO_SEND, *UNDECIDED)
"""All but what was sent or cancelled."""
ALERTS, UNREACHABLE, RESTORED, CHASED = "alerts", "unreachable", "restored", "chased"
"""What a message is about: alerts; somebody whom no mail reaches; mails held after a restore; reports that the
referrer's side asked for, where there is nothing else to tell."""


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
    """One of ``STATES``."""
    error: Mapped[str | None]
    """Why it is not sent, in one sentence."""
    sent_at: Mapped[datetime | None]
    about: Mapped[str] = mapped_column(String(12), default=ALERTS, server_default=ALERTS)
    about_whom: Mapped[str | None] = mapped_column(String(254))
    """E-mail of the user whom no mail reaches; of a notice of a restore, when that was."""
    planned_at: Mapped[datetime | None]
    """None: made before this was noted."""
    tries: Mapped[int] = mapped_column(default=0, server_default="0")
    """How often it was claimed; a claim names the number that it saw."""
    put_off: Mapped[int] = mapped_column(default=0, server_default="0")
    """How often a server put it, or the messages that it replaces, off."""
    try_after: Mapped[datetime | None]
    maybe_taken: Mapped[bool] = mapped_column(default=False, server_default=false())
    """Whether a server may have taken it without our learning of it."""
    claimed_by: Mapped[str | None]
    """Which process handed it over last, as leases name it."""
    claimed_at: Mapped[datetime | None]
    note: Mapped[str | None]
    """What happened after it was taken."""
    replaced_by: Mapped[str | None] = mapped_column(String(36))
    decided_by: Mapped[str | None] = mapped_column(String(254))
    """Who sent it again, or dropped it."""
    decided_at: Mapped[datetime | None]
    __table_args__ = (
        partial_index("ix_message_open", "practice_id", "state", where=states_in(NOT_OVER)),
        Index("ix_message_night", "practice_id", "night", "id"),
        partial_index("ix_message_notice", "practice_id", "about", "about_whom", where="about <> 'alerts'"),
    )


class UnreachableRow(PracticeOwned, Base):
    """A user whose mail was refused for good, until one is taken again."""

    __tablename__ = "unreachable"
    email: Mapped[str] = mapped_column(String(254), primary_key=True)
    since: Mapped[datetime]
    reason: Mapped[str]
    message: Mapped[str] = mapped_column(String(36))
    """The first that was refused."""


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
