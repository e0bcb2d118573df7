"""A note cut into its sections by its headings, its words whole and in their order."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from loopclose.drafting.notes.heading_names import COLUMNS, EXAM_PARTS, STAYING
from loopclose.drafting.notes.headings import Heading, heading_of
from loopclose.drafting.notes.inline import split_inline
from loopclose.drafting.notes.reports import Reports
from loopclose.drafting.words.lines import Line, denies, is_wrapped, lines_of

PLANS, OURS = frozenset({"plan", "assessment_plan", "follow_up"}), frozenset({"assessment", "assessment_plan"})
_BOLD = re.compile(r"(?<![*\w])\*\*(?=[^\s*])([^*\n]{1,300}+)\*\*(?!\*)")
_MARKED = re.compile(r"#{2,6}+\s++")
_PROBLEM = re.compile(r"(?:#\s*+[0-9]{0,2}[.):]?|[0-9]{1,2}[.)])\s*+(?=[^\W\d_])")
_FOLLOWING = re.compile(
    r"(?i)(?:RTC|RTO|return to (?:clinic|office)|follow[- ]?up (?:in|with|on|as|prn)"
    r"|return (?:in|for a?) ?(?:about )?[0-9a-z]{1,6} (?:day|week|month|year)s?)\b"
)


_ATTESTING = re.compile(
    r"(?i)i (?:have |personally |independently ){0,2}+(?:saw|seen|examined|evaluated|interviewed|performed|discussed)\b"
    r".{0,90}\b(?:resident|fellow|student|np|pa|nurse practitioner|physician assistant|trainee|apc|app|housestaff)\b"
)
"""How whoever answers for another's note begins, where no heading says so."""


@dataclass(frozen=True)
class NoteSection:
    """One section of a note."""

    code: str
    """Of ``heading_names``; ``other`` under a heading that is not known, ``text`` before the first."""
    paragraphs: tuple[str, ...]
    title: str = ""
    """As the note has it."""
    lead: str = ""
    """What stands before the words of an addendum."""


@dataclass
class _Open:
    """The section that is being read."""

    code: str
    title: str = ""
    style: str = "plain"
    lead: str = ""
    paragraphs: list[str] = field(default_factory=list)
    by_problem: bool = False
    tail: str = ""
    """The last line as it stood, to which the next may belong."""
    gathering: bool = False
    """Whether what follows belongs to what is denied or to be stopped."""
    titled: bool = False
    """Whether the last paragraph is the title of a problem that waits for its plan."""


def sections_of(text: str) -> list[NoteSection]:
    """The sections of a note, in order; text before the first heading is ``text``. It was made by ``forms.words``."""
    lines = [part for line in lines_of(text) for part in split_inline(line)]
    return list(_Cutting(lines).sections())


