"""Queries of obligations that call for an alert, and of the messages that carry alerts."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import case, func, select
from sqlalchemy.orm import Session, defer

from loopclose.store.base import Scope, mine
from loopclose.store.lateness import is_late, not_yet_sent
from loopclose.store.obligations import Obligation
from loopclose.store.outbox import Alert, Attempt, Message
from loopclose.store.people import ClinicianRow, User

LISTED_ONLY = (
    Obligation.patient,
    Obligation.person,
    Obligation.visit,
    Obligation.referral,
    Obligation.appointment,
    Obligation.scope,
    Obligation.guessed,
    Obligation.owner,
    Obligation.referrer,
    Obligation.words,
    Obligation.patient_name,
    Obligation.patient_birth_date,
    Obligation.patient_gender,
    Obligation.patient_mrn,
    Obligation.referrer_name,
    Obligation.referrer_npi,
    Obligation.referrer_key,
    Obligation.return_by_hand,
    Obligation.due_by_hand,
    Obligation.sent_at,
    Obligation.on_time,
)


def to_alert(session: Session, scope: Scope, until: datetime) -> Sequence[Obligation]:
    """Open obligations whose next rung is due by ``until``, oldest first.

    What only a list shows is not loaded: of thousands it would take most of the time.
    """
    return session.scalars(
        select(Obligation)
        .options(*map(defer, LISTED_ONLY))
        .where(
            mine(Obligation, scope),
            Obligation.alert_after.is_not(None),
            Obligation.alert_after <= until,
            not_yet_sent(),
        )
        .order_by(Obligation.due_at, Obligation.id)
    ).all()


def count_open(session: Session, scope: Scope, now: datetime) -> tuple[int, int]:
    """How many obligations wait, and how many of them are late."""
    late = func.coalesce(func.sum(case((is_late(now), 1), else_=0)), 0)
    total, of_them = session.execute(
        select(func.count(), late).select_from(Obligation).where(mine(Obligation, scope), not_yet_sent())
    ).one()
    return int(total), int(of_them)


def users_by_role(session: Session, scope: Scope) -> dict[str, list[str]]:
    """E-mails of the enabled users of each role."""
    found: dict[str, list[str]] = {}
    rows = session.execute(
        select(User.role, User.email).where(mine(User, scope), User.disabled.is_(False)).order_by(User.email)
    )
    for role, email in rows:
        found.setdefault(role, []).append(email)
    return found


def authors(session: Session, scope: Scope) -> dict[str, str]:
    """E-mail by ``Practitioner/id``, for clinicians who have an account by reference or by NPI."""
    users = session.execute(
        select(User.reference, User.email).where(
            mine(User, scope), User.disabled.is_(False), User.reference.is_not(None)
        )
    ).all()
    clinicians = session.execute(
        select(ClinicianRow.npi, ClinicianRow.key).where(mine(ClinicianRow, scope), ClinicianRow.npi.is_not(None))
    ).all()
    by_npi: dict[str, list[str]] = {}
    for npi, key in clinicians:
        by_npi.setdefault(npi or "", []).append(key)
    return {
        key: email
        for reference, email in users
        if reference is not None
        for key in ([reference] if "/" in reference else by_npi.get(reference, []))
    }


def alerts_of(session: Session, scope: Scope, obligation: str) -> Sequence[Alert]:
    """What was told about one obligation, in order."""
    return session.scalars(
        select(Alert)
        .where(mine(Alert, scope), Alert.obligation == obligation)
        .order_by(Alert.deadline_no, Alert.rung, Alert.recipient)
    ).all()


def unsent(session: Session, scope: Scope) -> Sequence[Message]:
    """Messages that were planned and not yet accepted by a mail server."""
    return session.scalars(
        select(Message).where(mine(Message, scope), Message.state != "sent").order_by(Message.night, Message.id)
    ).all()


def messages(session: Session, scope: Scope, most: int = 100) -> Sequence[Message]:
    """The newest messages."""
    return session.scalars(
        select(Message).where(mine(Message, scope)).order_by(Message.night.desc(), Message.id).limit(most)
    ).all()


def count_attempts(session: Session, scope: Scope, message: str) -> int:
    """How often a message was tried."""
    return (
        session.scalar(
            select(func.count()).select_from(Attempt).where(mine(Attempt, scope), Attempt.message == message)
        )
        or 0
    )
