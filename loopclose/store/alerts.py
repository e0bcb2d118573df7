"""Queries of obligations that call for an alert, of who is told, and of what alerts say and whether it holds."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, and_, func, or_, select, tuple_, update
from sqlalchemy.orm import Session

from loopclose.store.base import Scope, chunks, mine
from loopclose.store.lateness import is_late, not_yet_sent
from loopclose.store.obligations import DeadlineRow, Obligation
from loopclose.store.outbox import CANCELLED, FAILED, Alert, Message
from loopclose.store.people import ClinicianRow, User


def to_alert(session: Session, scope: Scope, until: datetime) -> Sequence[Obligation]:
    """Open obligations whose next rung is due by ``until``, oldest first."""
    return session.scalars(
        select(Obligation)
        .where(mine(Obligation, scope), Obligation.alert_after <= until, not_yet_sent())
        .order_by(Obligation.due_at, Obligation.id)
    ).all()


def count_open(session: Session, scope: Scope, now: datetime) -> tuple[int, int]:
    """How many obligations wait, and how many of them are late."""
    waiting = select(func.count()).select_from(Obligation).where(mine(Obligation, scope), not_yet_sent())
    total = session.scalar(waiting) or 0
    late = session.scalar(waiting.where(is_late(now))) or 0
    return total, late


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


def _still_true() -> ColumnElement[bool]:
    """Whether what an alert says holds: it still waits, and by the same deadline."""
    return and_(not_yet_sent(), Obligation.deadline_no == Alert.deadline_no)


def _of_message(scope: Scope, message: str) -> ColumnElement[bool]:
    return and_(mine(Alert, scope), Alert.message == message)


def still_true(session: Session, scope: Scope, message: str) -> Sequence[tuple[Alert, Obligation]]:
    """The alerts of a message that still hold, each with what it is about."""
    rows = session.execute(
        select(Alert, Obligation)
        .join(Obligation, and_(mine(Obligation, scope), Obligation.id == Alert.obligation))
        .where(_of_message(scope, message), _still_true())
        .order_by(Alert.id)
    )
    return [(alert, obligation) for alert, obligation in rows]


def count_true(session: Session, scope: Scope, message: str) -> tuple[int, int]:
    """How many alerts of a message still hold, and how many it has."""
    rows = select(func.count(Obligation.id), func.count(Alert.id)).select_from(Alert)
    held, total = session.execute(
        rows.outerjoin(
            Obligation, and_(mine(Obligation, scope), Obligation.id == Alert.obligation, _still_true())
        ).where(_of_message(scope, message))
    ).one()
    return held, total


def told_of(session: Session, scope: Scope, obligations: Collection[str]) -> Mapping[tuple[str, int], Sequence[str]]:
    """By (obligation, deadline number): who was told, or is about to be; not those whose mail was refused."""
    found: dict[tuple[str, int], list[str]] = {}
    rows = session.execute(
        select(Alert.obligation, Alert.deadline_no, Alert.recipient)
        .outerjoin(Message, and_(mine(Message, scope), Message.id == Alert.message))
        .where(mine(Alert, scope), Alert.obligation.in_(sorted(obligations)))
        .where(or_(Message.id.is_(None), Message.state.not_in((FAILED, CANCELLED))))
        .order_by(Alert.rung, Alert.recipient)
    )
    for obligation, deadline_no, recipient in rows:
        whom = found.setdefault((obligation, deadline_no), [])
        if recipient not in whom:
            whom.append(recipient)
    return found


def already_planned(session: Session, scope: Scope, keys: Collection[str]) -> set[str]:
    """Those of some alerts that are there."""
    return {
        key
        for some in chunks(sorted(keys))
        for key in session.scalars(select(Alert.id).where(mine(Alert, scope), Alert.id.in_(some)))
    }


def put_into(session: Session, scope: Scope, keys: Collection[str], message: str) -> None:
    """Say which message carries some alerts."""
    for some in chunks(sorted(keys)):
        session.execute(update(Alert).where(mine(Alert, scope), Alert.id.in_(some)).values(message=message))


def reasons_of(session: Session, scope: Scope, deadlines: Collection[tuple[str, int]]) -> dict[str, list[Any]]:
    """By obligation: the reasons of some of its deadlines, given as (obligation, number)."""
    rows = session.execute(
        select(DeadlineRow.obligation, DeadlineRow.reasons).where(
            mine(DeadlineRow, scope), tuple_(DeadlineRow.obligation, DeadlineRow.no).in_(sorted(deadlines))
        )
    )
    return {row[0]: row[1] for row in rows}


def colleagues(session: Session, scope: Scope) -> dict[str, User]:
    """Every user, the disabled too, by e-mail."""
    return {user.email: user for user in session.scalars(select(User).where(mine(User, scope)))}


def stand_ins(session: Session, scope: Scope, email: str) -> list[str]:
    """Who is told what would have been told to somebody who is gone: others of the same role, else the next.

    The one place that says so: absences and deputies, where they are known, belong here.
    """
    users = colleagues(session, scope)
    gone = users.get(email)
    for role in ([gone.role] if gone else []) + ["coordinator", "lead", "manager"]:
        found = sorted(one.email for one in users.values() if one.role == role and not one.disabled)
        if found := [one for one in found if one != email]:
            return found
    return []
