"""Requests that were accepted or declined, as judging wrote it down: the newest answer of each."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import exists, select
from sqlalchemy.orm import Session

from loopclose.domain.request_answers import ACCEPTED, DECLINED
from loopclose.store.base import Scope, mine
from loopclose.store.conditions import just, one_of
from loopclose.store.lateness import is_in
from loopclose.store.obligations import Obligation, TransitionRow


def answer_of(session: Session, scope: Scope, owed: Obligation) -> TransitionRow | None:
    """The step by which a request was accepted or declined; None of anything else, and while it is neither."""
    if owed.kind != "answer" or owed.visit is not None or owed.appointment is not None or owed.state != "confirmed":
        return None
    step = TransitionRow
    asked = select(step).where(mine(step, scope), step.obligation == owed.id).order_by(step.no.desc()).limit(1)
    last = session.scalars(asked.execution_options(populate_existing=True)).first()
    return last if last is not None and last.code in (ACCEPTED, DECLINED) else None


def answered_since(session: Session, scope: Scope, since: datetime) -> Sequence[str]:
    """Answers to requests that were given since then, by the id of what was owed."""
    step = TransitionRow
    its = (step.practice_id == Obligation.practice_id, step.obligation == Obligation.id)
    given = exists().where(*its, one_of(step.code, (ACCEPTED, DECLINED)), step.effective_at >= since)
    these = (mine(Obligation, scope), is_in("confirmed"), just(Obligation.kind, "answer"))
    asked = select(Obligation.id).where(*these, Obligation.visit.is_(None), Obligation.appointment.is_(None))
    return sorted(session.scalars(asked.where(given.correlate(Obligation))))


def answer_to(session: Session, scope: Scope, owed: Obligation) -> Obligation | None:
    """What says whether the request that a report answers was accepted; None where nothing does."""
    if owed.referral is None:
        return None
    of_them = (mine(Obligation, scope), Obligation.ehr == owed.ehr, Obligation.person == owed.person)
    found = session.scalars(select(Obligation).where(*of_them, Obligation.kind == "answer"))
    about = ("confirmed", owed.referral, None, None)
    return next((one for one in found if (one.state, one.referral, one.visit, one.appointment) == about), None)


def reports_of(session: Session, scope: Scope, owed: Obligation) -> Sequence[str]:
    """States of the reports owed under the same request."""
    asked = select(Obligation.state).where(
        mine(Obligation, scope),
        Obligation.kind == "report",
        Obligation.ehr == owed.ehr,
        Obligation.person == owed.person,
        Obligation.referral == owed.referral,
    )
    return session.scalars(asked).all()
