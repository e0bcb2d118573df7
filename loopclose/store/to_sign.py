"""Letters that wait for somebody to sign: their own drafts, residents' that wait for another clinician, corrections."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import ColumnElement, and_, case, func, or_, select
from sqlalchemy.orm import Session

from loopclose.store.base import Scope, mine
from loopclose.store.conditions import just
from loopclose.store.lateness import is_open
from loopclose.store.letter_changes import is_correction_of, waits_to_be_signed
from loopclose.store.obligations import Document, Obligation
from loopclose.store.signatures import waiting
from loopclose.store.signing_clocks import is_overdue
from loopclose.store.worklist_item import Item
from loopclose.store.worklist_query import Days, Page, items, most_pressing, of_kind

MOST = 50
"""Letters on the page; the most pressing of them."""


def letters_to_sign(
    session: Session, scope: Scope, now: datetime, days: Days, email: str, *, cosigns: bool
) -> list[Item]:
    """What waits for that user's signature: first what was to be signed by now, then the most pressing; ``cosigns``:
    residents' letters, too.

    Each is a report, or a correction of one whose corrected letter is drafted (``letter_changes.letters_of``).
    """
    where = _theirs(session, scope, email, cosigns)
    order = (case((is_overdue(now), 0), else_=1), *most_pressing(now, days.last_close))
    return items(session, scope, now, where, Page(size=MOST), order)


def count_to_sign(session: Session, scope: Scope, email: str, *, cosigns: bool) -> int:
    """How many those are."""
    where = _theirs(session, scope, email, cosigns)
    return session.scalar(select(func.count()).select_from(Obligation).where(mine(Obligation, scope), *where)) or 0


def _is_interim_signed() -> ColumnElement[bool]:
    """Whether the newest letter is an interim report that was signed: the next draft waits for a signature again."""
    of_it = (Document.practice_id == Obligation.practice_id, Document.obligation == Obligation.id)
    letter = select(Document.version).where(*of_it, Document.kind == "consult-note")
    return letter.where(Document.signed_by.is_not(None)).exists() & ~letter.where(Document.signed_by.is_(None)).exists()


def _theirs(session: Session, scope: Scope, email: str, cosigns: bool) -> list[ColumnElement[bool]]:
    reports = sorted(waiting(session, scope))
    waits = or_(Obligation.id.in_(reports), is_correction_of(reports))
    drafted = and_(of_kind("report"), just(Obligation.state, "drafted"), ~_is_interim_signed())
    corrected = and_(of_kind("correction"), waits_to_be_signed())
    theirs = or_(Obligation.owner == email, waits) if cosigns else and_(Obligation.owner == email, ~waits)
    return [is_open(), or_(drafted, corrected), theirs]
