"""The reports of one referrer that fell due in a period, with every step they took."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from loopclose.domain.lateness import Step, Waited
from loopclose.store.base import Scope, chunks, mine
from loopclose.store.loop import VisitRow
from loopclose.store.obligations import Obligation, TransitionRow
from loopclose.store.people import ClinicianRow
from loopclose.store.worklist_query import joined, of_kind


@dataclass(frozen=True)
class ReferrerReport:
    """One report, and what a row says of it."""

    waited: Waited
    state: str
    patient: str | None
    author: str | None
    seen: datetime


def fell_due(session: Session, scope: Scope, key: str, since: datetime, until: datetime) -> list[ReferrerReport]:
    """Reports to the referrer of that key with a deadline in the period, none of them waived.

    ``key`` is one of ``domain.clinician_key``; ``since`` is without, ``until`` within.
    """
    rows = session.execute(
        joined(select(Obligation, VisitRow, ClinicianRow.name), scope)
        .where(
            of_kind("report"),
            Obligation.referrer_key == key,
            Obligation.due_at > since,
            Obligation.due_at <= until,
            Obligation.state != "waived",
        )
        .order_by(Obligation.due_at, Obligation.id)
    ).all()
    steps = _steps(session, scope, [owed.id for owed, *_ in rows])
    matched = _matched(session, scope, [owed.visit for owed, *_ in rows if owed.visit])
    return [
        ReferrerReport(
            _waited(owed, visit, steps[owed.id], matched.get((owed.ehr, owed.visit))),
            owed.state,
            owed.patient_name,
            author,
            visit.start if visit else steps[owed.id][0].effective_at,
        )
        for owed, visit, author in rows
        if steps[owed.id]
    ]


def _waited(
    owed: Obligation, visit: VisitRow | None, steps: Sequence[TransitionRow], matched_at: datetime | None
) -> Waited:
    done = next((step.effective_at for step in steps if step.to_state in ("sent", "confirmed")), None)
    return Waited(
        report=owed.id,
        visit_end=visit.end if visit else steps[0].effective_at,
        due_at=owed.due_at,
        sent_at=owed.sent_at or done,
        steps=tuple(Step(step.to_state, step.effective_at) for step in steps),
        known_at=steps[0].detected_at,
        matched_at=matched_at,
    )


def _steps(session: Session, scope: Scope, obligations: Sequence[str]) -> dict[str, list[TransitionRow]]:
    found: dict[str, list[TransitionRow]] = defaultdict(list)
    for some in chunks(obligations):
        rows = session.scalars(
            select(TransitionRow)
            .where(mine(TransitionRow, scope), TransitionRow.obligation.in_(some))
            .order_by(TransitionRow.obligation, TransitionRow.no)
        )
        for row in rows:
            found[row.obligation].append(row)
    return found


def _matched(session: Session, scope: Scope, visits: Sequence[str]) -> dict[tuple[str, str | None], datetime]:
    """By EHR and visit: when the question which referral it answers was settled, where it was asked."""
    found: dict[tuple[str, str | None], datetime] = {}
    for some in chunks(sorted(set(visits))):
        asked = session.execute(
            select(Obligation.id, Obligation.ehr, Obligation.visit).where(
                mine(Obligation, scope), of_kind("resolve"), Obligation.visit.in_(some)
            )
        ).all()
        steps = _steps(session, scope, [row.id for row in asked])
        for row in asked:
            settled = [step.effective_at for step in steps[row.id] if step.to_state in ("confirmed", "waived")]
            if settled:
                found[row.ehr, row.visit] = settled[-1]
    return found
