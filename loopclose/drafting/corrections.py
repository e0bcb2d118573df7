"""What a signed letter says that the chart does not any more, or does not say yet: each change that is to be corrected.

Only what rests on a resource that came, changed or went since then counts: words that we would write otherwise today
correct nothing.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence

import msgspec

from loopclose.domain.correcting import (
    CHANGED,
    GONE,
    NEW,
    NEW_COUNTS,
    NOTES,
    RESULTS,
    SETTLED,
    TAKEN_BACK,
    WITHDRAWN,
    Change,
    Touched,
    goes_on,
)
from loopclose.drafting.bench import taken_apart
from loopclose.drafting.gaps import WORDS
from loopclose.drafting.keys import elements
from loopclose.drafting.paper import Paper, Section, Sentence, Source

TITLE = "What changed"
REPLACES = "This letter replaces the one signed {when}."
WHY = {NEW: "came after it was signed", GONE: "was taken back or removed", CHANGED: "was changed"}
Told = tuple[str, Sentence]
"""Section title and sentence."""


def why(change: Change) -> str:
    """Why, as the screens say it: which kind of thing in the chart, and what became of it."""
    kind = _kind(change.resource)
    return f"{WORDS[kind][0] if kind in WORDS else kind} {WHY[change.how]}"


def corrections(before: Iterable[Paper], after: Iterable[Paper], touched: Mapping[str, Touched]) -> tuple[Change, ...]:
    """What of the earlier papers is to be corrected, in their order. ``touched``: by ``Type/id``."""
    then, now = [*before], [*after]
    cited, cited_now = _sources(then), _sources(now)
    known = {one.resource for one in cited}
    was, is_now = _told(then), _told(now)
    came = {key: one for key, one in is_now.items() if key not in was}
    found: list[Change] = []
    for key, (title, sentence) in was.items():
        if key in is_now:
            continue
        instead = _instead(came, title, sentence)
        after_text = came.pop(instead)[1].text if instead else None
        resource = _holds_no_more(sentence, touched, cited_now)
        if resource is not None:
            found.append(Change(title, GONE if after_text is None else CHANGED, sentence.text, after_text, resource))
    for title, sentence in came.values():
        resource = _is_news(sentence, touched, known, cited)
        if resource is not None:
            found.append(Change(title, NEW, None, sentence.text, resource))
    return tuple({one.key: one for one in found}.values())


def with_changes(paper: Paper, changes: Sequence[Change], when: str) -> Paper:
    """The consult note with what changed on top of its page one; any other paper as it is.

    ``when``: the moment at which the letter that it replaces was signed, in words.
    """
    first = paper.first
    if first is None:
        return paper
    items = tuple((Sentence(one.words, (_itself(one.resource),)),) for one in changes)
    section = Section("changed", TITLE, items, REPLACES.format(when=when))
    return msgspec.structs.replace(paper, page_one=msgspec.structs.replace(first, changed=section))


def _instead(came: Mapping[str, Told], title: str, sentence: Sentence) -> str | None:
    """The key of the sentence that stands there now: of the same section and elements, else of the same thing."""
    rests, things = elements(sentence), {one.resource for one in sentence.sources if _kind(one.resource) in WITHDRAWN}
    same = [(key, one) for key, (where, one) in came.items() if where == title]
    exact = next((key for key, one in same if elements(one) == rests), None)
    return exact or next((key for key, one in same if things & {each.resource for each in one.sources}), None)


def _holds_no_more(sentence: Sentence, touched: Mapping[str, Touched], now: set[Source]) -> str | None:
    """What of a sentence's sources was taken back, or says another thing now.

    What changes as time goes on is none, but of a result or a note: that one is final now, or was amended, tells.
    """
    for one in sentence.sources:
        if (state := touched.get(one.resource)) is None:
            continue
        tells = not goes_on(one.path) or (state.how == SETTLED and _kind(one.resource) in (*NOTES, *RESULTS))
        if state.how == TAKEN_BACK or (one not in now and tells):
            return one.resource
    return None


def _is_news(sentence: Sentence, touched: Mapping[str, Touched], known: set[str], cited: set[Source]) -> str | None:
    """What a new sentence rests on that the letter could not know: a final result, a signed note, a prescription."""
    for one in sentence.sources:
        state, kind = touched.get(one.resource), _kind(one.resource)
        if state is None or state.how != SETTLED or kind not in NEW_COUNTS:
            continue
        added = kind in (*NOTES, *RESULTS) and one not in cited and not goes_on(one.path)
        if (one.resource not in known and state.is_of_visit) or (one.resource in known and added):
            return one.resource
    return None


def _told(papers: Iterable[Paper]) -> dict[str, Told]:
    """By kind of paper and key of the sentence: everything that the sections say."""
    return {key: one for paper in papers for key, one in _of(paper)}


def _of(paper: Paper) -> Iterator[tuple[str, Told]]:
    for part in taken_apart(paper):
        for block in part.blocks:
            for said in block.said:
                yield f"{paper.kind} {said.key}", (part.section.title, said.sentence)


def _sources(papers: Iterable[Paper]) -> set[Source]:
    return {
        source
        for paper in papers
        for section in paper.sections
        for item in section.everything
        for sentence in item
        for source in sentence.sources
        if not source.is_person
    }


def _kind(resource: str) -> str:
    return resource.partition("/")[0]


def _itself(resource: str) -> Source:
    kind, _, fhir_id = resource.partition("/")
    return Source(resource, f"{kind}.id", fhir_id)
