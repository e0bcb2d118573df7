"""A paper: sections of sentences, each with the elements it came from. It is data; ``letters`` gives it a form."""

from __future__ import annotations

from typing import TypeAlias

import msgspec

SCHEMA = 1
"""The number of the paper's JSON form (docs/papers.md). Within a number, keys are only ever added."""


PERSON, EDITED, ADDED = "person", "edited", "added"
"""``Source.resource`` of what somebody of ours wrote, and its two paths: words that were changed, and own words."""


class Source(msgspec.Struct, frozen=True):
    """One element that a sentence came from: the resource, the element path, and the value as it stands there.

    Of words by somebody of ours the resource is ``person``, the path ``edited`` or ``added``, the text who and when.
    """

    resource: str
    """``Type/id``, or ``person``."""
    path: str
    text: str

    @property
    def is_person(self) -> bool:
        """Whether it is somebody of ours, and nothing of the chart."""
        return self.resource == PERSON

    @property
    def place(self) -> str:
        """Where it stands, in words: ``Condition/7 Condition.code``, or ``edited by NAME, DAY``."""
        return f"{self.path} by {self.text}" if self.is_person else f"{self.resource} {self.path}"


class Sentence(msgspec.Struct, frozen=True):
    """One sentence with its sources."""

    text: str
    sources: tuple[Source, ...]


Item: TypeAlias = tuple[Sentence, ...]
"""What one resource, or one line of a note, has to say: its sentences, read together."""


class Cell(msgspec.Struct, frozen=True):
    """One cell of a table: what it tells of, and what that is."""

    label: str
    item: Item


class Row(msgspec.Struct, frozen=True):
    """One line of a table: what it is about, and its cells. A cell that nothing is known for is not there."""

    heading: Item
    cells: tuple[Cell, ...]

    @property
    def items(self) -> tuple[Item, ...]:
        """Everything that it says, in order."""
        return (self.heading, *(cell.item for cell in self.cells))

    def cell(self, label: str) -> Item:
        """What stands under that label; empty where nothing does."""
        return next((cell.item for cell in self.cells if cell.label == label), ())


class Section(msgspec.Struct, frozen=True):
    """A heading with its table and its items; ``empty`` is what stands there when there are neither."""

    code: str
    title: str
    items: tuple[Item, ...]
    empty: str
    rows: tuple[Row, ...] | msgspec.UnsetType = msgspec.UNSET

    @property
    def table(self) -> tuple[Row, ...]:
        """Its rows; none in a section that is no table."""
        return () if self.rows is msgspec.UNSET else self.rows

    @property
    def columns(self) -> tuple[str, ...]:
        """The labels of its cells, each once, as they first come."""
        return tuple(dict.fromkeys(cell.label for row in self.table for cell in row.cells))

    @property
    def everything(self) -> tuple[Item, ...]:
        """What its rows and its items say, in order."""
        return (*(item for row in self.table for item in row.items), *self.items)


class Conflict(msgspec.Struct, frozen=True):
    """Two things in the chart that cannot both hold, or hardly; a person settles it before the paper is signed."""

    code: str
    """A code of ``conflicts.CODES``."""
    text: str
    sources: tuple[Source, ...]


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
    conflicts: tuple[Conflict, ...] | msgspec.UnsetType = msgspec.UNSET
    by_hand: tuple[str, ...] | msgspec.UnsetType = msgspec.UNSET
    """``Type/id`` of that of which somebody cut or changed a sentence: no code of it stands beside the words."""

    @property
    def to_settle(self) -> tuple[Conflict, ...]:
        """What is to be settled before it is signed."""
        return () if self.conflicts is msgspec.UNSET else self.conflicts
