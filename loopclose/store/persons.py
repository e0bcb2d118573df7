"""Queries of patient records and the persons behind them: who is touched, read again, judged, and their names."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from loopclose.store.base import Scope, chunks, table_of
from loopclose.store.loop import ReferralRow
from loopclose.store.obligations import Obligation
from loopclose.store.people import ClinicianRow, PatientRow
from loopclose.store.upsert import upsert


def judge_again(session: Session, scope: Scope, ehr: str, patients: Iterable[str]) -> None:
    """Mark patients as touched, making rows for new ones."""
    upsert(
        session,
        table_of(PatientRow),
        [
            {"practice_id": scope.practice_id, "ehr": ehr, "id": patient, "person": patient, "stale": True}
            for patient in sorted(patients)
        ],
        update=("stale",),
    )


def judge_known_again(session: Session, scope: Scope, ehr: str, patients: Iterable[str]) -> None:
    """Mark those patients as touched that are followed already."""
    for batch in chunks(sorted(patients)):
        mine = (PatientRow.practice_id == scope.practice_id, PatientRow.ehr == ehr, PatientRow.id.in_(batch))
        session.execute(update(PatientRow).where(*mine).values(stale=True))


def judge_everybody(session: Session, scope: Scope, ehr: str) -> None:
    """Mark every patient as touched: the rules or the code map changed."""
    session.execute(
        update(PatientRow).where(PatientRow.practice_id == scope.practice_id, PatientRow.ehr == ehr).values(stale=True)
    )


def to_read(session: Session, scope: Scope, ehr: str) -> set[str]:
    """Patients whose records are read again: touched and not yet judged, or with something open."""
    mine = (PatientRow.practice_id == scope.practice_id, PatientRow.ehr == ehr)
    stale = session.scalars(select(PatientRow.id).where(*mine, PatientRow.stale))
    open_persons = select(Obligation.person).where(
        Obligation.practice_id == scope.practice_id,
        Obligation.ehr == ehr,
        Obligation.state.not_in(("confirmed", "waived")),
    )
    waiting = session.scalars(select(PatientRow.id).where(*mine, PatientRow.person.in_(open_persons)))
    return {*stale, *waiting}


def stale_persons(session: Session, scope: Scope, ehr: str) -> list[str]:
    """Persons of whom a record was touched since they were last judged."""
    return list(
        session.scalars(
            select(PatientRow.person)
            .distinct()
            .where(PatientRow.practice_id == scope.practice_id, PatientRow.ehr == ehr, PatientRow.stale)
            .order_by(PatientRow.person)
        )
    )


def records_of(session: Session, scope: Scope, ehr: str, persons: Sequence[str]) -> dict[str, list[str]]:
    """By person: the keys of their patient records."""
    found: dict[str, list[str]] = {}
    for batch in chunks(persons):
        rows = session.execute(
            select(PatientRow.person, PatientRow.id)
            .where(PatientRow.practice_id == scope.practice_id, PatientRow.ehr == ehr, PatientRow.person.in_(batch))
            .order_by(PatientRow.id)
        )
        for person, patient in rows:
            found.setdefault(person, []).append(patient)
    return found


def one_person(session: Session, scope: Scope, ehr: str, keys: Sequence[str]) -> None:
    """Patient records that name each other are one person: the first key by sort order."""
    judge_again(session, scope, ehr, keys)
    mine = (PatientRow.practice_id == scope.practice_id, PatientRow.ehr == ehr)
    persons = set(session.scalars(select(PatientRow.person).where(*mine, PatientRow.id.in_(keys))))
    if len(persons) > 1:
        first = min(persons)
        session.execute(
            update(PatientRow).where(*mine, PatientRow.person.in_(persons)).values(person=first, stale=True)
        )
        for table in (Obligation, ReferralRow):
            session.execute(
                update(table)
                .where(table.practice_id == scope.practice_id, table.ehr == ehr, table.person.in_(persons))
                .values(person=first)
            )


def judged(session: Session, scope: Scope, ehr: str, patients: Sequence[str]) -> None:
    """These patient records are judged as they stand."""
    for batch in chunks(patients):
        session.execute(
            update(PatientRow)
            .where(PatientRow.practice_id == scope.practice_id, PatientRow.ehr == ehr, PatientRow.id.in_(batch))
            .values(stale=False)
        )


def name_patients(session: Session, scope: Scope, ehr: str, names: Mapping[str, dict[str, str | None]]) -> None:
    """What the screens show of some patient records: name, birth date, gender, record number."""
    upsert(
        session,
        table_of(PatientRow),
        [
            {"practice_id": scope.practice_id, "ehr": ehr, "id": patient, "person": patient, "stale": True, **shown}
            for patient, shown in names.items()
        ],
        update=("name", "birth_date", "gender", "mrn"),
    )


def name_clinicians(session: Session, scope: Scope, ehr: str, clinicians: Iterable[dict[str, Any]]) -> None:
    """Clinicians and organizations: ``key``, ``name``, ``npi``, and whether they are ``ours``."""
    upsert(
        session,
        table_of(ClinicianRow),
        [{"practice_id": scope.practice_id, "ehr": ehr, **one} for one in clinicians],
    )
