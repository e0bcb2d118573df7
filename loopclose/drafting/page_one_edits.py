"""Page one follows the edits: what was cut in the paper does not stand on its first page, nor does what was changed.

A sentence of page one follows a sentence of the paper where both rest on the same element, and one's words hold the
other's: page one quotes clauses of what the sections quote whole.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date

import msgspec

from loopclose.domain.dates import in_full
from loopclose.drafting.keys import elements
from loopclose.drafting.page_one import BY_DATE, HEADINGS, INFORMATION, NO_DATE
from loopclose.drafting.paper import Ask, Item, PageOne, Section, Sentence

Became = Sequence[tuple[Sentence, Sentence | None]]
"""Sentences as they were drafted, and what became of each; None: cut."""


def follow(first: PageOne, became: Became) -> PageOne:
    """Page one after the edits."""
    if not became:
        return first
    by_element: dict[str, list[tuple[Sentence, Sentence | None]]] = {}
    for was, now in became:
        for element in elements(was):
            by_element.setdefault(element, []).append((was, now))
    asks = tuple(msgspec.structs.replace(ask, item=item) for ask in first.asks if (item := _item(ask.item, by_element)))
    answer = _items(first.answer, by_element)
    sections = (msgspec.structs.replace(one, items=_items(one.items, by_element)) for one in first.sections)
    flag, heading = (first.flag, first.heading) if len(asks) == len(first.asks) else _asked(asks)
    return msgspec.structs.replace(
        first,
        flag=flag,
        heading=heading,
        asks=asks,
        answer=answer,
        answer_needed=first.answer_needed or (bool(first.answer) and not answer),
        candidates=_items(first.candidates, by_element),
        sections=tuple(one for one in sections if _says(one)),
    )


def _says(section: Section) -> bool:
    return bool(section.items or section.table)


def _asked(asks: Sequence[Ask]) -> tuple[str, str]:
    """Flag and heading of what is still asked."""
    days = sorted(ask.by for ask in asks if isinstance(ask.by, str))
    flag = BY_DATE if days else NO_DATE if asks else INFORMATION
    return flag, HEADINGS[flag].format(day=in_full(date.fromisoformat(days[0])) if days else "")


def _items(items: Sequence[Item], became: Mapping[str, Became]) -> tuple[Item, ...]:
    return tuple(found for item in items if (found := _item(item, became)))


def _item(item: Item, became: Mapping[str, Became]) -> Item:
    """An item after the edits: what is added to its first sentence out of the same element goes the way of that."""
    head = _became(item[0], became) if item else None
    if head is None:
        return ()
    rest = [one for one in item[1:] if head is item[0] or not {*elements(one)} & {*elements(item[0])}]
    return (head, *(now for one in rest if (now := _became(one, became)) is not None))


def _became(sentence: Sentence, became: Mapping[str, Became]) -> Sentence | None:
    """What a sentence of page one is after the edits."""
    mine = _plain(sentence.text)
    for element in elements(sentence):
        for was, now in became.get(element, ()):
            theirs = _plain(was.text)
            if mine in theirs or theirs in mine:
                return now
    return sentence


def _plain(text: str) -> str:
    """Words alone, in small letters."""
    return "".join(one for one in text.lower() if one.isalnum())
