"""Headings as they are really written, and what a line is that may be one.

The names are those of the section headers of ctakes and of clinical_sectionizer, of the SOAP note in US Core's
examples, and of letters; other words for the same are told by what is taken off a name before it is looked up.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from loopclose.drafting.notes.heading_names import (
    BY_NAME,
    CONTINUING,
    EXAM_PARTS,
    OF_HISTORY,
    OF_REPORTS,
    WITH_COLON,
)
from loopclose.drafting.words.lines import DANGLING, Line, denies
from loopclose.drafting.words.word_lists import names

LONGEST, MOST_WORDS = 60, 8
"""Of a heading that we don't know, characters and words."""
LONGEST_SHORT = 4
"""Letters of an abbreviation."""
_MARKDOWN = re.compile(r"(#{1,6}+)\s++(?=[^\d\s])")
_NUMBER = re.compile(r"(?:\(?[0-9]{1,2}[.)]|[IVX]{1,4}+[.)]|[A-Z][.)])\s*+")
_SOAP = re.compile(r"([SOAP])[.)/]\s++(?=\S)")
_AROUND = "*_=[]<>~#-–—:•|\t "
_NOT_WORDS = re.compile(r"[^\w' -]++")
_ADDENDUM = re.compile(r"(?i)(?:addend(?:um|a)|late entry)\b")
_DASH = re.compile(r"(?<=\s)-{1,2}+(?=\s|$)|[–—]{1,2}+|[-=]{1,2}+>")
BEFORE = names(
    """
    my; our; patient; patient's; final; overall; clinical; working; current; today's; todays; initial; updated; revised;
    primary;    brief; interim; consultant's; specialist's; provider's; physician's; provisional; discharge; admitting
    """
)  # fmt: skip
AFTER = frozenset(["today", "note", "notes", "section", "details", "comments", "comment", "text", "narrative"])
TAILS = (" by problem", " by system", " by diagnosis", " for today", " this visit", " at this visit", " to pcp",
         " for pcp", " for the pcp", " for referring provider", " to referring provider", " discussed", " reviewed",
         " and discussion", " for referring physician", " to referring physician", " problem based")  # fmt: skip


@dataclass(frozen=True)
class Heading:
    """A line that may be a heading."""

    code: str
    """Of ``heading_names``; empty where we don't know it."""
    name: str
    """By which it was looked up."""
    title: str
    """As it stands."""
    rest: str
    """What stands behind it on the line."""
    style: str
    """How it is set: ``caps``, ``plain``, or the level of a marked one."""
    alone: bool
    """Whether the line is nothing else."""
    bullet: str = ""

    @property
    def of_report(self) -> bool:
        """Whether reports of tests have it, too."""
        return self.name in OF_REPORTS


def heading_of(line: Line, after: Line | None) -> Heading | None:
    """What a line would be as a heading; None where it can't be one. ``after`` is the next line."""
    text, level = line.text, line.level
    if found := _MARKDOWN.match(text):
        text, level = text[found.end() :].strip(), len(found[1])
    if text.startswith("#"):
        return None
    if (letter := _SOAP.match(text)) and not name_of(text[letter.end() :].partition(":")[0]):
        text = f"{letter[1]}: {text[letter.end() :]}"
    decorated = bool(level) or (text[:2] in ("**", "__", "==") or text[:1] in "[*=")
    if number := _NUMBER.match(text):
        inner = text[number.end() :]
        if not name_of(inner.partition(":")[0]) and not level:
            return None
        text = inner
    title, rest, colon = _parted(text)
    name = name_of(title)
    code = BY_NAME.get(name, "")
    alone = not rest
    style = str(level) if level else "caps" if _without_tail(title).isupper() and len(title) > 1 else "plain"
    heading = Heading(code, name, title, rest, style, alone, line.bullet)
    if code:
        return heading if _can_be_known(heading, colon, decorated, line, after) else None
    return heading if alone and _can_be_unknown(title, colon, style, line) else None


