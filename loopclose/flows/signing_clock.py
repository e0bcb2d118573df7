"""Beginning the clock of a draft, in the transaction that makes it ready to be signed."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

from sqlalchemy.orm import Session

from loopclose.domain.letter_kinds import CONSULT
from loopclose.domain.practice import Practice
from loopclose.domain.signing_time import Draft, sign_by
from loopclose.domain.states import HELD
from loopclose.drafting.keeping import MEDIA_TYPE, UnreadablePaper, unpack
from loopclose.drafting.paper import Paper
from loopclose.drafting.to_sign import is_preliminary
from loopclose.store import drafts, holds, letter_changes, signing_clocks
from loopclose.store.base import Scope
from loopclose.store.obligations import Document, Obligation

BOTH = frozenset({CONSULT, "prescription-sheet"})
SIGNED = frozenset({"signed", "sent", "confirmed"})
"""States of a report beside which a corrected letter is drafted."""


def begin_clock(session: Session, scope: Scope, practice: Practice, report: Obligation, now: datetime) -> None:
    """Begin the clock of what is drafted of a report, if it is ready to be signed now and the clock was not begun.

    Drafting the same version anew begins nothing; another version, after an interim report or a correction, does.
    A corrected letter waits under its correction. Its caller holds the report.
    """
    documents = drafts.papers(session, scope, report.id)
    versions = [one.version for one in documents.values() if one.signed_by is None]
    subject = _subject(session, scope, report, documents) if versions else None
    if subject is None or not _draft(session, scope, report, documents).is_ready:
        return
    by = sign_by(now, practice.calendar)
    begun = signing_clocks.begin(session, scope, subject, max(versions), now, by)
    waits = report if subject[0] == report.id else session.get(Obligation, (scope.practice_id, subject[0]))
    if begun and waits is not None and waits.alert_after is not None:
        waits.alert_after = min(waits.alert_after, by)


def stop_clock(session: Session, scope: Scope, report: str, now: datetime) -> None:
    """The draft of a report, or its corrected letter, is signed."""
    corrects = letter_changes.open_corrections(session, scope, report)
    signing_clocks.stop(session, scope, [report, *(one.id for one in corrects)], now)


def _subject(
    session: Session, scope: Scope, report: Obligation, documents: Mapping[str, Document]
) -> tuple[str, int] | None:
    """What waits for the signature, and the number of its ladder: the report, or the correction of its letter."""
    if report.state not in SIGNED:
        letter = documents.get(CONSULT)
        return (report.id, report.ladder_no) if letter is not None and letter.signed_by is None else None
    changes = letter_changes.changes_of(session, scope, report.id)
    if not changes:
        return None
    correction = session.get(Obligation, (scope.practice_id, changes[-1].correction))
    if correction is None:  # its first change was kept just now: it is judged after this
        return changes[-1].correction, 1
    return (correction.id, correction.ladder_no) if correction.state == "owed" else None


def _draft(session: Session, scope: Scope, report: Obligation, documents: Mapping[str, Document]) -> Draft:
    papers = _readable(documents)
    state = HELD if holds.standing_of(session, scope, report) else report.state
    return Draft("drafted" if state in SIGNED else state, papers.keys() >= BOTH, is_preliminary(papers.values()))


def _readable(documents: Mapping[str, Document]) -> dict[str, Paper]:
    found: dict[str, Paper] = {}
    for kind, one in documents.items():
        if one.media_type != MEDIA_TYPE:
            continue
        try:
            found[kind] = unpack(one.body, one.sha256)
        except UnreadablePaper:
            continue  # a damaged paper is told wherever it is opened; whoever looks drafts it again
    return found
