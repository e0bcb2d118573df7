"""Admitted means judged: both sides counted against each other."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

from sqlalchemy import ColumnElement, Select, and_, or_, select
from sqlalchemy.orm import Session

from loopclose.store.base import Scope, chunks, mine
from loopclose.store.conditions import just, none_of
from loopclose.store.loop import ReferralRow, VisitRow
from loopclose.store.people import PatientRow
from loopclose.store.resources import PEOPLE, Resource

LOOKED_AT = 1000


def without_verdict(session: Session, scope: Scope, ehr: str, persons: Sequence[str] | None = None) -> dict[str, int]:
    """By type: how many admitted resources have no patient, a patient who was not judged since they came, or no row
    among the visits or referrals although they were admitted as one. Nobody would see any of them.

    Of everything that is kept, which takes its time; or of some ``persons``.
    """
    wanting = or_(~_is_judged(), _is_no_row("Encounter", VisitRow), _is_no_row("ServiceRequest", ReferralRow))
    if persons is None:
        return dict(sorted(_count(session, scope, ehr, wanting).items()))
    found: Counter[str] = Counter()
    for batch in chunks(persons):
        records = _records(scope, ehr, PatientRow.person.in_(batch))
        found.update(_count(session, scope, ehr, and_(Resource.patient.in_(records), wanting)))
    return dict(sorted(found.items()))


def waiting(session: Session, scope: Scope, ehr: str) -> dict[str, int]:
    """By type: how many admitted resources have no patient, or one who was not judged since they came.

    Of ``LOOKED_AT`` patients at most, so what it costs grows with nothing.
    """
    found = _count(session, scope, ehr, Resource.patient.is_(None))
    touched = _records(scope, ehr, PatientRow.touched.is_not(None)).limit(LOOKED_AT)
    for batch in chunks(session.scalars(touched).all()):
        found.update(_count(session, scope, ehr, Resource.patient.in_(batch)))
    return dict(sorted(found.items()))


def _count(session: Session, scope: Scope, ehr: str, where: ColumnElement[bool]) -> Counter[str]:
    rows = session.execute(
        select(Resource.type).where(
            mine(Resource, scope),
            Resource.ehr == ehr,
            just(Resource.disposition, "admitted"),
            none_of(Resource.type, PEOPLE),
            where,
        )
    )
    return Counter(row[0] for row in rows)


def _records(scope: Scope, ehr: str, which: ColumnElement[bool]) -> Select[str]:
    return select(PatientRow.id).where(mine(PatientRow, scope), PatientRow.ehr == ehr, which)


def _is_judged() -> ColumnElement[bool]:
    """Whether a resource has a patient who was judged since it came."""
    judged = and_(
        PatientRow.practice_id == Resource.practice_id,
        PatientRow.ehr == Resource.ehr,
        PatientRow.id == Resource.patient,
        PatientRow.judged,
        PatientRow.touched.is_(None),
    )
    return select(PatientRow.id).where(judged).exists()


def _is_no_row(kind: str, row: type[VisitRow] | type[ReferralRow]) -> ColumnElement[bool]:
    """Whether a resource of that type was admitted for certain, and the loop does not hold it."""
    same = and_(
        row.practice_id == Resource.practice_id, row.ehr == Resource.ehr, row.id == kind + "/" + Resource.fhir_id
    )
    return and_(Resource.type == kind, Resource.reason.is_(None), ~select(row.id).where(same).exists())
