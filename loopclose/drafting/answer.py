"""The answer to the referrer's question: where the notes say that something is one. It is never made up."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence

from msgspec import structs

from loopclose.drafting.clauses import Clause
from loopclose.drafting.paper import Item, Paper, Section

MOST = 6
"""Clauses of an answer that stand on page one; all of them stand in its section."""
CANDIDATES = 2
"""Clauses of the assessment that are offered where no answer is stated."""
_TITLE = re.compile(
    r"\b(?:answers?(?: to)?|in (?:answer|response|reply) to"
    r"|(?:response|reply) to (?:the |your )?(?:\w{1,20} )?question)\b"
)
AGAINST = re.compile(r"\b(?:disagree|differ|except|however|but|instead|rather|correct\w{0,4}|not)\b")
"""Words of an attestation that says something else than the note."""
_SUMMARIES = frozenset({"summary", "in summary", "bottom line", "summary for referring physician", "summary for pcp"})
_LEAD = re.compile(
    r"(?:in (?:answer|response|reply) to (?:your|the)|to answer your|(?:re|regarding|as to|about) your|answering your)"
    r" (?:\w{1,20} ){0,2}question"
)


def stated(clauses: Sequence[Clause]) -> tuple[Item, ...]:
    """What a note says under a heading of an answer, or behind ``In answer to your question``; else its summary."""
    for is_answer in (_is_headed, _is_led, _is_summary):
        first = next((clause for clause in clauses if is_answer(clause)), None)
        if first is not None:
            those = [one for one in clauses if is_answer(one) or (is_answer is _is_led and _goes_on(first, one))]
            return tuple(one.item for one in those[:MOST])
    return ()


def candidates(clauses: Iterable[Clause]) -> tuple[Item, ...]:
    """What the assessment of the first note begins with; before it that the attending disagrees, behind it what
    was added since.
    """
    said = [one for one in clauses if not one.text.endswith(":")]
    judging = [one for one in said if one.code in ("assessment", "assessment_plan") and one.note.added_to is None]
    judging = [one for one in judging if one.note is judging[0].note]
    against = [one for one in said if one.code == "attestation" and AGAINST.search(one.low)]
    added = [one for one in said if one.code == "addendum" or one.note.added_to is not None]
    return tuple(one.item for one in (*against[:1], *judging[:CANDIDATES], *added[:CANDIDATES]))


def with_answer(paper: Paper, answer: tuple[Item, ...]) -> Paper:
    """The consult note with an answer that was given before it was signed; any other paper as it is.

    One without a page one has it behind the question.
    """
    if not answer or paper.kind != "consult-note":
        return paper
    if paper.first is None:
        at = next((no for no, one in enumerate(paper.sections, 1) if one.code == "question"), 0)
        section = Section("answer", "Answer", answer, "")
        return structs.replace(paper, sections=(*paper.sections[:at], section, *paper.sections[at:]))
    first = structs.replace(paper.first, answer=answer, answer_needed=False)
    return structs.replace(paper, page_one=first)


def _is_headed(clause: Clause) -> bool:
    return clause.code != "question" and bool(_TITLE.search(clause.title.lower()))


def _is_summary(clause: Clause) -> bool:
    return clause.title.lower().strip(" :*#") in _SUMMARIES


def _is_led(clause: Clause) -> bool:
    return clause.code != "question" and bool(_LEAD.match(clause.low))


def _goes_on(first: Clause, one: Clause) -> bool:
    """Whether a clause stands in the paragraph that begins with the words of an answer."""
    return (one.note, one.code, one.title, one.paragraph) == (first.note, first.code, first.title, first.paragraph)
