"""Queries for drafting: the report, its visit, the names beside it, and the papers kept."""

from __future__ import annotations

import hashlib
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from loopclose.domain.states import Transition
from loopclose.store.base import Scope, mine
from loopclose.store.decisions import add_step
from loopclose.store.lateness import is_open
from loopclose.store.loop import VisitRow
from loopclose.store.obligations import Document, Obligation
from loopclose.store.people import ClinicianRow, PatientRow

PAGE = "text/html"
"""``document.media_type`` of drafts that an earlier release kept as pages."""


def report(session: Session, scope: Scope, obligation: str) -> Obligation | None:
    """The report with that id, or None where it is no report of this practice."""
    found = session.get(Obligation, (scope.practice_id, obligation))
    return found if found is not None and found.kind == "report" else None


def missed(session: Session, scope: Scope, obligation: str) -> Obligation | None:
    """The missed visit with that id of which the referrer is to be told, or None where it is none of this practice."""
    found = session.get(Obligation, (scope.practice_id, obligation))
    return found if found is not None and found.kind == "no_show" and found.appointment else None


def released_notices(session: Session, scope: Scope) -> list[str]:
    """Missed visits whose notice was released and that wait to be told still."""
    of_it = (Document.practice_id == Obligation.practice_id) & (Document.obligation == Obligation.id)
    asked = select(Obligation.id).distinct().join(Document, of_it)
    these = (mine(Obligation, scope), Obligation.kind == "no_show", is_open(), Document.signed_by.is_not(None))
    return list(session.scalars(asked.where(*these).order_by(Obligation.id)))


def was_reported(session: Session, scope: Scope, owed: Obligation) -> bool:
    """Whether another visit under the same referral was reported already: its letter is signed, or went out."""
    asked = select(Obligation.id).where(
        mine(Obligation, scope),
        Obligation.kind == "report",
        Obligation.ehr == owed.ehr,
        Obligation.referral == owed.referral,
        Obligation.id != owed.id,
        Obligation.state.in_(("signed", "sent", "confirmed")),
    )
    return owed.referral is not None and session.scalars(asked.limit(1)).first() is not None


def visit(session: Session, scope: Scope, ehr: str, key: str) -> VisitRow:
    """The visit of a report."""
    return session.get_one(VisitRow, (scope.practice_id, ehr, key))


def records(session: Session, scope: Scope, owed: Obligation) -> list[str]:
    """Keys of the patient records of the person a report is about."""
    return list(
        session.scalars(
            select(PatientRow.id).where(
                mine(PatientRow, scope),
                PatientRow.ehr == owed.ehr,
                PatientRow.person == owed.person,
            )
        )
    )


def names(session: Session, scope: Scope, ehr: str) -> dict[str, str]:
    """Names of clinicians and organizations by key."""
    rows = session.execute(
        select(ClinicianRow.key, ClinicianRow.name).where(
            mine(ClinicianRow, scope), ClinicianRow.ehr == ehr, ClinicianRow.name.is_not(None)
        )
    )
    return {key: name for key, name in rows if name}


def papers(session: Session, scope: Scope, obligation: str, *, signed: bool = False) -> dict[str, Document]:
    """The newest version of each paper; the newest that was signed, where asked so."""
    rows = session.scalars(
        select(Document)
        .where(mine(Document, scope), Document.obligation == obligation)
        .order_by(Document.kind, Document.version)
    )
    return {row.kind: row for row in rows if row.signed_by is not None or not signed}


def versions(session: Session, scope: Scope, obligation: str) -> list[Document]:
    """Every version of every paper."""
    asked = select(Document).where(mine(Document, scope), Document.obligation == obligation)
    return list(session.scalars(asked.order_by(Document.kind, Document.version)))


def keep_papers(
    session: Session,
    scope: Scope,
    obligation: str,
    media_type: str,
    bodies: dict[str, bytes],
    read_at: datetime | None = None,
) -> dict[str, Document]:
    """Keep papers under their SHA-256; the same bytes again are no new version, and a signed one is never replaced.

    ``read_at``: when the chart that they are drafted from had been read.

    A draft that an earlier release kept as a page is set aside, not lost.
    """
    kept = papers(session, scope, obligation)
    for kind, body in bodies.items():
        digest = hashlib.sha256(body).hexdigest()
        last = kept.get(kind)
        if last is not None and last.sha256 == digest and last.body == body:
            if last.signed_by is None:
                last.drafted_at = read_at
            continue
        if last is not None and last.signed_by is None:
            last.drafted_at = read_at
            if last.media_type == PAGE:
                last.page = last.body
            last.body, last.sha256, last.media_type = body, digest, media_type
            continue
        kept[kind] = Document(
            practice_id=scope.practice_id,
            obligation=obligation,
            kind=kind,
            version=last.version + 1 if last else 1,
            sha256=digest,
            media_type=media_type,
            body=body,
            page=None,
            source=None,
            signed_by=None,
            signed_at=None,
            drafted_at=read_at,
        )
        session.add(kept[kind])
    return {kind: kept[kind] for kind in bodies}


def note_drafted(session: Session, scope: Scope, obligation: str, step: Transition, detected_at: datetime) -> None:
    """The report is drafted now."""
    session.get_one(Obligation, (scope.practice_id, obligation)).state = step.to_state
    add_step(session, scope, obligation, step, detected_at)
