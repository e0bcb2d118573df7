"""The note on which a signed report rests, as it was when its signature was seen: its words, or why there are none."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy.orm import Session

from fhir_adapters.facts import DocumentReference
from fhir_adapters.facts.reading import read
from fhir_adapters.facts.references import local_key
from loopclose.drafting.notes.note import Unread, words_of
from loopclose.store import records
from loopclose.store.base import Scope
from loopclose.store.obligations import TransitionRow

SIGNED = frozenset({"signed", "sent", "confirmed"})
"""States that rest on a signed note, where one is in the chart."""


@dataclass(frozen=True)
class SignedNote:
    """A note of the chart, for a page."""

    key: str
    """``DocumentReference/id``."""
    title: str
    authors: tuple[str, ...]
    written: str | None
    """As the EHR wrote it."""
    lines: tuple[str, ...]
    codings: tuple[tuple[str | None, str | None, str | None], ...]
    """(system, code, display) of its type, each."""
    why_not: str | None
    """Why its words are not here, after “the note”, where they aren't."""


def signed_note(session: Session, scope: Scope, ehr: str, steps: Sequence[TransitionRow]) -> SignedNote | None:
    """The note by which a report was signed last; None where nothing in the chart says that it was."""
    signed = [step for step in steps if step.to_state == "signed" and step.evidence]
    if not signed:
        return None
    key = signed[-1].evidence or ""
    raw = records.kept(session, scope, ehr, key, signed[-1].evidence_sha256)
    fact = read("DocumentReference", raw) if raw is not None else None
    if not isinstance(fact, DocumentReference):
        return SignedNote(key, "Signed note", (), None, (), (), "is no longer kept here: look at it in the EHR")
    found = words_of(fact)
    lines = () if isinstance(found, Unread) else tuple(line.strip() for line in found.splitlines() if line.strip())
    return SignedNote(
        key,
        (fact.type.label if fact.type else None) or "Signed note",
        _authors(session, scope, ehr, fact),
        str(fact.date) if fact.date else None,
        lines,
        tuple((one.system, one.code, one.display) for one in fact.type.coding) if fact.type else (),
        found.why if isinstance(found, Unread) else None,
    )


def _authors(session: Session, scope: Scope, ehr: str, fact: DocumentReference) -> tuple[str, ...]:
    keys = [key for one in fact.author if (key := local_key(one))]
    names = records.names(session, scope, ehr, keys)
    found = (names.get(local_key(one) or "") or one.display for one in fact.author)
    return tuple(name for name in found if name)
