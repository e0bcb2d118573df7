"""What people decide: which referral a visit answers, who really asked, and the moves on what is owed.

Every decision is kept with its author and time, and audited, and marks whom it is about as touched. After it the
person's chart is judged again by the ``judge`` that is passed in, so that deadlines and what is owed follow at
once; should that fail, the next sync judges whoever is still marked.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import date, datetime
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from loopclose.clock import Clock
from loopclose.domain.codes import HOW, NOT_YET_SENT, WAIVERS
from loopclose.errors import UsageError
from loopclose.store import audit_log, users
from loopclose.store.base import Scope
from loopclose.store.engine import Database
from loopclose.store.loop import LinkDecisionRow, ReferralRow, RequesterDecisionRow, VisitRow
from loopclose.store.obligations import Obligation, TransitionRow
from loopclose.store.people import ClinicianRow, User
from loopclose.store.persons import touch_persons

Judge = Callable[[Scope, str, str], None]
"""Judges one person again: scope, EHR, person."""
CHANNELS = ("fax", "direct", "mail", "portal", "by hand", "phone")
CLOSED = ("confirmed", "waived")


class MoveRefused(UsageError):
    """The move is not possible now; the message says why."""


def link_visit(
    db: Database, clock: Clock, judge: Judge, scope: Scope, ehr: str, visit: str, referrals: Sequence[str], by: str
) -> None:
    """A person says which referrals (``ServiceRequest/id``) the visit answers; none: it answers no referral.

    Raises ``MoveRefused`` where there is no such visit or referral, or they are of different people.
    """
    with db.write() as session:
        row = session.get(VisitRow, (scope.practice_id, ehr, visit))
        if row is None:
            raise MoveRefused(f"There is no visit {visit} in {ehr}.")
        for key in referrals:
            referral = session.get(ReferralRow, (scope.practice_id, ehr, key))
            if referral is None or referral.person != row.person:
                raise MoveRefused(f"{key} is no referral of this patient.")
        no = (
            session.scalar(
                select(func.coalesce(func.max(LinkDecisionRow.no), 0)).where(
                    LinkDecisionRow.practice_id == scope.practice_id,
                    LinkDecisionRow.ehr == ehr,
                    LinkDecisionRow.visit == visit,
                )
            )
            or 0
        )
        actor = _user(session, scope, by).email
        session.add(
            LinkDecisionRow(
                practice_id=scope.practice_id,
                ehr=ehr,
                visit=visit,
                no=no + 1,
                referrals=list(referrals),
                by=actor,
                at=clock(),
            )
        )
        audit_log.record(session, scope, clock(), actor, "link", visit, {"referrals": list(referrals)})
        person = row.person
        touch_persons(session, scope, ehr, [person])
    judge(scope, ehr, person)


def name_requester(
    db: Database, clock: Clock, judge: Judge, scope: Scope, obligation: str, referrer: dict[str, Any] | None, by: str
) -> None:
    """A person says who really asked; None: the request came from within.

    It is remembered for that requester, and everybody whom they referred is judged again.
    """
    with db.write() as session:
        owed = _obligation(session, scope, obligation)
        referral = session.get(ReferralRow, (scope.practice_id, owed.ehr, owed.referral or ""))
        requester = (referral.requester or {}).get("key") if referral else None
        if requester is None:
            raise MoveRefused("The request names nobody for whom the answer could be remembered.")
        if referrer is not None and not str(referrer.get("name") or "").strip():
            raise MoveRefused("Give the name of the clinician who asked.")
        answer = {**referrer, "how": HOW[-1], "guessed": False} if referrer is not None else None
        actor = _user(session, scope, by).email
        session.merge(
            RequesterDecisionRow(
                practice_id=scope.practice_id,
                ehr=owed.ehr,
                requester=requester,
                referrer=answer,
                by=actor,
                at=clock(),
                effective_from=None,
            )
        )
        audit_log.record(session, scope, clock(), actor, "name_requester", obligation)
        ehr, person = owed.ehr, owed.person
        referrals = session.scalars(
            select(ReferralRow).where(ReferralRow.practice_id == scope.practice_id, ReferralRow.ehr == ehr)
        )
        named = {person} | {one.person for one in referrals if (one.requester or {}).get("key") == requester}
        touch_persons(session, scope, ehr, named)
    for one in sorted(named):
        judge(scope, ehr, one)


def confirm(db: Database, clock: Clock, judge: Judge, scope: Scope, obligation: str, by: str, note: str = "") -> None:
    """A person says that it arrived (a report), or that it is done (the other kinds)."""

    def change(session: Session, owed: Obligation, user: User) -> None:
        if owed.kind == "report" and owed.state != "sent":
            raise MoveRefused("Only a report that was sent can be confirmed as arrived.")
        if owed.kind == "resolve" and owed.visit is not None:
            raise MoveRefused("This closes when somebody picks the referral for the visit.")
        _open(owed)
        _go(session, owed, "confirmed", clock(), clock(), user, evidence=f"said by {user.name}", note=note)

    _move(db, clock, judge, scope, obligation, by, "confirm", change)


def attest(
    db: Database,
    clock: Clock,
    judge: Judge,
    scope: Scope,
    obligation: str,
    by: str,
    *,
    channel: str,
    recipient: str,
    sent_at: datetime,
) -> None:
    """A named person says that a report was sent: how, to whom and when. Raises ``MoveRefused`` otherwise."""

    def change(session: Session, owed: Obligation, user: User) -> None:
        if owed.kind != "report" or owed.state not in NOT_YET_SENT:
            raise MoveRefused("Only a report that was not sent yet can be attested as sent.")
        if channel not in CHANNELS:
            raise MoveRefused(f"How was it sent? One of {', '.join(CHANNELS)} is expected.")
        if not recipient.strip():
            raise MoveRefused("Say to whom it was sent.")
        if sent_at > clock():
            raise MoveRefused("The time at which it was sent lies in the future.")
        evidence = f"attested by {user.name}: {channel} to {recipient.strip()}"
        _go(session, owed, "sent", sent_at, clock(), user, evidence=evidence, code="attested")
        owed.sent_at, owed.on_time = sent_at, sent_at <= owed.due_at

    _move(db, clock, judge, scope, obligation, by, "attest", change)


def waive(
    db: Database, clock: Clock, judge: Judge, scope: Scope, obligation: str, by: str, *, code: str, note: str = ""
) -> None:
    """Nothing is owed after all, for a coded reason. The author alone does not waive a late report."""

    def change(session: Session, owed: Obligation, user: User) -> None:
        if code not in WAIVERS:
            raise MoveRefused(f"Why is nothing owed? One of {', '.join(WAIVERS)} is expected.")
        if code == "other" and not note.strip():
            raise MoveRefused("Give the other reason in words.")
        _open(owed)
        late = owed.state in NOT_YET_SENT and clock() > owed.due_at
        if late and owed.kind == "report" and _is_author(session, scope, owed, user):
            raise MoveRefused("A late report is not waived by its author alone: ask the coordinator.")
        _go(session, owed, "waived", clock(), clock(), user, code=code, note=note)

    _move(db, clock, judge, scope, obligation, by, "waive", change)


def reopen(db: Database, clock: Clock, judge: Judge, scope: Scope, obligation: str, by: str, note: str = "") -> None:
    """What was closed is owed again; a report goes back to where it stood before."""

    def change(session: Session, owed: Obligation, user: User) -> None:
        if owed.state not in CLOSED:
            raise MoveRefused("It is open.")
        last = _last(session, owed)
        before = last.from_state if last and last.from_state not in CLOSED else None
        _go(session, owed, before or "owed", clock(), clock(), user, code="reopened", note=note)
        owed.alert_after = clock()

    _move(db, clock, judge, scope, obligation, by, "reopen", change)


def assign(db: Database, clock: Clock, judge: Judge, scope: Scope, obligation: str, by: str, *, to: str) -> None:
    """Make it the move of another user (an e-mail)."""

    def change(session: Session, owed: Obligation, user: User) -> None:
        _open(owed)
        owed.assigned_to = owed.owner = _user(session, scope, to).email

    _move(db, clock, judge, scope, obligation, by, "assign", change, {"to": to})


def returns_on(db: Database, clock: Clock, judge: Judge, scope: Scope, obligation: str, by: str, day: date) -> None:
    """A person knows on which day the patient sees the referrer again: the report must be there before."""

    def change(session: Session, owed: Obligation, _user: User) -> None:
        if owed.kind != "report":
            raise MoveRefused("Only a report is due before the patient's return.")
        _open(owed)
        owed.return_by_hand = day

    _move(db, clock, judge, scope, obligation, by, "returns_on", change, {"day": day.isoformat()})


def _move(
    db: Database,
    clock: Clock,
    judge: Judge,
    scope: Scope,
    obligation: str,
    by: str,
    action: str,
    change: Callable[[Session, Obligation, User], None],
    detail: dict[str, Any] | None = None,
) -> None:
    with db.write() as session:
        owed = _obligation(session, scope, obligation)
        user = _user(session, scope, by)
        change(session, owed, user)
        audit_log.record(session, scope, clock(), user.email, action, obligation, detail)
        ehr, person = owed.ehr, owed.person
        touch_persons(session, scope, ehr, [person])
    judge(scope, ehr, person)


def _go(
    session: Session,
    owed: Obligation,
    state: str,
    effective_at: datetime,
    now: datetime,
    user: User,
    *,
    evidence: str | None = None,
    code: str | None = None,
    note: str = "",
) -> None:
    last = _last(session, owed)
    session.add(
        TransitionRow(
            practice_id=owed.practice_id,
            obligation=owed.id,
            no=last.no + 1 if last else 1,
            from_state=owed.state,
            to_state=state,
            effective_at=effective_at,
            detected_at=now,
            actor=user.email,
            evidence=evidence,
            evidence_sha256=None,
            code=code,
            note=note.strip() or None,
        )
    )
    owed.state = state
    if state not in NOT_YET_SENT:
        owed.alert_after = None


def _last(session: Session, owed: Obligation) -> TransitionRow | None:
    return session.scalars(
        select(TransitionRow)
        .where(TransitionRow.practice_id == owed.practice_id, TransitionRow.obligation == owed.id)
        .order_by(TransitionRow.no.desc())
        .limit(1)
    ).first()


def _obligation(session: Session, scope: Scope, obligation: str) -> Obligation:
    owed = session.get(Obligation, (scope.practice_id, obligation))
    if owed is None:
        raise MoveRefused(f"There is no obligation {obligation}.")
    return owed


def _user(session: Session, scope: Scope, email: str) -> User:
    found = users.named(session, scope, email)
    if found is None:
        raise MoveRefused(f"There is no user {email} in the practice {scope.practice_id}.")
    return found


def _open(owed: Obligation) -> None:
    if owed.state in CLOSED:
        raise MoveRefused("It is closed; reopen it first.")


def _is_author(session: Session, scope: Scope, owed: Obligation, user: User) -> bool:
    if owed.author is None or user.reference is None:
        return False
    author = session.get(ClinicianRow, (scope.practice_id, owed.ehr, owed.author))
    return user.reference in {owed.author, author.npi if author else None}
