"""Queries of the patients who are followed: who is still to be read, when each was last read whole, who is pressing."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from datetime import datetime, timedelta

from sqlalchemy import Select, select
from sqlalchemy.orm import Session

from loopclose.domain.codes import NOT_YET_SENT, OPEN_STATES
from loopclose.store.base import Scope, chunks, mine, table_of
from loopclose.store.conditions import just, one_of
from loopclose.store.intake import RESOURCE
from loopclose.store.loop import AppointmentRow, VisitRow
from loopclose.store.obligations import Obligation
from loopclose.store.people import PatientRow
from loopclose.store.time_alone import CLOSED
from loopclose.store.upsert import upsert

PATIENT = table_of(PatientRow)
NEAR = timedelta(hours=2)
"""How early or late a visit begins that was expected at an hour."""


def follow(session: Session, scope: Scope, ehr: str, patients: Iterable[str]) -> None:
    """Remember that those patients (``Patient/id``) are to be read, so that a run that breaks off loses nobody."""
    owner = {"practice_id": scope.practice_id, "ehr": ehr}
    rows = [{**owner, "id": patient, "person": patient} for patient in sorted(patients)]
    upsert(session, PATIENT, rows, update=())


def never_read(session: Session, scope: Scope, ehr: str) -> list[str]:
    """Patients who were never read whole, in order."""
    these = (mine(PATIENT, scope), PATIENT.c.ehr == ehr, PATIENT.c.read_at.is_(None))
    return list(session.scalars(select(PATIENT.c.id).where(*these).order_by(PATIENT.c.id)))


def read_before(session: Session, scope: Scope, ehr: str, patients: Iterable[str]) -> set[str]:
    """Those of some patients who were read whole at least once."""
    found: set[str] = set()
    for batch in chunks(sorted(patients)):
        these = (mine(PATIENT, scope), PATIENT.c.ehr == ehr, PATIENT.c.id.in_(batch), PATIENT.c.read_at.is_not(None))
        found.update(session.scalars(select(PATIENT.c.id).where(*these)))
    return found


def read_long_ago(session: Session, scope: Scope, ehr: str, patients: Iterable[str], before: datetime) -> list[str]:
    """Those of some patients who were last read whole ``before`` then, the longest ago first."""
    found: list[tuple[datetime, str]] = []
    for batch in chunks(sorted(patients)):
        these = (mine(PATIENT, scope), PATIENT.c.ehr == ehr, PATIENT.c.id.in_(batch), PATIENT.c.read_at < before)
        found += ((row[0], row[1]) for row in session.execute(select(PATIENT.c.read_at, PATIENT.c.id).where(*these)))
    return [patient for _, patient in sorted(found)]


def note_read_at(session: Session, scope: Scope, ehr: str, patients: Iterable[str], now: datetime) -> None:
    """Those patients were read whole now."""
    owner = {"practice_id": scope.practice_id, "ehr": ehr}
    rows = [{**owner, "id": patient, "person": patient, "read_at": now} for patient in sorted(patients)]
    upsert(session, PATIENT, rows, update=("read_at",))


def open_patients(session: Session, scope: Scope, ehr: str, before: datetime | None = None) -> list[str]:
    """Patients of whom something is open; those who were last read whole ``before`` then, the longest ago first."""
    these = (mine(PATIENT, scope), PATIENT.c.ehr == ehr, PATIENT.c.person.in_(_open_persons(scope, ehr)))
    since = () if before is None else (PATIENT.c.read_at < before,)
    return list(session.scalars(select(PATIENT.c.id).where(*these, *since).order_by(PATIENT.c.read_at, PATIENT.c.id)))


def due_between(session: Session, scope: Scope, ehr: str, since: datetime, until: datetime) -> list[str]:
    """Patients of whom something that nobody sent is due between the two, in order."""
    due = one_of(Obligation.state, NOT_YET_SENT), Obligation.due_at.between(since, until)
    waiting = _open_persons(scope, ehr).where(*due)
    these = (mine(PATIENT, scope), PATIENT.c.ehr == ehr, PATIENT.c.person.in_(waiting))
    return list(session.scalars(select(PATIENT.c.id).where(*these).order_by(PATIENT.c.id)))


def expected(session: Session, scope: Scope, ehr: str, since: datetime, until: datetime) -> set[str]:
    """Patients with an appointment that began between the two and is not closed, or a visit that is under way or was
    still to come when it was read."""
    booked, kept = table_of(AppointmentRow), RESOURCE
    came = select(booked.c.patient).where(
        mine(booked, scope),
        booked.c.ehr == ehr,
        booked.c.start.between(since, until),
        booked.c.status.not_in(CLOSED),
    )
    these = (mine(kept, scope), kept.c.ehr == ehr, kept.c.type == "Encounter")
    under_way = select(kept.c.patient).where(*these, just(kept.c.reason, "not_happened_yet"))
    return {one for asked in (came, under_way) for one in session.scalars(asked) if one is not None}


def seen(session: Session, scope: Scope, ehr: str, expected: Mapping[str, datetime]) -> set[str]:
    """Those of some patients, each expected at a time of the practice's, of whom that visit is over already."""
    found: set[str] = set()
    for batch in chunks(sorted(expected)):
        these = (mine(VisitRow, scope), VisitRow.ehr == ehr, VisitRow.patient.in_(batch))
        rows = session.execute(select(VisitRow.patient, VisitRow.start).where(*these))
        found.update(patient for patient, start in rows if _is_the_one(expected[patient], start))
    return found


def _is_the_one(expected: datetime, start: datetime) -> bool:
    """Whether a visit is the one that was expected: at that hour, or on that day where the hour is its first."""
    if (expected.hour, expected.minute) == (0, 0):
        return expected <= start < expected + timedelta(days=1)
    return abs(start - expected) <= NEAR


def examples(session: Session, scope: Scope, ehr: str, kind: str, most: int) -> Mapping[str, tuple[str, str | None]]:
    """By ``Patient/id``: (id, ``meta.lastUpdated``) of one resource of that type that is kept; of a few patients."""
    columns = (RESOURCE.c.patient, RESOURCE.c.fhir_id, RESOURCE.c.last_updated)
    these = (mine(RESOURCE, scope), RESOURCE.c.ehr == ehr, RESOURCE.c.type == kind)
    standing = (RESOURCE.c.disposition != "gone", RESOURCE.c.patient.is_not(None))
    rows = session.execute(select(*columns).where(*these, *standing).order_by(RESOURCE.c.fhir_id).limit(most))
    return {row[0]: (row[1], row[2]) for row in rows}


def ids_of(session: Session, scope: Scope, ehr: str, kind: str, patients: Collection[str]) -> set[str]:
    """Ids of everything of one type that is kept of some patients and not gone."""
    found: set[str] = set()
    for batch in chunks(sorted(patients)):
        these = (mine(RESOURCE, scope), RESOURCE.c.ehr == ehr, RESOURCE.c.patient.in_(batch), RESOURCE.c.type == kind)
        found.update(session.scalars(select(RESOURCE.c.fhir_id).where(*these, RESOURCE.c.disposition != "gone")))
    return found


def _open_persons(scope: Scope, ehr: str) -> Select[str]:
    these = (mine(Obligation, scope), Obligation.ehr == ehr, one_of(Obligation.state, OPEN_STATES))
    return select(Obligation.person).where(*these)
