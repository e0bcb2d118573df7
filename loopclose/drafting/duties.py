"""What a signed letter asks and promises, out of its page one and its prescription sheet as they were frozen."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from datetime import date, datetime

from loopclose.domain.duties import ASK, HANDOVER, RESULT, Duty
from loopclose.drafting.drugs import ingredients_of
from loopclose.drafting.note_orders import said_in
from loopclose.drafting.page_one_chart import MORE
from loopclose.drafting.paper import SHEET, Ask, Item, PageOne, Paper, Row

NOT_KNOWN = "Until when our supply lasts is not known."
SUPPLY = "MedicationRequest.dispenseRequest"
"""The path of the sentence that says until when we renew it."""
_TAKE_OVER = re.compile(
    r"\b(?:keep|take over|(?:continu|renew|refill|prescri|assum|manag|maintain|titrat|taper|wean)[a-z]{0,7})\b"
)
_NOT = re.compile(r"\b(?:not|never|stop|discontinue|hold|avoid)\b")
_BESIDES = re.compile(r"\b(?:re-?check|check|repeat|order|monitor|refer|arrange|schedule|obtain|review|follow)\b")
"""What is asked beside a medicine in one breath: it is a request of its own as well."""


def duties_of(papers: Iterable[Paper]) -> tuple[Duty, ...]:
    """Every duty once, in the order of the page; nothing of a letter without a page one."""
    papers = tuple(papers)
    first = _first(papers)
    if first is None:
        return ()
    found = [duty for those in _by_ask(papers) for duty in those]
    pending = (section for section in first.sections if section.code == "pending")
    found += [duty for section in pending for item in section.items for duty in _promised(item)]
    return tuple({duty.key: duty for duty in found}.values())


def numbers_of(papers: Iterable[Paper]) -> dict[str, tuple[str, int]]:
    """By key, of what the referrer can answer: kind, and number among those of its kind, in the order of the page."""
    found: dict[str, tuple[str, int]] = {}
    counts = {HANDOVER: 0, ASK: 0}
    for duty in (one for those in _by_ask(tuple(papers)) for one in those):
        if duty.key not in found:
            counts[duty.kind] += 1
            found[duty.key] = duty.kind, counts[duty.kind]
    return found


def labels_of(papers: Iterable[Paper]) -> tuple[str, ...]:
    """For each request of page one, by what it is answered: ``Medicine 1 (lisinopril), Request 2``."""
    papers = tuple(papers)
    numbers = numbers_of(papers)
    return tuple(
        ", ".join(dict.fromkeys(_label(duty, numbers[duty.key][1]) for duty in those)) for those in _by_ask(papers)
    )


def _label(duty: Duty, no: int) -> str:
    if duty.kind == ASK:
        return f"Request {no}"
    return f"Medicine {no} ({duty.words.partition(':')[0].lower()})"


def _first(papers: Iterable[Paper]) -> PageOne | None:
    return next((paper.first for paper in papers if paper.first is not None), None)


def _by_ask(papers: tuple[Paper, ...]) -> list[tuple[Duty, ...]]:
    """For each request of page one: what is asked in it."""
    first = _first(papers)
    rows = [row for paper in papers if paper.kind == SHEET for each in paper.sections for row in each.table]
    return [tuple(_asked(ask, rows)) for ask in first.asks] if first is not None else []


def _asked(ask: Ask, rows: Iterable[Row]) -> Iterator[Duty]:
    words, day = _words(ask.item), date.fromisoformat(ask.by) if isinstance(ask.by, str) else None
    said = ask.item[0]
    low = said.text.lower()
    drugs: list[str] = []
    if _TAKE_OVER.search(low) and not _NOT.search(low) and said.sources:
        rows = tuple(rows)
        listed = frozenset(name for row in rows for name in ingredients_of(_words(row.heading).lower()))
        drugs = list(dict.fromkeys(one.drug for one in said_in([(low, said.sources[0])], listed)))
        for drug in drugs:
            until, supply = _supply(drug, rows)
            yield Duty(HANDOVER, f"{drug.capitalize()}: {words}", until, supply=supply)
    if not drugs or _BESIDES.search(low) or day is not None:
        yield Duty(ASK, words, day)


def _promised(item: Item) -> Iterator[Duty]:
    """A result to come; of the line that says that there are more, each of those."""
    if item[0].text == MORE:
        for source in item[0].sources:
            yield Duty(RESULT, source.text, resource=source.resource)
    else:
        yield Duty(RESULT, _words(item), resource=item[0].sources[0].resource if item[0].sources else "")


def _supply(drug: str, rows: Iterable[Row]) -> tuple[date | None, str]:
    """The last day that we supply a medicine, and the sheet's words for that."""
    of_it = (row for row in rows if drug in ingredients_of(_words(row.heading).lower()))
    for sentence in (each for row in of_it for item in row.items for each in item):
        for source in sentence.sources:
            if source.path == SUPPLY:
                return _day(source.text), sentence.text
    return None, NOT_KNOWN


def _day(words: str) -> date | None:
    try:
        return datetime.strptime(f"{words} +0000", "%d %b %Y %z").date()
    except ValueError:
        return None


def _words(item: Item) -> str:
    return " ".join(sentence.text for sentence in item)