def name_of(title: str) -> str:
    """The name by which a heading is looked up; empty where there is none under any of its names."""
    bare = _without_tail(title.strip(_AROUND)[:90].lower().replace("‑", "-").replace("‐", "-"))
    if bare in BY_NAME:
        return bare
    if _ADDENDUM.match(bare):
        return "addendum"
    words = " ".join(
        _NOT_WORDS.sub(" ", bare.replace("&", " and ").replace("/", " and ").replace("+", " and ")).split()
    )
    for _ in range(4):
        words = words.rstrip("0123456789").rstrip() or words
        if words in BY_NAME:
            return words
        first, _, others = words.partition(" ")
        before, _, last = words.rpartition(" ")
        tail = next((one for one in TAILS if words.endswith(one)), None)
        if tail:
            words = words[: -len(tail)]
        elif first in BEFORE and others:
            words = others
        elif last in AFTER and before:
            words = before
        else:
            break
    return _of_several(words)


def _of_several(words: str) -> str:
    """The name of a heading that is made of others (``Follow-up and Disposition``), or of a history of something."""
    parts = words.split(" and ")
    codes = {BY_NAME.get(part, "") if len(part) > 2 else "" for part in parts}
    if len(parts) > 1 and "" not in codes:
        if len(codes) == 1:
            return parts[-1]
        if codes <= {"assessment", "assessment_plan", "plan", "follow_up"}:
            return "assessment and plan" if codes & {"assessment", "assessment_plan"} else "plan"
    *before, last = words.split() or [""]
    return "history" if last in {"history", "hx"} and before and OF_HISTORY.issuperset(before) else ""


def _without_tail(title: str) -> str:
    """A title without what stands behind it in parentheses (``PLAN (revised 11/21)``)."""
    return title.rpartition("(")[0].rstrip() or title if title.endswith(")") else title


def _at_colon(text: str) -> tuple[str, str, str]:
    """A line at its first colon that is not that of a time (``Addendum 9:00``)."""
    at = text.find(":")
    while 0 < at < len(text) - 1 and text[at - 1].isdigit() and text[at + 1].isdigit():
        at = text.find(":", at + 1)
    return (text, "", "") if at < 0 else (text[:at], ":", text[at + 1 :])


def _parted(text: str) -> tuple[str, str, bool]:
    """(title, what stands behind it, whether a colon parts them)."""
    head, colon, rest = _at_colon(text)
    if colon and len(head) <= 90:
        return head.strip(_AROUND), rest.strip().strip("*_=").strip(), True
    if (dash := _DASH.search(text[:90])) and name_of(text[: dash.start()]):
        rest = text[dash.end() :].strip().strip("*_=").strip()
        return text[: dash.start()].strip(_AROUND), rest, rest == "" or text[: dash.start()].isupper()
    return text.strip(_AROUND), "", False


def _can_be_known(heading: Heading, colon: bool, decorated: bool, line: Line, after: Line | None) -> bool:
    raw, after_blank = line.text, line.after_blank
    if len(heading.name) == 1 and not (colon and heading.title.isupper()):
        return False
    if heading.name in WITH_COLON and not colon and not decorated and not _stands_apart(heading, line):
        return False
    if not heading.alone:
        return colon or decorated or heading.title[:1].isupper()
    if colon or decorated or heading.style != "plain":
        return True
    if raw[-1] in ".,;" or (raw[0].islower() and not after_blank):
        return False
    if after is None or after.after_blank:
        return True
    return after.text.split(None, 1)[0].lower().strip(",.;") not in CONTINUING


def _stands_apart(heading: Heading, line: Line) -> bool:
    """Whether a word stands alone behind an empty line, as eClinicalWorks prints its sections (``Treatment``)."""
    return heading.alone and line.after_blank and line.text[0].isupper() and len(heading.name) > LONGEST_SHORT


def _can_be_unknown(title: str, colon: bool, style: str, line: Line) -> bool:
    letters = sum(map(str.isalpha, title))
    if letters < 3 or len(title) > LONGEST or len(title.split()) > MOST_WORDS:
        return False
    if style.isdigit():
        return True
    if title.rsplit(None, 1)[-1].lower() in DANGLING or denies(f"{title}:"):
        return False
    if line.bullet or title[-1:] in ".,;?!" or title.lower() in EXAM_PARTS:
        return False
    in_capitals = style == "caps" and letters >= 7 and line.after_blank and not any(map(str.isdigit, title))
    return (colon and title[:1].isupper()) or in_capitals
