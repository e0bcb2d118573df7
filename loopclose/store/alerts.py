"""Queries of obligations that call for an alert, of who is told, and of what alerts say and whether it holds."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, and_, case, func, or_, select, tuple_, update
from sqlalchemy.orm import Session, defer

from loopclose.store import signing_clocks
from loopclose.store.base import Scope, chunks, mine
from loopclose.store.lateness import is_late, not_yet_sent
from loopclose.store.obligations import DeadlineRow, Obligation
from loopclose.store.outbox import CANCELLED, FAILED, Alert, Message
from loopclose.store.people import ClinicianRow, User

NOBODY = "nobody:"
"""Before the role, as recipient of an alert: it had nobody."""
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
    Obligation.patient_mrn_kind,
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


def authors(session: Session, scope: Scope, *, disabled: bool = False) -> dict[str, str]:
    """E-mail by ``Practitioner/id``, for clinicians who have an account by reference or by NPI.

    ``disabled``: of those who have no other, disabled accounts too; somebody may stand in for them.
    """
    users = session.execute(
        select(User.reference, User.email)
        .where(mine(User, scope), User.reference.is_not(None), User.disabled.in_([False, disabled]))
        .order_by(User.disabled.desc(), User.email)
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


def alerts_of(session: Session, scope: Scope, obligation: str) -> Sequence[tuple[Alert, Message | None]]:
    """The alerts of one obligation, in order, each with the mail that carries it: what became of it is there."""
    rows = session.execute(
        select(Alert, Message)
        .outerjoin(Message, and_(Message.practice_id == Alert.practice_id, Message.id == Alert.message))
        .where(mine(Alert, scope), Alert.obligation == obligation)
        .order_by(Alert.deadline_no, Alert.ladder_no, Alert.rung, Alert.recipient)
        .options(defer(Message.body))
    )
    return [(alert, mail) for alert, mail in rows]


def passed_over(session: Session, scope: Scope, obligations: Iterable[Obligation]) -> dict[str, list[str]]:
    """By obligation: the roles that had nobody when rungs of its present ladder fired, and still were not told."""
    found: dict[str, list[str]] = {}
    for batch in chunks(obligations):
        present = {one.id: (one.deadline_no, one.ladder_no) for one in batch}
        rows = session.execute(
            select(Alert.obligation, Alert.deadline_no, Alert.ladder_no, Alert.recipient)
            .where(mine(Alert, scope), Alert.obligation.in_(present), Alert.message.is_(None))
            .order_by(Alert.rung, Alert.recipient)
        )
        for obligation, deadline_no, ladder_no, recipient in rows:
            if (deadline_no, ladder_no) == present[obligation] and recipient.startswith(NOBODY):
                found.setdefault(obligation, []).append(recipient.removeprefix(NOBODY))
    return found


def tell_after_all(session: Session, scope: Scope, obligation: Obligation, role: str, message: str) -> None:
    """Note the mail by which a role that had nobody before was told of the present ladder."""
    session.execute(
        update(Alert)
        .where(
            mine(Alert, scope),
            Alert.obligation == obligation.id,
            Alert.deadline_no == obligation.deadline_no,
            Alert.ladder_no == obligation.ladder_no,
            Alert.recipient == NOBODY + role,
            Alert.message.is_(None),
        )
        .values(message=message)
    )


def carry_over(session: Session, scope: Scope, message: str, instead: str) -> None:
    """Whoever was told by a message, of what nobody had the role for, is told by another instead."""
    session.execute(update(Alert).where(_made_good(scope, message)).values(message=instead))


def _still_true() -> ColumnElement[bool]:
    """Whether what an alert says holds: it still waits, by the same deadline, and was not done in between.

    That of a draft which nobody signed in time holds until it is signed, whatever the deadline.
    """
    by_deadline = and_(Alert.rung > 0, Obligation.deadline_no == Alert.deadline_no)
    unsigned = and_(Alert.rung <= 0, signing_clocks.is_unsigned(1 - Alert.rung), Obligation.state != "signed")
    return and_(not_yet_sent(), Obligation.ladder_no == Alert.ladder_no, or_(by_deadline, unsigned))


def _of_message(scope: Scope, message: str) -> ColumnElement[bool]:
    """The alerts of its recipient; those that it makes good are told by them."""
    return and_(mine(Alert, scope), Alert.message == message, Alert.recipient.not_like(f"{NOBODY}%"))


def _made_good(scope: Scope, message: str) -> ColumnElement[bool]:
    return and_(mine(Alert, scope), Alert.message == message, Alert.recipient.like(f"{NOBODY}%"))


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


def told_of(
    session: Session, scope: Scope, obligations: Collection[str]
) -> Mapping[tuple[str, int, int], Sequence[str]]:
    """By (obligation, number of deadline, of ladder): who was told, or is about to be; not those who were refused."""
    found: dict[tuple[str, int, int], list[str]] = {}
    rows = session.execute(
        select(Alert.obligation, Alert.deadline_no, Alert.ladder_no, Alert.recipient)
        .outerjoin(Message, and_(mine(Message, scope), Message.id == Alert.message))
        .where(mine(Alert, scope), Alert.obligation.in_(sorted(obligations)))
        .where(or_(Message.id.is_(None), Message.state.not_in((FAILED, CANCELLED))))
        .order_by(Alert.rung, Alert.recipient)
    )
    for obligation, deadline_no, ladder_no, recipient in rows:
        whom = found.setdefault((obligation, deadline_no, ladder_no), [])
        if recipient not in whom:
            whom.append(recipient)
    return found


def told_up_to(
    session: Session, scope: Scope, whom: str, obligations: Collection[str]
) -> Mapping[tuple[str, int, int], int]:
    """By (obligation, number of deadline, of ladder): the highest rung that a mail to somebody tells, left or not.

    Mails that were cancelled tell nobody anything.
    """
    found: dict[tuple[str, int, int], int] = {}
    what = (Alert.obligation, Alert.deadline_no, Alert.ladder_no)
    for some in chunks(sorted(obligations)):
        rows = session.execute(
            select(*what, func.max(Alert.rung))
            .join(Message, and_(mine(Message, scope), Message.id == Alert.message))
            .where(mine(Alert, scope), Alert.obligation.in_(some), Alert.recipient == whom, Message.state != CANCELLED)
            .group_by(*what)
        )
        found |= {(row[0], row[1], row[2]): row[3] for row in rows}
    return found


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
