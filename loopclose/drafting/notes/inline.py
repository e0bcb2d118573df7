"""Headings that stand within a line, behind the end of what was said before: ``chest wall pain  Plan: ibuprofen``."""

from __future__ import annotations

import re
from collections.abc import Iterator

from loopclose.drafting.words.lines import Line

_INLINE = re.compile(
    r"(?:(?<=\s\s)|(?<=[.;]\s)|(?<=[.;]))"
    r"(?:ASSESSMENT|Assessment|PLAN|Plan|IMPRESSION|Impression|A/P|A&P|RECOMMENDATIONS?|Recommendations?"
    r"|FOLLOW[- ]?UP|Follow[- ]?[Uu]p|F/[UuV]|DIAGNOSIS|Diagnosis|HPI|EXAM|Exam|PMH|ROS"
    r"|ALLERGIES|Allergies|MEDICATIONS|Medications"
    r"|(?:ASSESSMENT|IMPRESSION) (?:AND|&) PLAN|(?:Assessment|Impression) (?:and|&) [Pp]lan"
    r"|[SOAP](?=:\s[^:]{2}))"
    r"(?=\s?:|\s[-–]\s)"
)
_HEADS = re.compile(
    r"(?i)(assessment|impression|diagnos[ei]s)\s{0,3}:\s{1,3}(plan|recommendations?|follow[- ]?up|treatment)\s{0,3}:"
)
_NUMBERING = "0123456789.)( \t"


def split_inline(line: Line) -> Iterator[Line]:
    """The parts of a line, each beginning with its heading; the line itself where it has none within."""
    if line.level:
        yield line
        return
    if (heads := _HEADS.fullmatch(line.text)) is not None:
        yield Line(f"{heads[1]} / {heads[2]}:", 0, line.bullet, line.after_blank)  # above two columns
        return
    last = 0
    for found in _INLINE.finditer(line.text):
        if not line.text[: found.start()].strip(_NUMBERING):
            continue
        if part := line.text[last : found.start()].strip():
            yield Line(part, 0, line.bullet if last == 0 else "", line.after_blank if last == 0 else False)
        last = found.start()
    rest = line.text[last:].strip()
    if rest:
        yield line if last == 0 else Line(rest)
