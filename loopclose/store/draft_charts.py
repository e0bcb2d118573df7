"""Of which chart the newest draft of a report was made, so that nothing is drafted anew where nothing changed."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Sequence
from datetime import datetime

from sqlalchemy import String, select
from sqlalchemy.orm import Mapped, Session, mapped_column

from loopclose.domain.codes import OPEN_STATES
from loopclose.store.base import Base, PracticeOwned, Scope, chunks, mine, table_of
from loopclose.store.conditions import one_of
from loopclose.store.intake import RESOURCE
from loopclose.store.loop import VisitRow
from loopclose.store.obligations import Obligation
from loopclose.store.people import PatientRow
from loopclose.store.upsert import upsert

REFRESHED = ("drafted", "owed")
"""States of a report in which its draft follows the chart."""


class DraftChartRow(PracticeOwned, Base):
    """The chart by which a report was drafted last."""

    __tablename__ = "draft_chart"
    obligation: Mapped[str] = mapped_column(String(36), primary_key=True)
    sha256: Mapped[str] = mapped_column(String(64))
    """Of what the syncs had read of that patient, and of whom the report is to: ``charts_of``."""
    at: Mapped[datetime]


def open_reports(session: Session, scope: Scope, ehr: str, now: datetime) -> list[tuple[Obligation, datetime]]:
    """Reports of visits that are over and that nobody has signed, with when the visit ended; the first due first."""
    joined = (VisitRow.practice_id == Obligation.practice_id, VisitRow.ehr == Obligation.ehr)
    rows = session.execute(
        select(Obligation, VisitRow.end)
        .join(VisitRow, (joined[0]) & (joined[1]) & (VisitRow.id == Obligation.visit))
        .where(
            mine(Obligation, scope),
            Obligation.ehr == ehr,
            Obligation.kind == "report",
            one_of(Obligation.state, OPEN_STATES),  # for the index of what is open
            Obligation.state.in_(REFRESHED),
            VisitRow.end <= now,
        )
        .order_by(Obligation.due_at, Obligation.id)
    )
    return [(owed, end) for owed, end in rows]


def charts_of(
    session: Session, scope: Scope, ehr: str, those: Sequence[Obligation], without: Iterable[str]
) -> dict[str, str]:
    """By report: a digest of what is kept of its patient, without those types, and of who is to get it."""
    found = {one.id: hashlib.sha256(_whom(one)) for one in those}
    of_person: dict[str, list[str]] = {}
    for one in those:
        of_person.setdefault(one.person, []).append(one.id)
    for batch in chunks(sorted(of_person)):
        rows = session.execute(
            select(PatientRow.person, RESOURCE.c.type, RESOURCE.c.fhir_id, RESOURCE.c.sha256, RESOURCE.c.disposition)
            .join(
                RESOURCE,
                (RESOURCE.c.practice_id == PatientRow.practice_id)
                & (RESOURCE.c.ehr == PatientRow.ehr)
                & (RESOURCE.c.patient == PatientRow.id),
            )
            .where(
                mine(PatientRow, scope),
                PatientRow.ehr == ehr,
                PatientRow.person.in_(batch),
                RESOURCE.c.type.not_in(sorted(without)),
            )
        ).all()
        for person, *said in sorted(map(tuple, rows), key=str):  # by the letters, whatever a database sorts by
            for obligation in of_person[person]:
                found[obligation].update(repr(said).encode())
    return {obligation: one.hexdigest() for obligation, one in found.items()}


def drafted_charts(session: Session, scope: Scope, those: Sequence[str]) -> dict[str, str]:
    """By report: the digest of the chart by which it was drafted last."""
    found: dict[str, str] = {}
    for batch in chunks(those):
        these = (mine(DraftChartRow, scope), DraftChartRow.obligation.in_(batch))
        found.update((key, sha256) for key, sha256 in session.execute(_KNOWN.where(*these)))
    return found


def looked_at(session: Session, scope: Scope, those: Sequence[str]) -> dict[str, tuple[str, datetime]]:
    """By report: the digest of the chart that was looked at last, and when."""
    found: dict[str, tuple[str, datetime]] = {}
    row = DraftChartRow
    for batch in chunks(those):
        rows = session.execute(
            select(row.obligation, row.sha256, row.at).where(mine(row, scope), row.obligation.in_(batch))
        )
        found.update((key, (sha256, at)) for key, sha256, at in rows)
    return found


def note_chart(session: Session, scope: Scope, obligation: str, sha256: str, now: datetime) -> None:
    """The report was drafted by that chart."""
    row = {"practice_id": scope.practice_id, "obligation": obligation, "sha256": sha256, "at": now}
    upsert(session, table_of(DraftChartRow), [row], update=("sha256", "at"))


_KNOWN = select(DraftChartRow.obligation, DraftChartRow.sha256)


def _whom(owed: Obligation) -> bytes:
    return repr((owed.visit, owed.referral, owed.author, owed.referrer_key, owed.referrer_name)).encode()