class _Cutting:
    """One pass over the lines, with what was seen of the note so far."""

    def __init__(self, lines: Sequence[Line]) -> None:
        self._lines = lines
        self._headings = [heading_of(one, after) for one, after in zip(lines, [*lines[1:], None], strict=False)]
        self._reports = Reports(lines, self._headings)
        self._now = _Open("text")
        self._done: list[_Open] = []
        self._seen: set[str] = set()
        self._addendum = ""
        self._is_soap = {"a", "p"} <= {one.name for one in self._headings if one} or {"s", "o"} <= {
            one.name for one in self._headings if one
        }

    def sections(self) -> Iterator[NoteSection]:
        for at, line in enumerate(self._lines):
            self._take(at, line)
        for one in (*self._done, self._now):
            if one.paragraphs or one.code not in {"text", "other"} or one.title:
                yield NoteSection(one.code, tuple(one.paragraphs), one.title, one.lead)

    def _take(self, at: int, line: Line) -> None:
        heading = self._headings[at]
        if self._reports.begins(at):
            self._report(line)
        elif heading is None or not self._opens(at, heading):
            self._text(line, at)
        else:
            self._head(heading, line)

    def _report(self, line: Line) -> None:
        """A report of a test that was pasted; the heading right above it stands before its title."""
        now = self._now
        above = f"{now.title}: " if now.code == "findings" and now.title and not now.paragraphs else ""
        if above:
            self._now = _Open("text")
        self._open(_Open("findings", line.text.rstrip(":")), said=f"{above}{line.text}")

    def _opens(self, at: int, heading: Heading) -> bool:
        now = self._now
        if len(heading.name) == 1 and not self._is_soap:
            return False
        if heading.code not in OURS | PLANS and heading.style == "plain" and is_wrapped(now.tail, self._lines[at]):
            return False
        if self._reports.keeps(at, now.code == "findings"):
            return False
        if heading.code == "report":
            return False
        if not heading.code:
            return self._opens_unknown(heading)
        if now.code == "history" and not now.paragraphs and self._heads_columns(at, heading):
            return False
        if heading.style.isdigit() and now.style.isdigit() and int(heading.style) <= min(int(now.style), 6):
            return True
        if heading.code == "question":
            return not self._seen & (OURS | PLANS)
        if heading.code == "follow_up" and heading.bullet and heading.style == "plain" and now.code in PLANS:
            return False
        if now.code in PLANS and self._stays(heading):
            return False
        by_problem = now.by_problem and (heading.style == "plain" or heading.style != now.style)
        return not (by_problem and heading.code in {"assessment", "plan"})

    def _heads_columns(self, at: int, heading: Heading) -> bool:
        """Whether *Diagnosis* right under a history or a list of problems is the head of its table."""
        if heading.name not in {"diagnosis", "diagnoses", "dx"}:
            return False
        if heading.rest:
            return heading.rest.lower().strip(" |:") in COLUMNS
        return not self._lines[at].after_blank or any(one and one.code in OURS for one in self._headings[at + 1 :])

    def _stays(self, heading: Heading) -> bool:
        """Whether a heading that we know tells of a part of the plan."""
        return heading.name in STAYING and (heading.code not in OURS or bool(self._seen & OURS))

    def _opens_unknown(self, heading: Heading) -> bool:
        """A heading that we do not know opens a section of its own, unless it is a part of a plan or a deeper one."""
        now = self._now
        if heading.title.lower() in EXAM_PARTS:
            return now.code in OURS | PLANS and heading.style == now.style != "plain"
        if heading.style.isdigit() and now.style.isdigit() and now.title:
            return int(heading.style) <= int(now.style)
        if now.code in PLANS:
            return heading.style == now.style != "plain"
        return not (heading.style.isdigit() and int(heading.style) >= 7 and now.code in PLANS | OURS)

    def _head(self, heading: Heading, line: Line) -> None:
        stub = self._taken_stub(heading, line)
        if heading.code == "addendum":
            self._addendum = heading.title if self._seen & (OURS | PLANS) else ""
            self._open(_Open("addendum", heading.title, heading.style))
        else:
            self._open(_Open(heading.code or "other", heading.title, heading.style, self._addendum))
        self._seen.add(heading.code)
        if stub:
            self._now.paragraphs.append(f"{stub} {line.text}")
            self._now.gathering, self._now.tail = True, line.text
        elif heading.rest:
            self._text(Line(heading.rest), None)

    def _taken_stub(self, heading: Heading, line: Line) -> str:
        """What is denied right before a heading (``No evidence of:``) goes with what stands behind it."""
        now = self._now
        if (
            now.gathering
            and now.paragraphs
            and now.tail == now.paragraphs[-1]
            and heading.rest
            and not line.after_blank
        ):
            return now.paragraphs.pop()
        return ""

    def _open(self, section: _Open, said: str = "") -> None:
        self._done.append(self._now)
        self._now = section
        if said:
            self._now.paragraphs.append(said)

    def _text(self, line: Line, at: int | None) -> None:
        now, words = self._now, " ".join(_BOLD.sub(r"\1", _MARKED.sub("", line.text)).split())
        if not words:
            return
        if at is not None and self._seen & (OURS | PLANS) and now.code != "attestation" and _ATTESTING.match(line.text):
            self._open(_Open("attestation", "Attestation"))
            now = self._now
        if at is not None and self._goes_to_follow_up(line):
            self._open(_Open("follow_up", lead=self._addendum))
            now = self._now
        if now.gathering and at is not None and self._heads_anew(at):
            now.gathering = False
        if now.gathering and (not line.after_blank or now.tail == now.paragraphs[-1]) and not line.level:
            first = now.tail == now.paragraphs[-1]
            now.paragraphs[-1] += f"{'' if first or is_wrapped(now.tail, line) else ';'} {words}"
        elif now.titled and not (line.bullet or line.text.startswith("#") or line.after_blank or line.level):
            now.paragraphs[-1] += f": {words}"
        elif now.paragraphs and is_wrapped(now.tail, line):
            now.paragraphs[-1] += f" {words}"
        else:
            now.gathering = False
            now.paragraphs.append(words)
        self._remember(line, words)

    def _heads_anew(self, at: int) -> bool:
        """Whether a line within a section heads what follows, so that it is no part of what was denied above it."""
        heading = self._headings[at]
        return heading is not None and bool(heading.code or heading.alone) and self._lines[at].text.endswith(":")

    def _remember(self, line: Line, words: str) -> None:
        now = self._now
        now.titled = False
        now.tail = words
        if now.code in PLANS | OURS and _PROBLEM.match(line.text):
            now.by_problem = now.by_problem or now.code == "assessment_plan"
            is_own = now.paragraphs[-1] == words  # and no part of what stood before it
            if (
                is_own
                and line.text.startswith("#")
                and ":" not in words
                and len(words) <= 60
                and words[-1] not in ".;,"
            ):
                now.paragraphs[-1] = words.removeprefix("# ") if words.startswith("# ") else words
                now.titled = True
        if not now.gathering and denies(now.paragraphs[-1]):
            now.gathering, now.tail = True, now.paragraphs[-1]

    def _goes_to_follow_up(self, line: Line) -> bool:
        is_plan = self._now.code in {"plan", "assessment_plan"} and not line.bullet and not self._now.gathering
        return is_plan and bool(_FOLLOWING.match(line.text)) and not is_wrapped(self._now.tail, line)
