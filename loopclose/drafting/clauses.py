"""The notes of a visit clause by clause, each with the section that it stands in."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from loopclose.drafting.notes.note import Note
from loopclose.drafting.paper import Item
from loopclose.drafting.words.boxes import open_ones

_ENDS = re.compile(r"[.!?;](?=\s)")
_NUMBERED = re.compile(r"(?:#\s?)?(?:\(?[0-9]{1,2}[.)]|[a-z][.)]|[-*•])\s")
_NO_END = ("dr.", "mr.", "mrs.", "ms.", "vs.", "e.g.", "i.e.", "approx.", "no.", "st.", "prof.", "a.m.", "p.m.")
LONGEST_LABEL = 60
"""Characters of a label."""
SHORTEST = 4
"""Characters of a clause that may say something."""


@dataclass(frozen=True)
class Clause:
    """Words of a note between one end of a sentence, or semicolon, and the next."""

    text: str
    """As it stands there."""
    code: str
    """Of the note's section (``heading_names``)."""
    title: str
    """Of the note's section, as the note has it."""
    paragraph: int
    """Which paragraph of its section: those that follow one that is a label alone belong to it."""
    starts: bool
    """Whether its paragraph begins with it."""
    note: Note
    sentence: str = ""
    """The sentence that it is a part of."""
    label: str = ""
    """What stands over it within its section: a line before it that ends with a colon, or the words before its own."""

    @property
    def low(self) -> str:
        """In small letters, with single spaces."""
        return self.text.lower()

    @property
    def item(self) -> Item:
        """As a sentence of the paper, with where it stands."""
        return self._said(self.text)

    @property
    def whole(self) -> Item:
        """The sentence that it is a part of, in the same way."""
        return self._said(self.sentence)

    def _said(self, text: str) -> Item:
        shown = text if text.endswith((".", "!", "?", ":")) else f"{text.rstrip(';,')}."
        (said,) = self.note.said(f"{shown[:1].upper()}{shown[1:]}", text)
        return (said,)


def clauses_of(notes: Iterable[Note]) -> Iterator[Clause]:
    """Every clause of the notes, in order, but what a form offers and nobody ticked; lines that are a label alone stand
    over those that follow.
    """
    for note in notes:
        for section in note.sections:
            over = ""
            not_chosen = open_ones(section.paragraphs)
            for number, paragraph in enumerate(section.paragraphs):
                if paragraph in not_chosen:
                    continue
                if is_label(paragraph):
                    over = paragraph.rstrip(": ")
                label = paragraph.partition(":")[0] if ":" in paragraph[:LONGEST_LABEL] else over
                for place, (text, sentence) in enumerate(_parts(paragraph)):
                    yield Clause(
                        text, section.code, section.title, number, place == 0, note, sentence, over or label
                    )  # fmt: skip


def is_label(paragraph: str) -> bool:
    """Whether a paragraph is a label alone: ``Patient instructions:``."""
    return len(paragraph) <= LONGEST_LABEL and paragraph.rstrip().endswith(":")


def split(paragraph: str) -> Iterator[str]:
    """The clauses of a paragraph, without the number or mark that it begins with."""
    return (text for text, _ in _parts(paragraph))


def _parts(paragraph: str) -> Iterator[tuple[str, str]]:
    """(a clause, its sentence)."""
    words = " ".join(paragraph.split())
    if match := _NUMBERED.match(words.lower()):
        words = words[match.end() :]
    clauses: list[str] = []
    begun, first = 0, 0
    for match in _ENDS.finditer(f"{words} "):
        text = words[begun : match.end()]
        last = text.rsplit(None, 1)[-1].lower()
        if last.strip("(") in _NO_END or (match[0] == "." and last[:-1].isdigit() and len(text) < SHORTEST):
            continue
        clauses.append(text.strip())
        begun = match.end()
        if match[0] != ";":
            yield from ((one, words[first:begun].strip()) for one in clauses)
            clauses, first = [], begun
    if rest := words[begun:].strip():
        clauses.append(rest)
    yield from ((one, words[first:].strip()) for one in clauses)
