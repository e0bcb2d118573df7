"""A paper: sections of sentences, each with the elements it came from. It is data; ``letters`` gives it a form."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TypeAlias

import msgspec

from loopclose.domain.letter_kinds import CONSULT, KINDS, LetterKind

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


def each_once(conflicts: Iterable[Conflict]) -> tuple[Conflict, ...]:
    """Conflicts that say the same word for word are asked once, with the sources of all."""
    found: dict[tuple[str, str], list[Source]] = {}
    for one in conflicts:
        found.setdefault((one.code, one.text), []).extend(one.sources)
    return tuple(Conflict(code, text, tuple(dict.fromkeys(sources))) for (code, text), sources in found.items())


class Ask(msgspec.Struct, frozen=True):
    """One thing that the referrer is asked to do."""

    item: Item
    """The words that ask, and the day where they name one."""
    by: str | msgspec.UnsetType = msgspec.UNSET
    """The day by which, ``YYYY-MM-DD``; not there where the words name none."""


class PageOne(msgspec.Struct, frozen=True):
    """What a referrer needs in ten seconds. The question stands in the paper's own section of that code."""

    flag: str
    """``by_date``, ``no_date`` or ``information``."""
    heading: str
    """The same in words, with the earliest day."""
    asks: tuple[Ask, ...]
    answer: tuple[Item, ...]
    """The answer to the question, in the words of whoever gave it."""
    answer_needed: bool
    """Whether something was asked, and no answer to it was found: it is to be given before the paper is signed."""
    candidates: tuple[Item, ...]
    """What the assessment begins with, where no words are said to be the answer."""
    sections: tuple[Section, ...]
    """Of ``diagnoses`` ``medicines`` ``pending`` ``requested`` ``owner`` ``told`` ``next`` ``role``: those that say
    something.
    """
    not_said: tuple[str, ...]
    """What is not there: those codes, and ``question``."""
    absent: str
    """The same in one line; empty where nothing is absent."""
    call_back: str | msgspec.UnsetType = msgspec.UNSET
    """The practice's telephone; not there where the configuration has none."""
    changed: Section | msgspec.UnsetType = msgspec.UNSET
    """Of a corrected letter: what changed, an item each, and in ``empty`` which letter it replaces."""

    @property
    def corrected(self) -> Section | None:
        """What changed, where it corrects a letter."""
        return None if self.changed is msgspec.UNSET else self.changed

    @property
    def everything(self) -> tuple[Item, ...]:
        """All that it says with sources, in order."""
        asks = tuple(ask.item for ask in self.asks)
        changed = self.corrected.items if self.corrected else ()
        return (
            *changed,
            *asks,
            *self.answer,
            *self.candidates,
            *(item for one in self.sections for item in one.everything),
        )


SHEET, NOTICE = "prescription-sheet", "no-show-notice"
"""Kinds of paper beside the letter of a report, which is ``consult-note`` whatever kind of letter it is."""


class Paper(msgspec.Struct, frozen=True):
    """The letter of a report, a prescription sheet, or a notice of a missed visit, as a draft."""

    kind: str
    """``consult-note``, ``prescription-sheet`` or ``no-show-notice``: its place among the papers of one obligation."""
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
    notice: str | msgspec.UnsetType = msgspec.UNSET
    """What the law wants said to whoever gets it; not there where it wants nothing."""
    page_one: PageOne | msgspec.UnsetType = msgspec.UNSET
    """What stands on the first page of a consult note; not there on the sheet, and in older papers."""
    letter: str | msgspec.UnsetType = msgspec.UNSET
    """Which kind of letter it is (``domain.letter_kinds``); not there in a consult note, and on the sheet."""

    @property
    def letter_kind(self) -> LetterKind | None:
        """Which kind of letter it is; None of a sheet."""
        if self.kind == SHEET:
            return None
        return KINDS[CONSULT if self.letter is msgspec.UNSET else self.letter]

    @property
    def first(self) -> PageOne | None:
        """Its page one, where it has one."""
        return None if self.page_one is msgspec.UNSET else self.page_one

    @property
    def everything(self) -> tuple[Item, ...]:
        """All that it says with sources: page one, then its sections."""
        first = self.first.everything if self.first else ()
        return (*first, *(item for section in self.sections for item in section.everything))

    @property
    def to_settle(self) -> tuple[Conflict, ...]:
        """What is to be settled before it is signed."""
        return () if self.conflicts is msgspec.UNSET else self.conflicts
