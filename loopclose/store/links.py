"""The ties between visits and referrals, for lists."""

from __future__ import annotations

from typing import Any

from sqlalchemy import and_, select
from sqlalchemy.orm import Session

from loopclose.store.base import Scope, mine
from loopclose.store.loop import LinkRow, VisitRow
from loopclose.store.obligations import Obligation
from loopclose.store.worklist_item import instant


def links(session: Session, scope: Scope, band: str | None = None) -> list[dict[str, Any]]:
    """Every visit of ours with its current link; ``due_at`` and ``owner`` of what is owed first for it."""
    rows = session.execute(
        select(VisitRow, LinkRow)
        .join(
            LinkRow,
            and_(
                LinkRow.practice_id == VisitRow.practice_id,
                LinkRow.ehr == VisitRow.ehr,
                LinkRow.visit == VisitRow.id,
                LinkRow.current,
            ),
        )
        .where(mine(VisitRow, scope), *([LinkRow.band == band] if band else []))
        .order_by(VisitRow.ehr, VisitRow.start, VisitRow.id)
    ).all()
    first: dict[tuple[str, str | None], Obligation] = {}
    for owed in session.scalars(
        select(Obligation)
        .where(mine(Obligation, scope), Obligation.visit.is_not(None), Obligation.kind != "receipt")
        .order_by(Obligation.due_at.desc())
    ):
        first[(owed.ehr, owed.visit)] = owed
    return [_item(visit, link, first.get((visit.ehr, visit.id))) for visit, link in rows]


def unseen_of(session: Session, scope: Scope, ehr: str, visit: str) -> list[str]:
    """What the chart names as a referral of that visit and nobody can read."""
    found = session.scalar(
        select(LinkRow.unseen).where(mine(LinkRow, scope), LinkRow.ehr == ehr, LinkRow.visit == visit, LinkRow.current)
    )
    return list(found or ())


def _item(visit: VisitRow, link: LinkRow, owed: Obligation | None) -> dict[str, Any]:
    return {
        "visit": visit.id,
        "ehr": visit.ehr,
        "practice": visit.practice_id,
        "patient": {"id": visit.patient},
        "start": instant(visit.start),
        "baseline": visit.baseline,
        "outcome": visit.outcome,
        "band": link.band,
        "referrals": link.referrals,
        "method": link.method,
        "confidence": link.confidence,
        "because": link.because,
        "candidates": link.candidates,
        "unseen": link.unseen,
        "due_at": instant(owed.due_at) if owed else None,
        "owner": owed.owner if owed else None,
    }
