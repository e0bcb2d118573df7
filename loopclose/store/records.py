"""Queries of the resources kept: by type, by patient."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime
from operator import itemgetter
from typing import Any, NamedTuple

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from loopclose.store.base import Scope, chunks, mine
from loopclose.store.intake import BLOB, RESOURCE
from loopclose.store.people import ClinicianRow


def nothing_kept(session: Session, scope: Scope, ehr: str) -> bool:
    """Whether no resource of that EHR was ever read."""
    these = (mine(RESOURCE, scope), RESOURCE.c.ehr == ehr)
    return session.execute(select(RESOURCE.c.fhir_id).where(*these).limit(1)).first() is None


def count_of(session: Session, scope: Scope, ehr: str, kind: str) -> int:
    """How many resources of a type are kept, whatever became of them, without those that are gone."""
    these = (RESOURCE.c.ehr == ehr, RESOURCE.c.type == kind, RESOURCE.c.disposition != "gone")
    return session.scalar(select(func.count()).select_from(RESOURCE).where(mine(RESOURCE, scope), *these)) or 0


def kept(session: Session, scope: Scope, ehr: str, key: str, sha256: str | None) -> bytes | None:
    """The bytes under that digest; without one, those that are kept of ``Type/id`` now. None where there are none."""
    if sha256 is None:
        kind, _, fhir_id = key.partition("/")
        these = (RESOURCE.c.ehr == ehr, RESOURCE.c.type == kind, RESOURCE.c.fhir_id == fhir_id)
        sha256 = session.scalar(select(RESOURCE.c.sha256).where(mine(RESOURCE, scope), *these))
    return session.scalar(select(BLOB.c.body).where(mine(BLOB, scope), BLOB.c.sha256 == sha256)) if sha256 else None


def names(session: Session, scope: Scope, ehr: str, keys: Sequence[str]) -> dict[str, str]:
    """Names of some clinicians and organizations by ``Type/id``, as far as they are known."""
    rows = session.execute(
        select(ClinicianRow.key, ClinicianRow.name).where(
            mine(ClinicianRow, scope), ClinicianRow.ehr == ehr, ClinicianRow.key.in_(keys)
        )
    )
    return {key: name for key, name in rows if name}


def read_types(session: Session, scope: Scope, ehr: str, kinds: Sequence[str]) -> list[tuple[str, str, bytes]]:
    """(type, id, bytes) of every readable resource of those types."""
    rows = session.execute(
        select(RESOURCE.c.type, RESOURCE.c.fhir_id, BLOB.c.body)
        .join(BLOB, (BLOB.c.practice_id == RESOURCE.c.practice_id) & (BLOB.c.sha256 == RESOURCE.c.sha256))
        .where(
            mine(RESOURCE, scope),
            RESOURCE.c.ehr == ehr,
            RESOURCE.c.type.in_(kinds),
            RESOURCE.c.disposition != "quarantined",
        )
        .order_by(RESOURCE.c.type, RESOURCE.c.fhir_id)
    )
    return [(kind, fhir_id, raw) for kind, fhir_id, raw in rows]


def read_patients(
    session: Session, scope: Scope, ehr: str, patients: Sequence[str], kinds: Iterable[str] | None = None
) -> list[tuple[str, str, str, str, str | None, str | None, bytes]]:
    """(patient, type, id, disposition, reason, sha256, bytes) of what is kept of those patients, in order.

    Of the types ``kinds`` alone, where given.
    """
    found: list[Any] = []
    wanted = () if kinds is None else (RESOURCE.c.type.in_(sorted(kinds)),)
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
            .where(
                mine(RESOURCE, scope),
                RESOURCE.c.ehr == ehr,
                RESOURCE.c.patient.in_(batch),
                *wanted,
            )
        )
        found += rows.all()
    found.sort(key=itemgetter(1, 2))
    return found


class Row(NamedTuple):
    """One resource that is kept, without its bytes."""

    patient: str
    type: str
    id: str
    disposition: str
    reason: str | None
    sha256: str


def rows_of(session: Session, scope: Scope, ehr: str, patients: Sequence[str], kinds: Iterable[str]) -> list[Row]:
    """What is kept of those patients of those types, and not gone, in order."""
    columns = (getattr(RESOURCE.c, name) for name in ("patient", "type", "fhir_id", "disposition", "reason", "sha256"))
    asked, found = select(*columns), list[Row]()
    for batch in chunks(patients):
        rows = session.execute(
            asked.where(
                mine(RESOURCE, scope),
                RESOURCE.c.ehr == ehr,
                RESOURCE.c.patient.in_(batch),
                RESOURCE.c.type.in_(sorted(kinds)),
                RESOURCE.c.sha256.is_not(None),
            )
        )
        found += [Row(*row) for row in rows.all()]
    found.sort(key=itemgetter(1, 2))
    return found


def bodies(session: Session, scope: Scope, digests: Iterable[str]) -> dict[str, bytes]:
    """By digest: the bytes that are kept."""
    found: dict[str, bytes] = {}
    for batch in chunks(digests):
        rows = session.execute(select(BLOB.c.sha256, BLOB.c.body).where(mine(BLOB, scope), BLOB.c.sha256.in_(batch)))
        found.update((sha256, body) for sha256, body in rows.all())
    return found


def ids_of_patients(session: Session, scope: Scope, ehr: str, patients: Sequence[str]) -> dict[tuple[str, str], str]:
    """By (type, id): the patient, of everything that is kept of those patients and not gone."""
    found: dict[tuple[str, str], str] = {}
    for batch in chunks(patients):
        rows = session.execute(
            select(RESOURCE.c.type, RESOURCE.c.fhir_id, RESOURCE.c.patient).where(
                mine(RESOURCE, scope),
                RESOURCE.c.ehr == ehr,
                RESOURCE.c.patient.in_(batch),
                RESOURCE.c.disposition != "gone",
            )
        )
        found.update(((row[0], row[1]), row[2]) for row in rows)
    return found


class Standing(NamedTuple):
    """Where one resource stands."""

    patient: str | None
    disposition: str
    seen_at: datetime
    sha256: str | None


def standings(session: Session, scope: Scope, ehr: str, keys: Iterable[str]) -> dict[str, Standing]:
    """By ``Type/id``: where each of those stands that was ever kept."""
    found: dict[str, Standing] = {}
    of_type: dict[str, list[str]] = {}
    for key in sorted(set(keys)):
        kind, _, fhir_id = key.partition("/")
        of_type.setdefault(kind, []).append(fhir_id)
    columns = (RESOURCE.c.fhir_id, RESOURCE.c.patient, RESOURCE.c.disposition, RESOURCE.c.seen_at, RESOURCE.c.sha256)
    for kind, ids in of_type.items():
        for batch in chunks(ids):
            these = (RESOURCE.c.ehr == ehr, RESOURCE.c.type == kind, RESOURCE.c.fhir_id.in_(batch))
            rows = session.execute(select(*columns).where(mine(RESOURCE, scope), *these))
            found.update((f"{kind}/{row[0]}", Standing(*row[1:])) for row in rows)
    return found
