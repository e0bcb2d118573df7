"""Which patients share their name with another: those who are taken for each other where only a name stands."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from sqlalchemy import ColumnElement, and_, func, or_, select
from sqlalchemy.orm import Session, aliased

from loopclose.store.base import Scope, chunks, mine
from loopclose.store.people import PatientRow
from loopclose.store.worklist_item import Patient

NAME = "name"
"""Another patient has this name."""
NAME_AND_BIRTH_DATE = "name and birth date"
"""Another patient of the same EHR has this name and this birth date."""
OTHER_EHR = "other EHR"
"""A patient of another EHR has both: it may be the same person."""
FULL_DATE = len("1950-03-15")


@dataclass(frozen=True)
class Namesakes:
    """By (EHR, ``Patient/id``) of those who were asked about: what they share, where they share it."""

    found: Mapping[tuple[str, str], str]

    def of(self, patient: Patient | PatientRow) -> str | None:
        """``NAME``, ``NAME_AND_BIRTH_DATE``, ``OTHER_EHR``, or None."""
        return self.found.get((patient.ehr, patient.id))


def namesakes(session: Session, scope: Scope, patients: Iterable[Patient | PatientRow | None]) -> Namesakes:
    """Of those patients of the practice, who shares the name; each is looked up in an index, however many there are."""
    me, other = PatientRow, aliased(PatientRow)
    same_name = and_(mine(other, scope), other.alike == me.alike)
    born = and_(same_name, other.birth_date == me.birth_date, func.length(me.birth_date) == FULL_DATE)
    shares = (
        _exists(and_(born, other.ehr == me.ehr, other.person != me.person), other),
        _exists(and_(born, other.ehr != me.ehr), other),
        _exists(_another(same_name, me, other), other),
    )
    by_ehr: dict[str, set[str]] = {}
    for patient in patients:
        if patient is not None:
            by_ehr.setdefault(patient.ehr, set()).add(patient.id)
    found: dict[tuple[str, str], str] = {}
    for ehr, keys in by_ehr.items():
        for batch in chunks(sorted(keys)):
            rows = session.execute(select(me.id, *shares).where(mine(me, scope), me.ehr == ehr, me.id.in_(batch)))
            for key, same_born, same_born_elsewhere, same_named in rows:
                if same_named or same_born_elsewhere:
                    what = NAME_AND_BIRTH_DATE if same_born else NAME if same_named else OTHER_EHR
                    found[ehr, key] = what
    return Namesakes(found)


def _another(same_name: ColumnElement[bool], me: type[PatientRow], other: type[PatientRow]) -> ColumnElement[bool]:
    """Another patient: another person of the same EHR, or one of another EHR who wasn't born on the same day."""
    born_otherwise = or_(
        other.birth_date.is_(None), me.birth_date.is_(None), other.birth_date != me.birth_date,
        func.length(me.birth_date) != FULL_DATE,
    )  # fmt: skip
    same_ehr = and_(other.ehr == me.ehr, other.person != me.person)
    return and_(same_name, or_(same_ehr, and_(other.ehr != me.ehr, born_otherwise)))


def _exists(condition: ColumnElement[bool], other: type[PatientRow]) -> ColumnElement[bool]:
    return select(other.id).where(condition).correlate(PatientRow).exists()
