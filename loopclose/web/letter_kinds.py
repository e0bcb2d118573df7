"""What a page says of a letter's kind: which it is and why, what may go out before it, and whether it counts."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from loopclose.domain import cms50
from loopclose.domain.letter_kinds import INTERIM, KINDS, OF_A_REPORT, LetterKind
from loopclose.drafting.keeping import MEDIA_TYPE, UnreadablePaper, unpack
from loopclose.drafting.paper import SHEET
from loopclose.flows.papers.signed import SignedNote
from loopclose.store.letter_choices import LetterChoiceRow
from loopclose.store.obligations import Document

CHOICES = {code: KINDS[code].title for code in OF_A_REPORT}


@dataclass(frozen=True)
class KindOfLetter:
    """For a page."""

    kind: LetterKind | None
    """Of the letter as it is kept; None where none is drafted."""
    because: str
    chosen: str
    """What somebody chose; empty where it goes by rule."""
    interim: str
    """Why an interim report may go out first; empty where none may, or it is one."""
    cms50: str
    """In one line; empty where there is neither a letter nor a note."""
    choices: Mapping[str, str]


def kind_of_letter(
    documents: Mapping[str, Document], choice: LetterChoiceRow | None = None, note: SignedNote | None = None
) -> KindOfLetter:
    """What a page says; ``note``: the note of the chart that a report was signed by, which then is the report."""
    kind = _kind(documents)
    line = cms50.of_note(note.codings) if note is not None else cms50.of_letter(kind.code) if kind is not None else ""
    interim = choice.interim if choice is not None and (kind is None or kind.code != INTERIM) else ""
    because = choice.because if choice is not None else ""
    return KindOfLetter(kind, because, (choice.kind if choice else None) or "", interim, line, CHOICES)


def _kind(documents: Mapping[str, Document]) -> LetterKind | None:
    for document in documents.values():
        if document.kind != SHEET and document.media_type == MEDIA_TYPE:
            try:
                return unpack(document.body, document.sha256).letter_kind
            except UnreadablePaper:  # its place on the page says so
                return None
    return None
