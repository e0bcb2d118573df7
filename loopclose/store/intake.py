"""Queries of what was read: known digests, new bytes, patients to judge, high-water marks, runs."""

from __future__ import annotations

import zlib
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import delete, select, update
from sqlalchemy.orm import Session

from loopclose.store.base import Scope, table_of
from loopclose.store.loop import ReferralRow
from loopclose.store.obligations import Document, Obligation, TransitionRow
from loopclose.store.people import ClinicianRow, PatientRow
from loopclose.store.resources import Blob, Ehr, Resource, SyncRun, Watermark
from loopclose.store.upsert import upsert

RESOURCE, BLOB = table_of(Resource), table_of(Blob)
CHUNK = 400
"""Values in one IN list: well under SQLite's and PostgreSQL's limits."""


@dataclass(frozen=True, slots=True)
class Kept:
    """A resource to keep, with what became of it (see ``resources.Resource``)."""

    type: str
    id: str
    sha256: str
    raw: bytes
    last_updated: str | None
    disposition: str
    reason: str | None
    detail: str | None
    patient: str | None


@dataclass(frozen=True, slots=True)
class Known:
    """What is known of a resource already."""

    sha256: str | None
    disposition: str
    reason: str | None


def chunks(values: Iterable[Any], size: int = CHUNK) -> Iterator[list[Any]]:
    """``values`` in lists of at most ``size``."""
    batch: list[Any] = []
    for value in values:
        batch.append(value)
        if len(batch) == size:
            yield batch
            batch = []
    if batch:
        yield batch


def known(session: Session, scope: Scope, ehr: str, kind: str, ids: Iterable[str]) -> dict[str, Known]:
    """By id: digest and disposition of the resources of that type that were read before."""
    columns = (RESOURCE.c.fhir_id, RESOURCE.c.sha256, RESOURCE.c.disposition, RESOURCE.c.reason)
    found: dict[str, Known] = {}
    for batch in chunks(ids):
        rows = session.execute(
            select(*columns).where(
                RESOURCE.c.practice_id == scope.practice_id,
                RESOURCE.c.ehr == ehr,
                RESOURCE.c.type == kind,
                RESOURCE.c.fhir_id.in_(batch),
            )
        )
        found.update((row[0], Known(row[1], row[2], row[3])) for row in rows)
    return found


def keep(session: Session, scope: Scope, ehr: str, arrivals: Sequence[Kept], seen_at: datetime) -> None:
    """Write resources and their bytes; bytes that nothing cites any more are dropped."""
    practice = scope.practice_id
    if not arrivals:
        return
    replaced = _digests(session, scope, ehr, arrivals) - {one.sha256 for one in arrivals}
    upsert(
        session,
        BLOB,
        [{"practice_id": practice, "sha256": one.sha256, "body": zlib.compress(one.raw, 1)} for one in arrivals],
        update=(),
    )
    upsert(
        session,
        RESOURCE,
        [
            {
                "practice_id": practice,
                "ehr": ehr,
                "type": one.type,
                "fhir_id": one.id,
                "version": None,
                "last_updated": one.last_updated,
                "sha256": one.sha256,
                "disposition": one.disposition,
                "reason": one.reason,
                "detail": one.detail,
                "patient": one.patient,
                "seen_at": seen_at,
            }
            for one in arrivals
        ],
    )
    _drop_uncited(session, scope, replaced)


def keep_gone(session: Session, scope: Scope, ehr: str, kind: str, fhir_id: str) -> None:
    """The server says that a resource is gone: the row stays and says so."""
    key = (
        RESOURCE.c.practice_id == scope.practice_id,
        RESOURCE.c.ehr == ehr,
        RESOURCE.c.type == kind,
        RESOURCE.c.fhir_id == fhir_id,
    )
    old = session.execute(select(RESOURCE.c.sha256).where(*key)).scalar_one_or_none()
    session.execute(update(RESOURCE).where(*key).values(sha256=None, disposition="gone", reason=None, detail=None))
    if old is not None:
        _drop_uncited(session, scope, {old})


def read_types(session: Session, scope: Scope, ehr: str, kinds: Sequence[str]) -> Iterator[tuple[str, str, bytes]]:
    """(type, id, bytes) of every readable resource of those types."""
    rows = session.execute(
        select(RESOURCE.c.type, RESOURCE.c.fhir_id, BLOB.c.body)
        .join(BLOB, (BLOB.c.practice_id == RESOURCE.c.practice_id) & (BLOB.c.sha256 == RESOURCE.c.sha256))
        .where(
            RESOURCE.c.practice_id == scope.practice_id,
            RESOURCE.c.ehr == ehr,
            RESOURCE.c.type.in_(kinds),
            RESOURCE.c.disposition != "quarantined",
        )
        .order_by(RESOURCE.c.type, RESOURCE.c.fhir_id)
    )
    for kind, fhir_id, body in rows:
        yield kind, fhir_id, zlib.decompress(body)


