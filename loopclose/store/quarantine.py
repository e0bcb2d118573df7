"""What cannot be read safely, and which obligations it holds up."""

from __future__ import annotations

from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from loopclose.domain.codes import NOT_YET_SENT
from loopclose.store.base import Scope
from loopclose.store.obligations import Obligation
from loopclose.store.people import PatientRow
from loopclose.store.resources import Resource


def in_quarantine(session: Session, scope: Scope, ehr: str | None = None) -> list[dict[str, Any]]:
    """``{resource, ehr, reason, detail, seen_at, holds_up}`` of each, by name."""
    rows = session.scalars(
        select(Resource)
        .where(
            Resource.practice_id == scope.practice_id,
            Resource.disposition == "quarantined",
            *([Resource.ehr == ehr] if ehr else []),
        )
        .order_by(Resource.ehr, Resource.type, Resource.fhir_id)
    ).all()
    return [
        {
            "resource": f"{row.type}/{row.fhir_id}",
            "ehr": row.ehr,
            "practice": row.practice_id,
            "reason": row.reason,
            "detail": row.detail,
            "seen_at": row.seen_at.strftime("%Y-%m-%dT%H:%M:%SZ"),
            "holds_up": _holds_up(session, scope, row),
        }
        for row in rows
    ]


def _holds_up(session: Session, scope: Scope, row: Resource) -> list[str]:
    """What a person must resolve for the same patient; of an appointment also the reports that it may make due."""
    if row.patient is None:
        return []
    kinds = ("report", "resolve") if row.type == "Appointment" else ("resolve",)
    person = select(PatientRow.person).where(
        PatientRow.practice_id == scope.practice_id, PatientRow.ehr == row.ehr, PatientRow.id == row.patient
    )
    return list(
        session.scalars(
            select(Obligation.id)
            .where(
                Obligation.practice_id == scope.practice_id,
                Obligation.ehr == row.ehr,
                Obligation.kind.in_(kinds),
                Obligation.state.in_(NOT_YET_SENT),
                Obligation.person.in_(person),
            )
            .order_by(Obligation.id)
        )
    )
