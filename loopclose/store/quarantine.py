"""What cannot be read safely, and which obligations it holds up."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from loopclose.store.base import Scope, mine
from loopclose.store.conditions import just
from loopclose.store.lateness import not_yet_sent
from loopclose.store.obligations import Obligation
from loopclose.store.people import PatientRow
from loopclose.store.resources import Blob, Resource


def in_quarantine(session: Session, scope: Scope, ehr: str | None = None) -> list[dict[str, Any]]:
    """``{resource, ehr, reason, detail, seen_at, holds_up}`` of each, by name."""
    these = (mine(Resource, scope), just(Resource.disposition, "quarantined"), *([Resource.ehr == ehr] if ehr else []))
    # put in order here: asked for it, SQLite would go through everything by its key
    rows = sorted(session.scalars(select(Resource).where(*these)), key=lambda row: (row.ehr, row.type, row.fhir_id))
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
        mine(PatientRow, scope), PatientRow.ehr == row.ehr, PatientRow.id == row.patient
    )
    return list(
        session.scalars(
            select(Obligation.id)
            .where(
                mine(Obligation, scope),
                Obligation.ehr == row.ehr,
                Obligation.kind.in_(kinds),
                not_yet_sent(),
                Obligation.person.in_(person),
            )
            .order_by(Obligation.id)
        )
    )


@dataclass(frozen=True)
class HeldRequest:
    """A request of a person that cannot be read safely."""

    key: str
    """``ServiceRequest/id``."""
    because: str
    seen_at: datetime
    raw: bytes
    """Its bytes; nothing where none are kept."""


def held_requests(session: Session, scope: Scope, ehr: str, person: str) -> list[HeldRequest]:
    """The requests of a person that stand in quarantine, by id."""
    rows = session.execute(
        select(Resource, Blob.body)
        .outerjoin(Blob, (Blob.practice_id == Resource.practice_id) & (Blob.sha256 == Resource.sha256))
        .where(
            mine(Resource, scope),
            Resource.ehr == ehr,
            Resource.type == "ServiceRequest",
            just(Resource.disposition, "quarantined"),
            Resource.patient.in_(_records(scope, ehr, person)),
        )
    )
    found = [
        HeldRequest(f"{row.type}/{row.fhir_id}", row.detail or row.reason or "", row.seen_at, body or b"")
        for row, body in rows
    ]
    return sorted(found, key=lambda one: one.key)


def _records(scope: Scope, ehr: str, person: str) -> Any:
    return select(PatientRow.id).where(mine(PatientRow, scope), PatientRow.ehr == ehr, PatientRow.person == person)