def read_patients(
    session: Session, scope: Scope, ehr: str, patients: Sequence[str]
) -> list[tuple[str, str, str, str, str | None, str | None, bytes]]:
    """(patient, type, id, disposition, reason, sha256, bytes) of what is kept of those patients, in order."""
    found = []
    for batch in chunks(patients):
        rows = session.execute(
            select(
                RESOURCE.c.patient,
                RESOURCE.c.type,
                RESOURCE.c.fhir_id,
                RESOURCE.c.disposition,
                RESOURCE.c.reason,
                RESOURCE.c.sha256,
                BLOB.c.body,
            )
            .join(BLOB, (BLOB.c.practice_id == RESOURCE.c.practice_id) & (BLOB.c.sha256 == RESOURCE.c.sha256))
            .where(RESOURCE.c.practice_id == scope.practice_id, RESOURCE.c.ehr == ehr, RESOURCE.c.patient.in_(batch))
        )
        found += [(*row[:6], zlib.decompress(row[6])) for row in rows]
    found.sort(key=lambda row: row[1:3])
    return found


def ids_of_patient(session: Session, scope: Scope, ehr: str, patient: str) -> set[tuple[str, str]]:
    """(type, id) of what is kept of one patient and not gone."""
    rows = session.execute(
        select(RESOURCE.c.type, RESOURCE.c.fhir_id).where(
            RESOURCE.c.practice_id == scope.practice_id,
            RESOURCE.c.ehr == ehr,
            RESOURCE.c.patient == patient,
            RESOURCE.c.disposition != "gone",
        )
    )
    return {(row[0], row[1]) for row in rows}


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


def judge_everybody(session: Session, scope: Scope, ehr: str) -> None:
    """Mark every patient as touched: the rules or the code map changed."""
    session.execute(
        update(PatientRow).where(PatientRow.practice_id == scope.practice_id, PatientRow.ehr == ehr).values(stale=True)
    )


def waiting_to_happen(session: Session, scope: Scope, ehr: str) -> set[str]:
    """Patients with a visit that only time makes happen (planned, or under way)."""
    return set(
        session.scalars(
            select(RESOURCE.c.patient)
            .distinct()
            .where(
                RESOURCE.c.practice_id == scope.practice_id,
                RESOURCE.c.ehr == ehr,
                RESOURCE.c.type == "Encounter",
                RESOURCE.c.reason == "not_happened_yet",
                RESOURCE.c.patient.is_not(None),
            )
        )
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


def watermark(session: Session, scope: Scope, ehr: str, kind: str, source: str) -> datetime | None:
    """Up to where that type was read by that source, in the server's time."""
    row = session.get(Watermark, (scope.practice_id, ehr, kind, source))
    return row.value if row else None


def move_watermark(session: Session, scope: Scope, ehr: str, kind: str, source: str, value: datetime) -> None:
    """Everything up to ``value`` is committed; the mark never moves back."""
    before = watermark(session, scope, ehr, kind, source)
    if before is None or value > before:
        upsert(
            session,
            table_of(Watermark),
            [{"practice_id": scope.practice_id, "ehr": ehr, "type": kind, "scope": source, "value": value}],
        )


def ehr_row(session: Session, scope: Scope, ehr: str) -> Ehr | None:
    """The EHR as it was last read."""
    return session.get(Ehr, (scope.practice_id, ehr))


def last_run(session: Session, scope: Scope, ehr: str) -> SyncRun | None:
    """The newest complete sync."""
    return session.scalars(
        select(SyncRun)
        .where(SyncRun.practice_id == scope.practice_id, SyncRun.ehr == ehr, SyncRun.complete)
        .order_by(SyncRun.finished_at.desc())
        .limit(1)
    ).first()


def _digests(session: Session, scope: Scope, ehr: str, arrivals: Sequence[Kept]) -> set[str]:
    found: set[str] = set()
    for kind in {one.type for one in arrivals}:
        ids = [one.id for one in arrivals if one.type == kind]
        found |= {k.sha256 for k in known(session, scope, ehr, kind, ids).values() if k.sha256}
    return found


def _drop_uncited(session: Session, scope: Scope, digests: set[str]) -> None:
    for batch in chunks(sorted(digests)):
        mine = (BLOB.c.practice_id == scope.practice_id, BLOB.c.sha256.in_(batch))
        session.execute(
            delete(BLOB).where(
                *mine,
                ~_cited(RESOURCE.c.sha256, RESOURCE.c.practice_id, scope),
                ~_cited(TransitionRow.evidence_sha256, TransitionRow.practice_id, scope),
                ~_cited(Document.sha256, Document.practice_id, scope),
            )
        )


def _cited(column: Any, practice: Any, scope: Scope) -> Any:
    return select(column).where(practice == scope.practice_id, column == BLOB.c.sha256).exists()


def judged(session: Session, scope: Scope, ehr: str, patients: Sequence[str]) -> None:
    """These patient records are judged as they stand."""
    for batch in chunks(patients):
        session.execute(
            update(PatientRow)
            .where(PatientRow.practice_id == scope.practice_id, PatientRow.ehr == ehr, PatientRow.id.in_(batch))
            .values(stale=False)
        )


def name_patient(session: Session, scope: Scope, ehr: str, patient: str, names: dict[str, str | None]) -> None:
    """What the screens show of a patient record."""
    session.execute(
        update(PatientRow)
        .where(PatientRow.practice_id == scope.practice_id, PatientRow.ehr == ehr, PatientRow.id == patient)
        .values(**names)
    )


def name_clinician(
    session: Session, scope: Scope, ehr: str, key: str, name: str | None, npi: str | None, ours: bool
) -> None:
    """A clinician or organization by name."""
    row = {"practice_id": scope.practice_id, "ehr": ehr, "key": key, "name": name, "npi": npi, "ours": ours}
    upsert(session, table_of(ClinicianRow), [row])
