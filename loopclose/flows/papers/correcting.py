"""What a page says of corrections: what changed since a letter was signed, and where the letter is."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy.orm import Session

from loopclose.store import letter_changes
from loopclose.store.base import Scope
from loopclose.store.letter_changes import LetterChangeRow
from loopclose.store.obligations import Obligation


@dataclass(frozen=True)
class Correcting:
    """Of a correction its own changes; of a report those of all its corrections."""

    letter: str | None
    """The report whose letter it is."""
    changes: Sequence[LetterChangeRow]
    corrections: Sequence[Obligation]


def correcting_of(session: Session, scope: Scope, owed: Obligation) -> Correcting:
    """What changed since the letter was signed that something owed is about; nothing of any other kind."""
    if owed.kind == "correction":
        letter = letter_changes.letters_of(session, scope, [owed.id]).get(owed.id)
        return Correcting(letter, letter_changes.of_correction(session, scope, owed.id), ())
    if owed.kind != "report":
        return Correcting(None, (), ())
    changes = letter_changes.changes_of(session, scope, owed.id)
    return Correcting(owed.id, changes, letter_changes.corrections(session, scope, owed.id) if changes else ())
