"""The visit note's own words: its text, and its sections by their usual headings, carried over whole."""

from __future__ import annotations

import re
from dataclasses import dataclass

HEADINGS = {
    "question": ("reason for referral", "reason for visit", "reason for consultation", "chief complaint", "question"),
    "findings": (
        "history of present illness",
        "hpi",
        "subjective",
        "exam",
        "physical exam",
        "physical examination",
        "examination",
        "objective",
        "findings",
        "results",
        "review of systems",
        "history",
        "family history",
        "past medical history",
        "past surgical history",
        "social history",
        "vital signs",
        "vitals",
        "allergies",
        "medications",
    ),
    "assessment": ("assessment", "impression", "diagnosis", "diagnoses", "conclusion"),
    "assessment_plan": (
        "assessment and plan",
        "assessment & plan",
        "assessment/plan",
        "a/p",
        "impression and plan",
        "impression & plan",
        "impression/plan",
    ),
    "plan": ("plan", "recommendations", "recommendation", "plan of treatment", "plan of care"),
    "follow_up": ("follow-up", "follow up", "followup", "disposition", "return visit"),
}
NAMED = frozenset(
    {
        "allergies",
        "family history",
        "history",
        "medications",
        "past medical history",
        "past surgical history",
        "review of systems",
        "social history",
    }
)
"""Headings without which the words below them would be taken for findings of this patient at this visit."""
_BY_WORDS = {words: code for code, all_words in HEADINGS.items() for words in all_words}
_CHARSET = re.compile(r"(?i)charset\s*=\s*\"?([\w.:-]+)")
_MARKS = re.compile(r"[#*\s]*")


@dataclass(frozen=True)
class NoteSection:
    """One section of a note: the code of ``HEADINGS``, or ``other``, and its paragraphs."""

    code: str
    paragraphs: tuple[str, ...]


def decoded(data: bytes, content_type: str | None) -> str:
    """The text in some bytes, by the charset that their content type names; UTF-8 where it names none we know."""
    charset = _CHARSET.search(content_type or "")
    try:
        return data.decode(charset[1] if charset else "utf-8", "replace")
    except (LookupError, UnicodeError):
        return data.decode("utf-8", "replace")


def sections_of(text: str) -> list[NoteSection]:
    """The sections of a note, in order; text before the first heading is ``other``."""
    found: list[tuple[str, list[str]]] = [("other", [])]
    for line in text.splitlines():
        words, rest = _heading(line)
        code = _BY_WORDS.get(words.lower())
        if code and (line.lstrip().startswith(("#", "*")) or rest is not None or line.strip() == words):
            said = (rest or "").strip()
            if words.lower() in NAMED:
                said = f"{words}: {said}".strip()
            found.append((code, [said] if said else []))
        elif line.lstrip().startswith("#"):
            found.append(("other", []))
        elif line.strip():
            found[-1][1].append(line.strip())
    return [NoteSection(code, tuple(lines)) for code, lines in found if lines]


def _heading(line: str) -> tuple[str, str | None]:
    """What would be a heading in a line, without its marks, and what stands behind its colon; None without one.

    Taken apart by hand: one pattern for all of it tries every way of sharing out a run of spaces.
    """
    head, colon, rest = line.partition(":")
    words = head.rstrip().rstrip("*").rstrip()
    words = words[match.end() :] if (match := _MARKS.match(words)) else words
    return words, rest.lstrip().lstrip("*") if colon else None
