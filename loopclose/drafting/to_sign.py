"""What whoever signs a paper must look at, out of the paper alone: the bytes that are signed say it themselves."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator

from loopclose.drafting.paper import Conflict, Paper, Section, Sentence

OF_NOTES = ("assessment", "plan", "follow_up")
"""Sections whose sentences may answer the referrer's question."""
MOST_PICKS, LONGEST_PICK = 6, 400
NOT_READ = (
    "could not be read",
    "and was not read here",
    "in quarantine",
    "withheld part of",
    "its answer about",
    "came from the ehr without its text",
    "too long or too intricate",
    "no words that could be read",
    "was read only in part",
)
"""By which our own sentences say that something of the visit is not in the paper."""
WORDS_OF_A_NOTE = ("DocumentReference.content.attachment.data", "Binary.data", "DiagnosticReport.presentedForm")

STATUS = ("DocumentReference.docStatus", "DiagnosticReport.status")
NOT_FINAL = "not final"
"""Where a note that is not final is marked as such beside its words, and how that mark ends."""


def letter_digest(digests: Iterable[tuple[str, str]]) -> str:
    """The SHA-256 of papers together: of (kind, SHA-256) each, in order of kind; empty of none."""
    lines = [f"{kind} {sha256}\n" for kind, sha256 in sorted(digests)]
    return hashlib.sha256("".join(lines).encode()).hexdigest() if lines else ""


def conflict_key(conflict: Conflict) -> str:
    """A name for a conflict that is the same as long as its kind and words are."""
    return hashlib.sha256(f"{conflict.code}\n{conflict.text}".encode()).hexdigest()[:16]


def conflicts_of(papers: Iterable[Paper]) -> dict[str, Conflict]:
    """By key: what in the chart disagrees, each once."""
    return {conflict_key(one): one for paper in papers for one in paper.to_settle}


def question_of(papers: Iterable[Paper]) -> tuple[str, ...]:
    """What the referrer asked, as the paper says it; nothing where no question was recorded, or none is to be
    answered by such a letter.
    """
    those = (paper for paper in papers if paper.letter_kind is not None and paper.letter_kind.is_answer)
    found = (section for paper in those for section in paper.sections if section.code == "question")
    return tuple(" ".join(one.text for one in item) for section in found for item in section.items)


def picks_of(papers: Iterable[Paper]) -> tuple[str, ...]:
    """Sentences of the papers that can be picked as the answer, as they stand there."""
    found: dict[str, None] = {}
    for section in (each for paper in papers for each in paper.sections if each.code in OF_NOTES):
        for sentence in (each for item in section.items for each in item):
            if _is_of_note(sentence) and len(sentence.text) <= LONGEST_PICK:
                found[sentence.text] = None
    return tuple(found)[:MOST_PICKS]


def is_preliminary(papers: Iterable[Paper]) -> bool:
    """Whether a note that is quoted was not final when the paper was drafted."""
    sources = (source for paper in papers for sentence in _sentences(paper) for source in sentence.sources)
    return any(source.path in STATUS and source.text.endswith(NOT_FINAL) for source in sources)


def unreadable_of(papers: Iterable[Paper]) -> tuple[str, ...]:
    """What the papers say of the visit that could not be read, a sentence each, once."""
    found: dict[str, None] = {}
    for paper in papers:
        if isinstance(paper.caution, str):
            found[paper.caution] = None
        for sentence in _sentences(paper):
            if not _is_of_note(sentence) and any(words in sentence.text.lower() for words in NOT_READ):
                found[sentence.text] = None
    return tuple(found)


def words_in(papers: Iterable[Paper]) -> int:
    """How many words whoever reads the papers reads."""
    papers = tuple(papers)
    said = [sentence.text for paper in papers for sentence in _sentences(paper)]
    empty = [section.empty for paper in papers for section in paper.sections if not _of(section)]
    return sum(len(text.split()) for text in (*said, *empty))


def _sentences(paper: Paper) -> Iterator[Sentence]:
    return (sentence for item in paper.everything for sentence in item)


def _of(section: Section) -> list[Sentence]:
    return [sentence for item in section.everything for sentence in item]


def _is_of_note(sentence: Sentence) -> bool:
    return any(source.path.startswith(WORDS_OF_A_NOTE) for source in sentence.sources)
