"""What was set aside for what it is, of patients who are not followed: kept, and looked at again when a map changes."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import NamedTuple

from sqlalchemy import select, tuple_, update
from sqlalchemy.orm import Session

from loopclose.store.base import Scope, mine, table_of
from loopclose.store.conditions import one_of
from loopclose.store.intake import BLOB, RESOURCE
from loopclose.store.people import PatientRow

AT_ONCE = 1000


class SetAside(NamedTuple):
    """One resource, with its bytes."""

    type: str
    id: str
    patient: str
    reason: str
    raw: bytes


def set_aside(
    session: Session, scope: Scope, ehr: str, kinds: Iterable[str], reasons: Iterable[str]
) -> Iterator[SetAside]:
    """Every resource of those types that was ignored for one of those reasons, of patients nobody follows.

    Of patients who are followed everything is judged again as it is; these nobody would look at.
    """
    row, patient, last = RESOURCE.c, table_of(PatientRow).c, ("", "")
    followed = select(patient.id).where(
        patient.practice_id == row.practice_id, patient.ehr == row.ehr, patient.id == row.patient
    )
    asked = (
        select(row.type, row.fhir_id, row.patient, row.reason, BLOB.c.body)
        .join(BLOB, (BLOB.c.practice_id == row.practice_id) & (BLOB.c.sha256 == row.sha256))
        .where(mine(RESOURCE, scope), row.ehr == ehr, row.type.in_(sorted(kinds)))
        .where(row.disposition == "ignored", one_of(row.reason, reasons))
        .where(row.patient.is_not(None), ~followed.exists())
        .order_by(row.type, row.fhir_id)
        .limit(AT_ONCE)
    )
    while True:
        rows = session.execute(asked.where(tuple_(row.type, row.fhir_id) > tuple_(*last))).all()
        yield from (SetAside(*one) for one in rows)
        if len(rows) < AT_ONCE:
            return
        last = (rows[-1].type, rows[-1].fhir_id)


def take_up(
    session: Session, scope: Scope, ehr: str, kind: str, fhir_id: str, kept_as: tuple[str, str | None], detail: str
) -> None:
    """A resource that was set aside is kept as another (disposition, reason)."""
    these = (mine(RESOURCE, scope), RESOURCE.c.ehr == ehr, RESOURCE.c.type == kind, RESOURCE.c.fhir_id == fhir_id)
    values = {"disposition": kept_as[0], "reason": kept_as[1], "detail": detail}
    session.execute(update(RESOURCE).where(*these).values(**values))
