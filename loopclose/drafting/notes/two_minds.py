"""Notes of one visit that may judge it differently: which one holds is asked."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from loopclose.drafting.material import Material
from loopclose.drafting.notes.note import Note
from loopclose.drafting.notes.sections import OURS
from loopclose.drafting.notes.versions import authors_of
from loopclose.drafting.paper import Conflict, Source
from loopclose.drafting.wording import date_words

UNNAMED = "an author not named"


def of_two_minds(notes: Iterable[Note], material: Material) -> Iterator[Conflict]:
    """Notes that each judge, of several authors or twice of one: which one holds is asked, unless one attests or
    amends the other.
    """
    judging: dict[str, tuple[Note, Source]] = {}
    for note in notes:
        codes = {one.code for one in note.sections if one.paragraphs}
        if "attestation" in codes or note.added_to:
            return
        authors = authors_of(note.document, material)
        if not codes & {"assessment", "assessment_plan", "plan"}:
            continue
        name = " and ".join(one.text for one in authors) or UNNAMED
        if name in judging and codes & OURS and _judged(judging[name][0]) not in ((), _judged(note)):
            name = f"{name}, {_time(note, material)}"
        judging.setdefault(name, (note, authors[0] if authors else note.sources[0]))
    if len(judging) > 1:
        words = f"The notes of {', and of '.join(judging)} each judge this visit: where they differ, which one holds?"
        yield Conflict("notes", words, tuple(source for _, source in judging.values()))


def _judged(note: Note) -> tuple[str, ...]:
    return tuple(words for one in note.sections if one.code in OURS for words in one.paragraphs)


def _time(note: Note, material: Material) -> str:
    """When a note was written, beside another of the same author."""
    when = note.document.date
    if when is None:
        return "another note"
    day = date_words(when, material.zone)
    return f"{day}, {when.start(material.zone).astimezone(material.zone):%H:%M}" if when.has_time else day
