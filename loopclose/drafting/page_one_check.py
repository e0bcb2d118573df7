"""Whether a page one is whole: a pure check, for whoever is about to sign it and for tests."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date

from loopclose.domain.dates import in_full
from loopclose.drafting.page_one import BY_DATE, INFORMATION, NO_DATE, TITLES, WORDS
from loopclose.drafting.paper import PageOne, Paper

NAMED = tuple(code for code in TITLES if code != "pending")
"""What must stand there, or be named as absent."""


def problems(paper: Paper) -> Iterator[str]:
    """What is wrong with the page one of a consult note, a clause each; a paper without one has that one problem."""
    first = paper.first
    if first is None:
        yield "there is no page one"
        return
    yield from _flag(first)
    yield from _answer(paper, first)
    if paper.letter_kind is not None and paper.letter_kind.closes:  # an interim report is not all, and says so
        yield from _elements(first)
    for item in first.everything:
        if not item or any(not sentence.text.strip() or not sentence.sources for sentence in item):
            yield "a sentence of it has no source"
    if first.absent.count("\n"):
        yield "what is absent takes more than one line"


def _flag(first: PageOne) -> Iterator[str]:
    days = sorted(ask.by for ask in first.asks if isinstance(ask.by, str))
    right = BY_DATE if days else NO_DATE if first.asks else INFORMATION
    if first.flag != right:
        yield f"the flag is {first.flag}, and by the asks it is {right}"
    if days and in_full(date.fromisoformat(days[0])) not in first.heading:
        yield "its heading does not name the first day"
    if not first.heading.strip():
        yield "its flag is not said in words"


def _answer(paper: Paper, first: PageOne) -> Iterator[str]:
    if paper.letter_kind is None or not paper.letter_kind.is_answer:
        return
    is_asked = any(section.code == "question" and section.items for section in paper.sections)
    if is_asked and not first.answer and not first.answer_needed:
        yield "the question has neither an answer nor a place for it"
    if not is_asked and "question" not in first.not_said:
        yield "nothing was asked, and that is not said"


def _elements(first: PageOne) -> Iterator[str]:
    stand = {section.code for section in first.sections if section.items}
    for code in NAMED:
        if code in stand:
            continue
        if code == "owner" and not stand & {"requested", "pending"}:
            continue
        if code == "requested" and "pending" in stand:
            continue
        if code not in first.not_said or WORDS[code] not in first.absent:
            yield f"{WORDS[code]}: neither there nor said to be absent"
