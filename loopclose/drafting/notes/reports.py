"""Reports of tests that were pasted into a note: their impression and advice are not the note's own."""

from __future__ import annotations

import re
from collections.abc import Sequence

from loopclose.drafting.notes.heading_names import ONLY_REPORTS
from loopclose.drafting.notes.headings import Heading
from loopclose.drafting.words.lines import Line
from loopclose.drafting.words.word_lists import names

_TITLE = re.compile(
    r"(?i)(?:(?:outside|prior|previous|last|repeat|recent|old|transthoracic|transesophageal|resting|exercise|chest|"
    r"abdominal|pelvic|brain|head|lumbar|left|right|bilateral|surgical|cardiac|coronary|nuclear|bone|12[- ]lead|final|"
    r"official)\s+){0,3}+"
    r"(?:ct|cta|mri|mra|mr|x-?rays?|xr|cxr|echo(?:cardiogra\w{1,4})?|tte|tee|ekg|ecg|electrocardiogram|"
    r"cath(?:eterization)?|angiogra\w{1,4}|pet|spect|stress|holter|ultrasound|us|doppler|duplex|biopsy|pathology|"
    r"cytology|colonoscopy|egd|endoscopy|pfts?|spirometry|dexa|mammogra\w{1,4}|radiology|radiograph|eeg|emg|"
    r"polysomnogra\w{1,4}|sleep study|event monitor|scintigraphy|bronchoscopy|cystoscopy|tilt table)\b"
)
_LOOSE = names(
    """
    outside records; outside records reviewed; records reviewed; review of records; imaging; imaging results;
    radiology; pathology; studies; diagnostic studies; data; data reviewed; results; diagnostics; test results;
    echo; ekg; ecg; echocardiogram; cardiac testing; investigations; diagnostic data; diagnostic tests; labs and
    imaging
    """
)
"""Headings of a note under which reports are pasted."""
_BEGINS = frozenset(
    ["findings", "interpretation", "impression", "conclusion", "diagnosis", "results", "summary", "final diagnosis",
     "impressions", "conclusions"]
)  # fmt: skip
"""What the line below the title of a report heads."""
_ALIKE = {"final diagnosis": "diagnosis", "diagnoses": "diagnosis", "impressions": "impression", "dx": "diagnosis",
          "conclusions": "conclusion", "recommendations": "recommendation"}  # fmt: skip
_RECORDS = re.compile(
    r"(?i)(?:outside|review of|prior|previous|past|old|last|referring|.{0,40}\b(?:from|per|of) (?:the )?"
    r"(?:outside|prior|previous|last|referring))\b.{0,40}\b(?:notes?|visit|records?|consult(?:ation)?|encounter)\b"
    r"|.{0,90}\bat (?:which|that) (?:time|visit)\s?:$|copied (?:from|forward)\b"
)
"""What stands over the words of another note, or of another visit, that were taken over."""
_OF_ANOTHER = frozenset({"assessment", "assessment_plan", "plan", "follow_up", ""})
"""Headings that another note has at its end."""
LONGEST_TITLE = 90


class Reports:
    """Where pasted reports begin, and which headings are theirs."""

    def __init__(self, lines: Sequence[Line], headings: Sequence[Heading | None]) -> None:
        self._headings = headings
        own = (at for at, one in enumerate(headings) if one and _is_own(one))
        self._last_own = max(own, default=-1)
        self._titles = {
            at
            for at in range(len(lines) - 1)
            if _is_title(lines[at], headings[at], headings[at + 1], lines[at + 1])
            and (at < self._last_own or not lines[at].text.rstrip(":").count(": "))
        }
        self._titles -= {at + 1 for at in self._titles if not lines[at + 1].after_blank}
        self._recorded = {at + 1 for at, one in enumerate(lines) if _heads_records(one, headings[at])}
        self._lines = lines
        self._within = self._loose = self._records = False
        self._used: set[str] = set()

    def begins(self, at: int) -> bool:
        """Whether a line is the title of a report; what follows is then within it."""
        if at not in self._titles:
            return False
        self._within, self._used = True, set()
        return True

    def keeps(self, at: int, in_findings: bool) -> bool:
        """Whether a heading is one of a report; any other ends what is pasted."""
        heading = self._headings[at]
        if heading is None:
            return False
        self._records = (self._records or at in self._recorded) and at < self._last_own
        if self._records and heading.code in _OF_ANOTHER:
            return True
        self._records = _heads_records(self._lines[at], heading)
        if self._within and (heading.code == "report" or heading.title.lower() in ONLY_REPORTS):
            return True
        if (heading.of_report and heading.name not in {"findings", "results"}) or (self._within and heading.of_report):
            called = _ALIKE.get(heading.name, heading.name)
            once_more = called in self._used
            self._used.add(called)
            own_follows = at < self._last_own
            if (self._within and not once_more) or (own_follows and (self._within or self._loose or in_findings)):
                return True
        self._within = False
        self._loose = heading.name in _LOOSE or (self._loose and not heading.code)
        return False


def _heads_records(line: Line, heading: Heading | None) -> bool:
    alone = line.text.endswith(":") or (heading is not None and bool(heading.code or heading.alone))
    return alone and len(line.text) <= LONGEST_TITLE * 2 and bool(_RECORDS.match(line.text))


def _is_own(heading: Heading) -> bool:
    return (heading.code in {"assessment", "assessment_plan"} and not heading.of_report and len(heading.name) > 1) or (
        heading.name in {"a", "assessment"}
    )


def _is_title(line: Line, heading: Heading | None, after: Heading | None, below: Line) -> bool:
    """A line that names a test, right above what a report begins with."""
    name = after.name if after else below.text.lower().strip(" :")
    if len(line.text) > LONGEST_TITLE or line.text.endswith((".", ",")) or line.bullet:
        return False
    begins = name in _BEGINS or (after is not None and after.code == "report")
    return begins and bool(_TITLE.match(line.text)) and not (heading and heading.code and heading.rest == "" and
                                                             heading.code != "findings")  # fmt: skip
