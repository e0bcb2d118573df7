"""What stands under a note's chief complaint: words on one line, or that there is none, which asks nothing."""

from __future__ import annotations

from collections.abc import Sequence

from loopclose.drafting.notes.note import Note
from loopclose.drafting.notes.sections import NoteSection
from loopclose.drafting.paper import Item

NOTHING = frozenset({"no complaints", "no complaint", "no new complaints", "no acute complaints", "none", "n/a"})
"""Words in place of a complaint."""
LONGEST = 60
"""Characters of a complaint; a longer one is a sentence."""


def asks_nothing(section: NoteSection) -> bool:
    """Whether what stands where a question would be says that there is none."""
    said = {" ".join(one.lower().split()).rstrip(".! ") for one in section.paragraphs}
    return bool(said) and said <= NOTHING


def is_of_complaints(section: NoteSection) -> bool:
    """Whether it is a list of words, each on a line, and no sentence or question among them."""
    said = section.paragraphs
    return len(said) > 1 and all(len(one) <= LONGEST and one[-1].isalnum() for one in said)


def on_one_line(note: Note, words: Sequence[str], head: str) -> Item:
    """Complaints read together, each with its source; ``head`` has ``{words}``."""
    *others, last = words
    said = [*(f"{one};" for one in others), f"{last}."]
    said[0] = head.format(words=said[0])
    return tuple(sentence for text, one in zip(said, words, strict=True) for sentence in note.said(text, one))
