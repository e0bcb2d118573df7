"""Of the attachments of a note or a report: which to read, in which order, and the words of them together."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from fhir_adapters.facts.elements import Attachment
from loopclose.drafting.material import Content
from loopclose.drafting.paper import Source
from loopclose.drafting.words.encoding import bytes_of
from loopclose.drafting.words.forms import HTML, OTHER, PREFERRED, TEXT, Unreadable, form_of, kind_of, words

NOT_HAD, ELSEWHERE, NO_TEXT, NOT_DECODED, NOT_READ = (
    "could not be read from the EHR",
    "is kept at another address and was not read here",
    "came from the EHR without its text",
    "could not be read here (it is not in base64); see the chart",
    "is kept as {form} and was not read here",
)
PARTLY = "was read only in part; another part of it {why}"
MOST_PARTS = 20
"""Attachments of one note that are looked at."""
_PAGE = re.compile(r"(?i)\b(?:page|part|pg\.?|p\.)\s*+([0-9]{1,3})\s*+(?:of|/)\s*+[0-9]{1,3}\b")
_STUB = re.compile(
    r"(?i)\b(?:scanned|scan|attached|attachment|available (?:as|in)|"
    r"(?:see|refer to|view|open|consult|click) (?:the |here )?(?:attached |scanned |original |full |to view )?"
    r"(?:pdf|image|document|media|original|file|report)|(?:in|as a?) ?pdf|pdf (?:document|file|version|format)|"
    r"(?:document|file) (?:imported|uploaded)|no (?:narrative|text|content|preview) (?:is )?available|"
    r"(?:external|imported|image) document|cannot be (?:displayed|shown|rendered)|unable to (?:display|render)|"
    r"not (?:available|supported|displayable))\b"
)
LONGEST_STUB = 300


@dataclass(frozen=True)
class Reading:
    """The words of some attachments, and where they stand; or why they could not be had."""

    text: str
    """Made by ``forms.words``; empty where there are none."""
    sources: tuple[Source, ...]
    """One for each part that was read, without the words; of what could not be read, what says so."""
    why: str | None = None
    """Why something of it could not be read, after “the note”."""


def renderings(attachments: Sequence[Attachment]) -> list[list[Attachment]]:
    """The attachments in groups, the best first: a group is one rendering, in the order of its pages.

    Of one kind several are its pages (``page 2 of 2``); of several kinds each is the whole note, unless their titles
    count pages.
    """
    usable = [one for one in attachments if one.data or one.url][:MOST_PARTS]
    numbered = [(int(found[1]), one) for one in usable if (found := _PAGE.search(one.title or ""))]
    if len({number for number, _ in numbered}) == len(usable) > 1:
        return [[one for _, one in sorted(numbered, key=lambda pair: pair[0])]]
    kinds = [kind for kind in PREFERRED if any(_kind(one) == kind for one in usable)]
    return [[one for one in usable if _kind(one) == kind] for kind in kinds]


def addresses(attachments: Sequence[Attachment]) -> list[list[str]]:
    """Addresses behind which words may stand, by rendering, the best first; up to one that is in the resource whole."""
    found: list[list[str]] = []
    groups = renderings(attachments)
    for group in groups:
        missing = [one.url for one in group if one.data is None and one.url]
        if not missing:
            if len(groups) == 1 or not any(is_stub(one.content_type, _inline(one)) for one in group):
                break
            continue
        found.append(missing)
    return found


def is_stub(content_type: str | None, data: bytes | None) -> bool:
    """Whether a text only says that the document is another one, as EHRs put beside a scan."""
    if data is None or kind_of(content_type) not in {TEXT, HTML}:
        return False
    try:
        return _says_elsewhere(words(content_type, data))
    except Unreadable:
        return False


def read_attachments(
    key: str, element: str, attachments: Sequence[Attachment], contents: Mapping[str, Content | None]
) -> Reading:
    """The words of the best rendering that can be read; ``element`` is the path of the attachments in ``key``."""
    groups = renderings(attachments)
    several = len(groups) > 1 or any(_kind(one) == OTHER for one in attachments if one.data or one.url)
    failed: list[Reading] = []
    for group in groups:
        reading = _together([_part(key, element, one, contents) for one in group])
        if reading.text and several and _says_elsewhere(reading.text):
            continue
        if reading.text and reading.why is None:
            return reading
        failed.append(reading)
    failed += [_not_read(key, element, one) for one in attachments if _kind(one) == OTHER and (one.data or one.url)]
    partly = next((one for one in failed if one.text), None)
    if partly is not None:
        return Reading(partly.text, partly.sources, PARTLY.format(why=partly.why))
    had = next((one for one in failed if not (one.why or "").endswith("without its text")), None)
    return had or Reading("", (Source(key, f"{key.partition('/')[0]}.id", key.partition("/")[2]),), NO_TEXT)


def _together(parts: Sequence[Reading]) -> Reading:
    read = [one for one in parts if one.text]
    texts = list(dict.fromkeys(one.text for one in read))
    unread = next((one for one in parts if one.why is not None), None)
    sources = tuple(dict.fromkeys(source for one in read for source in one.sources))
    if not read and unread is not None:
        return unread
    return Reading("\n".join(texts), sources, unread.why if unread else None)


def _part(key: str, element: str, one: Attachment, contents: Mapping[str, Content | None]) -> Reading:
    """One attachment."""
    try:
        content_type, data, source = _bytes(key, element, one, contents)
        return Reading(words(content_type, data), (source,))
    except _NotThere as problem:
        return Reading("", (problem.source,), str(problem))
    except Unreadable as problem:
        return Reading("", (Source(key, f"{element}.contentType", one.content_type or ""),), str(problem))


class _NotThere(ValueError):
    def __init__(self, why: str, source: Source) -> None:
        super().__init__(why)
        self.source = source


def _bytes(
    key: str, element: str, one: Attachment, contents: Mapping[str, Content | None]
) -> tuple[str | None, bytes, Source]:
    if one.data:
        inline = bytes_of(one.data)
        if inline is None:
            raise _NotThere(NOT_DECODED, Source(key, f"{element}.data", "data"))
        return one.content_type or inline.content_type, inline.data, Source(key, f"{element}.data", "")
    url = one.url or ""
    behind = contents.get(url)
    if behind is None:
        raise _NotThere(NOT_HAD if url in contents else ELSEWHERE, Source(key, f"{element}.url", url))
    if kind_of(behind.content_type) == OTHER:
        why = NOT_READ.format(form=form_of(behind.content_type))
        raise _NotThere(why, Source(behind.key, "Binary.contentType", behind.content_type or ""))
    return behind.content_type or one.content_type, behind.data, Source(behind.key, "Binary.data", "")


def _not_read(key: str, element: str, one: Attachment) -> Reading:
    kind = Source(key, f"{element}.contentType", one.content_type or "")
    return Reading("", (kind,), NOT_READ.format(form=form_of(one.content_type)))


def _kind(one: Attachment) -> str:
    return kind_of(one.content_type)


def _inline(one: Attachment) -> bytes | None:
    found = bytes_of(one.data) if one.data else None
    return found.data if found else None


def _says_elsewhere(text: str) -> bool:
    return len(text) <= LONGEST_STUB and bool(_STUB.search(text))
