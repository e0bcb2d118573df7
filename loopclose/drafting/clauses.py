"""The notes of a visit clause by clause, each with the section that it stands in."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from loopclose.drafting.notes.note import Note
from loopclose.drafting.paper import Item

_ENDS = re.compile(r"[.!?;](?=\s)")
_NUMBERED = re.compile(r"(?:#\s?)?(?:\(?[0-9]{1,2}[.)]|[a-z][.)]|[-*•])\s")
_NO_END = ("dr.", "mr.", "mrs.", "ms.", "vs.", "e.g.", "i.e.", "approx.", "no.", "st.", "prof.", "a.m.", "p.m.")
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

    @property
    def low(self) -> str:
        """In small letters, with single spaces."""
        return self.text.lower()

    @property
    def item(self) -> Item:
        """As a sentence of the paper, with where it stands."""
        shown = self.text if self.text.endswith((".", "!", "?", ":")) else f"{self.text.rstrip(';,')}."
        (said,) = self.note.said(shown, self.text)
        return (said,)


def clauses_of(notes: Iterable[Note]) -> Iterator[Clause]:
    """Every clause of the notes, in order."""
    for note in notes:
        for section in note.sections:
            for number, paragraph in enumerate(section.paragraphs):
                for place, text in enumerate(split(paragraph)):
                    yield Clause(text, section.code, section.title, number, place == 0, note)


def split(paragraph: str) -> Iterator[str]:
    """The clauses of a paragraph, without the number or mark that it begins with."""
    words = " ".join(paragraph.split())
    if match := _NUMBERED.match(words.lower()):
        words = words[match.end() :]
    begun = 0
    for match in _ENDS.finditer(words):
        text = words[begun : match.end()]
        last = text.rsplit(None, 1)[-1].lower()
        if last.strip("(") in _NO_END or (match[0] == "." and last[:-1].isdigit() and len(text) < SHORTEST):
            continue
        yield text.strip()
        begun = match.end()
    if rest := words[begun:].strip():
        yield rest
