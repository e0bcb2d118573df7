"""What a page says of corrections: what changed since a letter was signed, and where the letter is."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy.orm import Session

from loopclose.store import draft_charts, jobs, letter_changes
from loopclose.store.base import Scope
from loopclose.store.jobs import LOOK
from loopclose.store.letter_changes import LetterChangeRow
from loopclose.store.obligations import Obligation


@dataclass(frozen=True)
class Correcting:
    """Of a correction its own changes; of a report those of all its corrections."""

    letter: str | None
    """The report whose letter it is."""
    changes: Sequence[LetterChangeRow]
    corrections: Sequence[Obligation]
    looked_at: datetime | None = None
    """When the chart behind the newest signed letter was last looked at; None where it never was, or nothing is signed.
    """
    problem: str | None = None
    """Why the last try to look at it failed, where it did."""


def correcting_of(session: Session, scope: Scope, owed: Obligation) -> Correcting:
    """What changed since the letter was signed that something owed is about; nothing of any other kind."""
    if owed.kind == "correction":
        letter = letter_changes.letters_of(session, scope, [owed.id]).get(owed.id)
        return Correcting(letter, letter_changes.of_correction(session, scope, owed.id), ())
    if owed.kind != "report":
        return Correcting(None, (), ())
    changes = letter_changes.changes_of(session, scope, owed.id)
    corrections = letter_changes.corrections(session, scope, owed.id) if changes else ()
    job = jobs.newest(session, scope, LOOK, owed.id)
    looked = draft_charts.looked_at(session, scope, [owed.id]).get(owed.id) if job is not None else None
    failed = job.error if job is not None and job.state == "failed" else None
    return Correcting(owed.id, changes, corrections, looked[1] if looked else None, failed)
