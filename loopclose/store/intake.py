"""What was read and is kept: known digests, new bytes, what is gone."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any

import msgspec
from msgspec.structs import astuple
from sqlalchemy import Dialect, delete, select, update
from sqlalchemy.orm import Session

from loopclose.store.base import Scope, chunks, mine, table_of
from loopclose.store.obligations import Document, TransitionRow
from loopclose.store.resources import Blob, Resource
from loopclose.store.upsert import Ready, columns_ready

RESOURCE, BLOB = table_of(Resource), table_of(Blob)


class Kept(msgspec.Struct, frozen=True, gc=False):
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


class Known(msgspec.Struct, frozen=True, gc=False):
    """What is known of a resource already."""

    type: str
    sha256: str | None
    disposition: str
    reason: str | None
    patient: str | None


def known(session: Session, scope: Scope, ehr: str, kind: str, ids: Iterable[str]) -> dict[str, Known]:
    """By id: digest, disposition and patient of the resources of that type that were read before."""
    columns = (RESOURCE.c.fhir_id, RESOURCE.c.sha256, RESOURCE.c.disposition, RESOURCE.c.reason, RESOURCE.c.patient)
    found: dict[str, Known] = {}
    for batch in chunks(ids):
        rows = session.execute(
            select(*columns).where(
                mine(RESOURCE, scope),
                RESOURCE.c.ehr == ehr,
                RESOURCE.c.type == kind,
                RESOURCE.c.fhir_id.in_(batch),
            )
        )
        found.update((row[0], Known(kind, *row[1:])) for row in rows)
    return found


def kept_ready(
    dialect: Dialect, scope: Scope, ehr: str, arrivals: Sequence[Kept], seen_at: datetime
) -> tuple[Ready, Ready]:
    """Resources and their bytes (compressed here), ready to be written."""
    practice, many = scope.practice_id, len(arrivals)
    read = dict(zip(Kept.__struct_fields__, zip(*map(astuple, arrivals), strict=True), strict=True))
    body = read.pop("raw")
    owner = {"practice_id": (practice,) * many}
    blobs = columns_ready(dialect, BLOB, {**owner, "sha256": read["sha256"], "body": body}, update=())
    read["fhir_id"] = read.pop("id")
    seen = {"version": (None,) * many, "seen_at": (seen_at,) * many}
    return blobs, columns_ready(dialect, RESOURCE, {**owner, "ehr": (ehr,) * many, **read, **seen})


def keep_gone(session: Session, scope: Scope, ehr: str, kind: str, fhir_id: str) -> None:
    """The server says that a resource is gone: the row stays and says so."""
    key = (
        mine(RESOURCE, scope),
        RESOURCE.c.ehr == ehr,
        RESOURCE.c.type == kind,
        RESOURCE.c.fhir_id == fhir_id,
    )
    old = session.execute(select(RESOURCE.c.sha256).where(*key)).scalar_one_or_none()
    session.execute(update(RESOURCE).where(*key).values(sha256=None, disposition="gone", reason=None, detail=None))
    if old is not None:
        drop_uncited(session, scope, {old})


def drop_uncited(session: Session, scope: Scope, digests: set[str]) -> None:
    """Of these bytes, drop those that nothing cites any more."""
    for batch in chunks(sorted(digests)):
        these = (mine(BLOB, scope), BLOB.c.sha256.in_(batch))
        session.execute(
            delete(BLOB).where(
                *these,
                ~_cited(RESOURCE.c.sha256, RESOURCE.c.practice_id, scope),
                ~_cited(TransitionRow.evidence_sha256, TransitionRow.practice_id, scope),
                ~_cited(Document.sha256, Document.practice_id, scope),
            )
        )


def _cited(column: Any, practice: Any, scope: Scope) -> Any:
    return select(column).where(practice == scope.practice_id, column == BLOB.c.sha256).exists()
