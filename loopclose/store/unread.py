"""Patients whose records could not be read whole: what stands of them stays, and a person is told why."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import NamedTuple

from sqlalchemy import String, delete, select
from sqlalchemy.orm import Mapped, Session, mapped_column

from loopclose.store.base import Base, PracticeOwned, Scope, chunks, mine, table_of
from loopclose.store.upsert import upsert


class UnreadRow(PracticeOwned, Base):
    """One patient record that the last run could not read whole."""

    __tablename__ = "unread"
    ehr: Mapped[str] = mapped_column(String(64), primary_key=True)
    patient: Mapped[str] = mapped_column(String(140), primary_key=True)
    """``Patient/id``."""
    reason: Mapped[str]
    """A sentence for a person."""
    since: Mapped[datetime]
    """When it first could not be read, and never since."""


class Unread(NamedTuple):
    """Why a patient could not be read, and since when."""

    ehr: str
    patient: str
    reason: str
    since: datetime


def note_unread(session: Session, scope: Scope, ehr: str, reasons: Mapping[str, str], now: datetime) -> None:
    """Those patients (``Patient/id``) could not be read; who could not before keeps the time since when."""
    rows = [
        {"practice_id": scope.practice_id, "ehr": ehr, "patient": patient, "reason": reason, "since": now}
        for patient, reason in sorted(reasons.items())
    ]
    upsert(session, table_of(UnreadRow), rows, update=("reason",))


def note_read(session: Session, scope: Scope, ehr: str, patients: Iterable[str]) -> set[str]:
    """Those patients were read whole; gives back who could not be before."""
    before: set[str] = set()
    for batch in chunks(sorted(patients)):
        some = (mine(UnreadRow, scope), UnreadRow.ehr == ehr, UnreadRow.patient.in_(batch))
        before.update(session.scalars(select(UnreadRow.patient).where(*some)))
    for batch in chunks(sorted(before)):
        some = (mine(UnreadRow, scope), UnreadRow.ehr == ehr, UnreadRow.patient.in_(batch))
        session.execute(delete(UnreadRow).where(*some))
    return before


def unread(
    session: Session, scope: Scope, ehr: str | None = None, patients: Iterable[str] | None = None
) -> list[Unread]:
    """Who is unread: of one EHR or all, of some patients or all; in order."""
    of_ehr = [mine(UnreadRow, scope), *([UnreadRow.ehr == ehr] if ehr else [])]
    batches = [None] if patients is None else list(chunks(sorted(patients)))
    found: list[Unread] = []
    for batch in batches:
        some = of_ehr if batch is None else [*of_ehr, UnreadRow.patient.in_(batch)]
        rows = session.scalars(select(UnreadRow).where(*some).order_by(UnreadRow.ehr, UnreadRow.patient))
        found += [Unread(row.ehr, row.patient, row.reason, row.since) for row in rows]
    return found
