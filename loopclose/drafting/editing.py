"""The edited paper: the drafted one, and the edits upon it in order.

An edit names its sentence by a key that the same sentence has in every draft (``keys.py``). Where the draft was made
anew and that sentence is not in it any more, the edit is named as one that does not fit, and changes nothing.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import msgspec

from loopclose.drafting.bench import Block, Part, Said, blocks_of, put_together, taken_apart
from loopclose.drafting.edits import Add, Change, Cut, Made, Move, TakeBack
from loopclose.drafting.page_one_edits import follow
from loopclose.drafting.paper import ADDED, EDITED, PERSON, Paper, Sentence, Source

NOT_THERE = "The sentence does not stand in the draft as it did."
NO_SECTION = "The draft has no such section any more."
NO_PLACE = "What it was moved before does not stand there any more."
ROW_HEADING = "A row says what it is about: cut the whole row, or change the words."
ROWS_STAY = "A row of a table can be moved within its table only."


@dataclass(frozen=True)
class Removed:
    """What one edit cut."""

    made: Made
    section: str
    """The title of the section where it stood."""
    said: tuple[Said, ...]


@dataclass(frozen=True)
class Unfit:
    """An edit that does not fit the draft any more, with why."""

    made: Made
    why: str


@dataclass(frozen=True)
class Edited:
    """A draft with its edits."""

    paper: Paper
    parts: list[Part]
    """Its sections, every sentence under its key."""
    removed: tuple[Removed, ...]
    unfit: tuple[Unfit, ...]
    live: tuple[Made, ...]
    """The edits that count: made, not taken back, and fitting."""

    def sentence(self, key: str) -> tuple[Part, Block, Said] | None:
        """Where that sentence stands; None where it does not."""
        found = ((part, block, one) for part, block in blocks_of(self.parts) for one in block.said if one.key == key)
        return next(found, None)


class DoesNotFit(ValueError):
    """An edit that cannot be made on a draft; the message is a sentence for a person."""


def edited(drafted: Paper, made: Sequence[Made]) -> Edited:
    """Apply edits, in the order of their numbers. Nothing leaves a paper but by a cut, which keeps what it cut."""
    taken_back = {one.edit.of for one in made if isinstance(one.edit, TakeBack)}
    parts, removed, unfit, live = taken_apart(drafted), list[Removed](), list[Unfit](), list[Made]()
    for one in sorted(made, key=lambda each: each.no):
        if one.no in taken_back:
            continue
        try:
            removed += _apply(parts, one)
            live.append(one)
        except DoesNotFit as problem:
            unfit.append(Unfit(one, str(problem)))
    paper = put_together(drafted, parts)
    if touched := _touched(parts, removed):
        paper = msgspec.structs.replace(paper, by_hand=touched)
    if paper.first is not None:
        paper = msgspec.structs.replace(paper, page_one=follow(paper.first, _became(drafted, parts, removed)))
    return Edited(paper, parts, tuple(removed), tuple(unfit), tuple(live))


def _became(drafted: Paper, parts: list[Part], removed: list[Removed]) -> list[tuple[Sentence, Sentence | None]]:
    """What became of each sentence that was cut or changed."""
    now: dict[str, Sentence | None] = {one.key: one.sentence for _, block in blocks_of(parts) for one in block.said}
    now |= {one.key: None for some in removed for one in some.said}
    was = {one.key: one.sentence for _, block in blocks_of(taken_apart(drafted)) for one in block.said}
    return [(sentence, now[key]) for key, sentence in was.items() if now[key] != sentence]


def _touched(parts: list[Part], removed: list[Removed]) -> tuple[str, ...]:
    """What the sentences rest on that were cut or changed."""
    cut = [one.sentence for some in removed for one in some.said]
    said = [one.sentence for _, block in blocks_of(parts) for one in block.said]
    changed = [one for one in said if any(source.is_person for source in one.sources)]
    cited = {source.resource for one in (*cut, *changed) for source in one.sources if not source.is_person}
    return tuple(sorted(cited))


def _apply(parts: list[Part], made: Made) -> list[Removed]:
    """Make one edit; gives what it cut."""
    edit = made.edit
    if isinstance(edit, Cut):
        return [_cut_whole(parts, made, edit) if edit.whole else _cut(parts, made, edit)]
    if isinstance(edit, Change):
        _, _, said = _find(parts, edit.target)
        said.sentence = _changed(said.sentence, edit.text, made)
    elif isinstance(edit, Add):
        own = Sentence(edit.text, (Source(PERSON, ADDED, made.stamp),))
        key = f"own-{made.no}"
        _part(parts, edit.section).items.append(Block(key, [Said(key, own)]))
    elif isinstance(edit, Move):
        _move(parts, edit)
    return []


def _cut(parts: list[Part], made: Made, edit: Cut) -> Removed:
    part, block, said = _find(parts, edit.target)
    if block.cells is not None and block.heading == [said]:
        raise DoesNotFit(ROW_HEADING)
    for some in block.lists:
        some[:] = [one for one in some if one is not said]
    if not block.said:
        part.beside(block).remove(block)
    return Removed(made, part.section.title, (said,))


def _cut_whole(parts: list[Part], made: Made, edit: Cut) -> Removed:
    part, block = _block(parts, edit.target)
    part.beside(block).remove(block)
    return Removed(made, part.section.title, tuple(block.said))


def _move(parts: list[Part], edit: Move) -> None:
    part, block = _block(parts, edit.target)
    to = _part(parts, edit.section)
    if block.cells is not None and to is not part:
        raise DoesNotFit(ROWS_STAY)
    among = to.beside(block)
    before = next((one for one in among if one.key == edit.before and one is not block), None)
    if edit.before is not None and before is None:
        raise DoesNotFit(NO_PLACE)
    part.beside(block).remove(block)
    among.insert(among.index(before) if before is not None else len(among), block)
    part.moved_out |= to is not part


def _changed(sentence: Sentence, text: str, made: Made) -> Sentence:
    """In other words, and marked as such; what it rested on stays to be looked up."""
    rest = (one for one in sentence.sources if not (one.is_person and one.path == EDITED))
    return Sentence(text, (Source(PERSON, EDITED, made.stamp), *rest))


def _find(parts: list[Part], key: str) -> tuple[Part, Block, Said]:
    for part, block in blocks_of(parts):
        for said in block.said:
            if said.key == key:
                return part, block, said
    raise DoesNotFit(NOT_THERE)


def _block(parts: list[Part], key: str) -> tuple[Part, Block]:
    for part, block in blocks_of(parts):
        if block.key == key:
            return part, block
    raise DoesNotFit(NOT_THERE)


def _part(parts: list[Part], code: str) -> Part:
    for part in parts:
        if part.section.code == code:
            return part
    raise DoesNotFit(NO_SECTION)
