"""A letter as it is kept: its papers together, what whoever signs must look at, and whether what was signed stands."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from sqlalchemy.orm import Session

from loopclose.domain.letter_kinds import CONSULT, INTERIM
from loopclose.domain.practice import Practice
from loopclose.domain.signing import Letter, Signer
from loopclose.domain.situation import Actor
from loopclose.domain.states import HELD
from loopclose.drafting.keeping import MEDIA_TYPE, UnreadablePaper, digest, unpack
from loopclose.drafting.paper import Conflict, Paper
from loopclose.drafting.to_sign import (
    conflicts_of,
    is_preliminary,
    letter_digest,
    picks_of,
    question_of,
    unreadable_of,
    words_in,
)
from loopclose.errors import DatabaseError
from loopclose.store import drafts, holds, letter_changes, signatures
from loopclose.store.base import Scope
from loopclose.store.obligations import Document, Obligation
from loopclose.store.people import ClinicianRow
from loopclose.store.signatures import SignatureRow

SIGNED = frozenset({"signed", "sent", "confirmed"})
"""States of a report whose letter was signed."""
CHANGED = "Nothing is sent from it: restore the papers from a backup."


@dataclass(frozen=True)
class Sheet:
    """What the page of a letter shows, and what is signed."""

    letter: Letter
    documents: Mapping[str, Document]
    conflicts: Mapping[str, Conflict]
    question: tuple[str, ...]
    picks: tuple[str, ...]
    """Sentences of the letter that can be picked as the answer."""


def sheet_of(session: Session, scope: Scope, owed: Obligation) -> Sheet:
    """The letter of a report, in its newest draft."""
    kept = drafts.papers(session, scope, owed.id)
    documents = {kind: one for kind, one in kept.items() if one.media_type == MEDIA_TYPE}
    papers, intact = _unpacked(documents)
    whole = letter_digest((kind, one.sha256) for kind, one in documents.items())
    made = signatures.signatures_of(session, scope, owed.id)
    pending = next((one for one in reversed(made) if one.waits and one.letter == whole), None)
    author = session.get(ClinicianRow, (scope.practice_id, owed.ehr, owed.author)) if owed.author else None
    conflicts, question = conflicts_of(papers), question_of(papers)
    kind = next((one.letter_kind for one in papers if one.letter_kind is not None), None)
    letter = Letter(
        state=_state(session, scope, owed, documents),
        kind=kind.code if kind is not None else CONSULT,
        sha256=whole,
        words=words_in(papers),
        author=frozenset(one for one in (owed.author, author.npi if author else None) if one),
        author_name=author.name if author else None,
        conflicts=tuple(conflicts),
        is_asked=bool(question),
        is_preliminary=is_preliminary(papers),
        unreadable=unreadable_of(papers),
        is_intact=intact,
        waits_for=pending.by if pending else None,
    )
    return Sheet(letter, documents, conflicts, question, picks_of(papers))


def _state(session: Session, scope: Scope, owed: Obligation, documents: Mapping[str, Document]) -> str:
    """Of the report; of one that was signed before, while its corrected letter is not signed, that of this draft."""
    drafted = owed.state == "drafted" or (
        owed.state in SIGNED
        and any(one.signed_by is None for one in documents.values())
        and bool(letter_changes.open_corrections(session, scope, owed.id))
    )
    if not drafted:
        return owed.state
    if holds.standing_of(session, scope, owed):
        return HELD
    letter = documents.get(CONSULT)
    return INTERIM if owed.state == "drafted" and letter is not None and letter.signed_by is not None else "drafted"


def signer_of(session: Session, scope: Scope, practice: Practice, actor: Actor) -> Signer:
    """Whoever signs, with everything that clinician is known as."""
    known = signatures.known_as(session, scope, actor.reference) if actor.reference else frozenset()
    return Signer(actor, known, bool(known & practice.residents))


def cosigns(session: Session, scope: Scope, practice: Practice, actor: Actor) -> bool:
    """Whether residents' letters wait for that clinician as well: not for another resident."""
    return not practice.residents or not signer_of(session, scope, practice, actor).is_resident


@dataclass(frozen=True)
class SignedHere:
    """The signatures on a report, and whether what they stand under is what was signed."""

    signatures: Sequence[SignatureRow]
    problems: tuple[str, ...]

    @property
    def counts(self) -> bool:
        """Whether the report is signed by them: not by a resident's alone."""
        return any(one.counts for one in self.signatures)


def signed_here(session: Session, scope: Scope, obligation: str) -> SignedHere | None:
    """The signatures given here on a report, verified anew; None where there are none."""
    made = signatures.signatures_of(session, scope, obligation)
    if not made:
        return None
    versions = {(one.kind, one.version): one for one in drafts.versions(session, scope, obligation)}
    standing = [one for one in made if one.counts or one.waits or one.interim]
    return SignedHere(made, tuple(words for one in standing for words in problems_of(one, versions)))


def refuse_changed(session: Session, scope: Scope, obligation: str) -> None:
    """Raise ``DatabaseError`` where what was signed here is not what is kept any more: nothing is made of it."""
    found = signed_here(session, scope, obligation)
    if found is not None and found.problems and (found.counts or any(one.interim for one in found.signatures)):
        raise DatabaseError(f"{found.problems[0]} {CHANGED}")


def problems_of(one: SignatureRow, versions: Mapping[tuple[str, int], Document]) -> list[str]:
    """What is not as it was when it was signed, a sentence each."""
    if digest(one.statement) != one.sha256:
        return [f"What signature {one.no} says was changed after it was given."]
    said = json.loads(one.statement)
    found = [] if said["letter"] == one.letter and said["by"] == one.by else [f"Signature {one.no} was changed."]
    for kind, paper in said["papers"].items():
        document = versions.get((kind, paper["version"]))
        if document is None:
            found.append(f"The {kind.replace('-', ' ')} under signature {one.no} is gone.")
        elif digest(document.body) != paper["sha256"] or document.sha256 != paper["sha256"]:
            found.append(f"The {kind.replace('-', ' ')} was changed after signature {one.no}.")
    return found


def _unpacked(documents: Mapping[str, Document]) -> tuple[tuple[Paper, ...], bool]:
    """The papers that can be read, and whether all could."""
    found: list[Paper] = []
    for document in documents.values():
        try:
            found.append(unpack(document.body, document.sha256))
        except UnreadablePaper:
            return tuple(found), False
    return tuple(found), True
