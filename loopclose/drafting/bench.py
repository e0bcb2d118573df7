"""A paper taken apart for editing, every sentence under its key in lists that can be changed; and put together."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

import msgspec

from loopclose.drafting.keys import Namer
from loopclose.drafting.paper import Cell, Item, Paper, Row, Section, Sentence

ALL_CUT = "What was drafted here was left out."
ALL_MOVED = "What was drafted here stands in another section, or was left out."


@dataclass
class Said:
    """One sentence under its key."""

    key: str
    sentence: Sentence


@dataclass
class Block:
    """An item, or a row: what is cut whole and moved together."""

    key: str
    """Of its first sentence as it was drafted, or written."""
    heading: list[Said]
    """The sentences of an item; of a row those that say what it is about."""
    cells: list[tuple[str, list[Said]]] | None = None
    """Of a row: label and sentences each."""

    @property
    def lists(self) -> list[list[Said]]:
        """Every list of sentences of it."""
        return [self.heading, *(said for _, said in self.cells or ())]

    @property
    def said(self) -> list[Said]:
        """Its sentences, in order."""
        return [one for some in self.lists for one in some]


@dataclass
class Part:
    """One section, taken apart."""

    section: Section
    """As it was drafted."""
    rows: list[Block]
    items: list[Block]
    moved_out: bool = field(default=False)

    @property
    def blocks(self) -> list[Block]:
        """Its rows and its items."""
        return [*self.rows, *self.items]

    def beside(self, block: Block) -> list[Block]:
        """The list in which a block of it stands."""
        return self.rows if block.cells is not None else self.items


def taken_apart(paper: Paper) -> list[Part]:
    """The sections of a paper."""
    namer = Namer()
    return [_part(section, namer) for section in paper.sections]


def put_together(paper: Paper, parts: list[Part]) -> Paper:
    """The paper with its sections as they are now. A section that held something never says that nothing was there."""
    return msgspec.structs.replace(paper, sections=tuple(_section(part) for part in parts))


def blocks_of(parts: list[Part]) -> Iterator[tuple[Part, Block]]:
    """Every block with the section in which it stands now."""
    return ((part, block) for part in parts for block in part.blocks)


def _part(section: Section, namer: Namer) -> Part:
    def said(item: Item) -> list[Said]:
        return [Said(namer.key(section.code, one), one) for one in item]

    rows = []
    for row in section.table:
        heading = said(row.heading)
        cells = [(cell.label, said(cell.item)) for cell in row.cells]
        rows.append(Block(_first(heading, *(found for _, found in cells)), heading, cells))
    items = [Block(_first(found), found) for found in map(said, section.items) if found]
    return Part(section, rows, items)


def _first(*lists: list[Said]) -> str:
    return next((one.key for some in lists for one in some), "")


def _section(part: Part) -> Section:
    was = part.section
    rows = tuple(
        Row(_item(block.heading), tuple(Cell(label, _item(said)) for label, said in block.cells or () if said))
        for block in part.rows
    )
    items = tuple(_item(block.heading) for block in part.items)
    nothing_now = not rows and not items and bool(was.table or was.items)
    return Section(
        was.code,
        was.title,
        items,
        (ALL_MOVED if part.moved_out else ALL_CUT) if nothing_now else was.empty,
        rows if rows or was.rows is not msgspec.UNSET else msgspec.UNSET,
    )


def _item(said: list[Said]) -> Item:
    return tuple(one.sentence for one in said)
