"""Admitted means judged: both sides counted against each other."""

from __future__ import annotations

from sqlalchemy import ColumnElement, and_, func, or_, select
from sqlalchemy.orm import Session

from loopclose.store.base import Scope, mine
from loopclose.store.loop import ReferralRow, VisitRow
from loopclose.store.people import PatientRow
from loopclose.store.resources import Resource

NOBODYS = ("Practitioner", "PractitionerRole", "Organization")
"""Types that are about no patient."""


def without_verdict(session: Session, scope: Scope, ehr: str) -> dict[str, int]:
    """By type: how many admitted resources have no patient, a patient who was not judged since they came, or no row
    among the visits or referrals although they were admitted as one. Nobody would see any of them.
    """
    judged = and_(
        PatientRow.practice_id == Resource.practice_id,
        PatientRow.ehr == Resource.ehr,
        PatientRow.id == Resource.patient,
        PatientRow.judged,
        PatientRow.touched.is_(None),
    )
    has_person = select(PatientRow.id).where(judged).exists()
    rows = session.execute(
        select(Resource.type, func.count())
        .where(
            mine(Resource, scope),
            Resource.ehr == ehr,
            Resource.disposition == "admitted",
            Resource.type.not_in(NOBODYS),
            or_(~has_person, _is_no_row("Encounter", VisitRow), _is_no_row("ServiceRequest", ReferralRow)),
        )
        .group_by(Resource.type)
        .order_by(Resource.type)
    )
    return {row[0]: row[1] for row in rows}


def _is_no_row(kind: str, row: type[VisitRow] | type[ReferralRow]) -> ColumnElement[bool]:
    """Whether a resource of that type was admitted for certain, and the loop does not hold it."""
    same = and_(
        row.practice_id == Resource.practice_id, row.ehr == Resource.ehr, row.id == kind + "/" + Resource.fhir_id
    )
    return and_(Resource.type == kind, Resource.reason.is_(None), ~select(row.id).where(same).exists())
