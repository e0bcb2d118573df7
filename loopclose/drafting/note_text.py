"""The visit note's own words: its text, and its sections by their usual headings, carried over whole."""

from __future__ import annotations

import base64
import binascii
import html
import re
from dataclasses import dataclass

import nh3

from fhir_adapters.facts import DocumentReference

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
        "social history",
        "allergies",
        "medications",
    ),
    "assessment": ("assessment", "impression", "diagnosis", "diagnoses", "conclusion"),
    "assessment_plan": ("assessment and plan", "assessment & plan", "assessment/plan", "a/p", "impression and plan"),
    "plan": ("plan", "recommendations", "recommendation", "plan of treatment", "plan of care"),
    "follow_up": ("follow-up", "follow up", "followup", "disposition", "return visit"),
}
_BY_WORDS = {words: code for code, all_words in HEADINGS.items() for words in all_words}
_HEADING = re.compile(r"^[#*\s]*([A-Za-z/&\- ]{2,40}?)\s*[*]*\s*(?::\s*[*]*(.*)|$)")


@dataclass(frozen=True)
class NoteSection:
    """One section of a note: the code of ``HEADINGS``, or ``other``, and its paragraphs."""

    code: str
    paragraphs: tuple[str, ...]


def text_of(document: DocumentReference) -> str | None:
    """The note's text where it stands in the resource (text or HTML); None where it is elsewhere or binary."""
    for content in document.content:
        attachment = content.attachment
        kind = (attachment.content_type or "text/plain").split(";")[0] if attachment else ""
        if (
            attachment is None
            or not attachment.data
            or kind not in ("text/plain", "text/html", "application/xhtml+xml")
        ):
            continue
        try:
            text = base64.b64decode(attachment.data).decode("utf-8", "replace")
        except (binascii.Error, ValueError):
            continue
        return text if kind == "text/plain" else _plain(text)
    return None


def sections_of(text: str) -> list[NoteSection]:
    """The sections of a note, in order; text before the first heading is ``other``."""
    found: list[tuple[str, list[str]]] = [("other", [])]
    for line in text.splitlines():
        heading = _HEADING.match(line)
        code = _BY_WORDS.get(heading[1].strip().lower()) if heading else None
        if (
            heading
            and code
            and (line.lstrip().startswith(("#", "*")) or heading[2] is not None or line.strip() == heading[1])
        ):
            found.append((code, [heading[2].strip()] if heading[2] and heading[2].strip() else []))
        elif line.lstrip().startswith("#"):
            found.append(("other", []))
        elif line.strip():
            found[-1][1].append(line.strip())
    return [NoteSection(code, tuple(lines)) for code, lines in found if lines]


def _plain(markup: str) -> str:
    broken = re.sub(r"(?i)<(br|/p|/div|/li|/h\d|/tr)[^>]*>", "\n", markup)
    return html.unescape(nh3.clean(broken, tags=set()))
