"""People's answers to "who really asked?": for one request, or for a requester, and whom they touch."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Index, String, func, select
from sqlalchemy.orm import Mapped, Session, mapped_column

from loopclose.store.base import Base, PracticeOwned, Scope, mine, natural_id
from loopclose.store.loop import LinkRow, ReferralRow, VisitRow
from loopclose.store.people import PatientRow

REQUEST, REQUESTER = "request", "requester"


class RequesterAnswerRow(PracticeOwned, Base):
    """One answer. The newest about something holds, unless it was taken back."""

    __tablename__ = "requester_answer"
    id: Mapped[str] = mapped_column(String(36), primary_key=True)
    """UUIDv5 of (practice, ehr, about, key, no)."""
    ehr: Mapped[str] = mapped_column(String(64))
    about: Mapped[str] = mapped_column(String(12))
    """``request``: that one; ``requester``: everything that this requester asks."""
    key: Mapped[str] = mapped_column(String(140))
    """``ServiceRequest/id``, or the requester's ``Type/id``."""
    no: Mapped[int]
    referrer: Mapped[dict[str, Any] | None]
    """The Referrer as a mapping; None: an internal request that owes nothing."""
    by: Mapped[str]
    at: Mapped[datetime]
    taken_back_by: Mapped[str | None]
    taken_back_at: Mapped[datetime | None]
    __table_args__ = (
        Index("ix_requester_answer_key", "practice_id", "ehr", "about", "key"),
        Index("ix_requester_answer_at", "practice_id", "at"),
    )


def answers(session: Session, scope: Scope, ehr: str | None = None) -> Sequence[RequesterAnswerRow]:
    """Every answer, the newest first."""
    asked = select(RequesterAnswerRow).where(mine(RequesterAnswerRow, scope))
    if ehr is not None:
        asked = asked.where(RequesterAnswerRow.ehr == ehr)
    return session.scalars(asked.order_by(RequesterAnswerRow.at.desc(), RequesterAnswerRow.id)).all()


def in_force(session: Session, scope: Scope, ehr: str) -> dict[tuple[str, str], dict[str, Any] | None]:
    """By (about, key): the answer that holds, as a Referrer's mapping or None."""
    rows = session.scalars(
        select(RequesterAnswerRow)
        .where(mine(RequesterAnswerRow, scope), RequesterAnswerRow.ehr == ehr)
        .order_by(RequesterAnswerRow.no)
    )
    newest = {(row.about, row.key): row for row in rows}
    return {about: row.referrer for about, row in newest.items() if row.taken_back_at is None}


def answer(session: Session, scope: Scope, answer_id: str, *, hold: bool = False) -> RequesterAnswerRow | None:
    """One answer; ``hold``: until the end of the transaction."""
    asked = select(RequesterAnswerRow).where(mine(RequesterAnswerRow, scope), RequesterAnswerRow.id == answer_id)
    asked = asked.with_for_update().execution_options(populate_existing=True) if hold else asked
    return session.scalars(asked).first()


def last_about(session: Session, scope: Scope, ehr: str, about: str, key: str) -> RequesterAnswerRow | None:
    """The newest answer about that, whether it holds or was taken back."""
    return session.scalars(
        select(RequesterAnswerRow)
        .where(*_about(scope, ehr, about, key))
        .order_by(RequesterAnswerRow.no.desc())
        .limit(1)
    ).first()


def note_answer(
    session: Session,
    scope: Scope,
    ehr: str,
    about: str,
    key: str,
    referrer: dict[str, Any] | None,
    by: str,
    at: datetime,
) -> None:
    """Keep an answer under the next number."""
    no = (session.scalar(select(func.max(RequesterAnswerRow.no)).where(*_about(scope, ehr, about, key))) or 0) + 1
    session.add(
        RequesterAnswerRow(
            practice_id=scope.practice_id,
            id=natural_id(scope.practice_id, ehr, about, key, no),
            ehr=ehr,
            about=about,
            key=key,
            no=no,
            referrer=referrer,
            by=by,
            at=at,
            taken_back_by=None,
            taken_back_at=None,
        )
    )


@dataclass(frozen=True)
class Touched:
    """One request that an answer touches, with its patient and the visits linked to it."""

    referral: str
    person: str
    patient: PatientRow | None
    authored_on: str | None
    label: str | None
    visits: tuple[tuple[str, datetime], ...]
    """(visit, start) each."""


def touched(session: Session, scope: Scope, ehr: str, about: str, key: str) -> list[Touched]:
    """Everybody whom an answer about that touches, by patient and request."""
    these = (mine(ReferralRow, scope), ReferralRow.ehr == ehr)
    asked = ReferralRow.id if about == REQUEST else ReferralRow.requester_key
    rows = session.execute(
        select(ReferralRow, PatientRow)
        .outerjoin(
            PatientRow,
            (PatientRow.practice_id == ReferralRow.practice_id)
            & (PatientRow.ehr == ReferralRow.ehr)
            & (PatientRow.id == ReferralRow.patient),
        )
        .where(*these, asked == key)
        .order_by(ReferralRow.person, ReferralRow.id)
        .execution_options(populate_existing=True)
    ).all()
    seen = _visits(session, scope, ehr, {row.person for row, _ in rows})
    return [
        Touched(row.id, row.person, patient, row.authored_on, row.label, tuple(seen.get(row.id, ())))
        for row, patient in rows
    ]


def digest_of(found: Sequence[Touched]) -> str:
    """Another word whenever the list of those who are touched changes."""
    lines = [[one.referral, one.person, *(visit for visit, _ in one.visits)] for one in found]
    return hashlib.sha256(repr(lines).encode()).hexdigest()[:20]


def subjects(session: Session, scope: Scope, rows: Sequence[RequesterAnswerRow]) -> dict[str, list[Touched]]:
    """By the id of an answer: the requests that it is about."""
    found: dict[tuple[str, str, str], list[Touched]] = {}
    for row in rows:
        about = (row.ehr, row.about, row.key)
        if about not in found:
            found[about] = touched(session, scope, *about)
    return {row.id: found[(row.ehr, row.about, row.key)] for row in rows}


def _visits(session: Session, scope: Scope, ehr: str, persons: set[str]) -> dict[str, list[tuple[str, datetime]]]:
    """By referral: the visits linked to it."""
    found: dict[str, list[tuple[str, datetime]]] = {}
    rows = session.execute(
        select(LinkRow.referrals, VisitRow.id, VisitRow.start)
        .join(
            VisitRow,
            (VisitRow.practice_id == LinkRow.practice_id)
            & (VisitRow.ehr == LinkRow.ehr)
            & (VisitRow.id == LinkRow.visit),
        )
        .where(
            mine(LinkRow, scope),
            LinkRow.ehr == ehr,
            LinkRow.current,
            VisitRow.person.in_(sorted(persons)),
        )
        .order_by(VisitRow.start, VisitRow.id)
    )
    for referrals, visit, start in rows:
        for referral in referrals:
            found.setdefault(referral, []).append((visit, start))
    return found


def _about(scope: Scope, ehr: str, about: str, key: str) -> tuple[Any, ...]:
    row = RequesterAnswerRow
    return (mine(row, scope), row.ehr == ehr, row.about == about, row.key == key)
