"""A paper: sections of sentences, each with the elements it came from. It is data; ``letters`` gives it a form."""

from __future__ import annotations

from typing import TypeAlias

import msgspec

SCHEMA = 1
"""The number of the paper's JSON form (docs/papers.md). Within a number, keys are only ever added."""


class Source(msgspec.Struct, frozen=True):
    """One element that a sentence came from: the resource, the element path, and the value as it stands there."""

    resource: str
    """``Type/id``."""
    path: str
    text: str


class Sentence(msgspec.Struct, frozen=True):
    """One sentence with its sources."""

    text: str
    sources: tuple[Source, ...]


Item: TypeAlias = tuple[Sentence, ...]
"""What one resource, or one line of a note, has to say: its sentences, read together."""


class Section(msgspec.Struct, frozen=True):
    """A heading with its items; ``empty`` is what stands there when there are none."""

    code: str
    title: str
    items: tuple[Item, ...]
    empty: str


class Paper(msgspec.Struct, frozen=True):
    """A consult note or a prescription sheet, as a draft."""

    kind: str
    """``consult-note`` or ``prescription-sheet``."""
    title: str
    practice: str
    to: str
    """The referrer, and the practice where it is known."""
    patient: str
    seen: str
    """The local day of the visit, and by whom."""
    sections: tuple[Section, ...]
    schema: int = SCHEMA
    record_number: str | msgspec.UnsetType = msgspec.UNSET
    """The patient's number in this practice's records; not there where there is none, and in older papers."""
    sex: str | msgspec.UnsetType = msgspec.UNSET
    """The administrative gender as the record says it; not there where it says none, and in older papers."""
    caution: str | msgspec.UnsetType = msgspec.UNSET
    """Why what it was made from may be old or not all; not there in a paper that was made from the whole chart."""
