"""The notes of a visit: where the words of each stand, and why they could not be had where they could not."""

from __future__ import annotations

import base64
import binascii
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from zoneinfo import ZoneInfo

from fhir_adapters.facts import DocumentReference
from fhir_adapters.facts.elements import Attachment
from loopclose.drafting import rtf
from loopclose.drafting.markup import TooDeep, plain
from loopclose.drafting.material import Content, Material
from loopclose.drafting.note_text import NoteSection, decoded, sections_of
from loopclose.drafting.paper import Item, Sentence, Source
from loopclose.drafting.wording import date_words

DRAFTS = frozenset({"preliminary"})
HTML, TEXT = frozenset({"text/html", "application/xhtml+xml"}), frozenset({"text/plain"})
RTF = frozenset({"text/rtf", "application/rtf"})
READ = HTML | TEXT | RTF
"""Kinds whose words are read here; best of them HTML, which keeps what is a heading and what is a table."""
FORMS = {
    "application/pdf": "PDF",
    "application/xml": "XML",
    "text/xml": "XML",
    "application/msword": "a Word document",
    "image/tiff": "a scanned image",
    "image/jpeg": "an image",
    "image/png": "an image",
}
"""What the kinds that are not read here are called."""
MOST_BYTES, MOST_CHARACTERS, MOST_PARAGRAPHS = 2**20, 200_000, 5_000
"""Of a note as it comes, and of its words. The longest notes have some 50,000 characters; a longer one is named and
left to the EHR, so that no text can keep the others waiting, whatever it holds."""
NOT_READ, NOT_HAD, ELSEWHERE, NO_TEXT, TOO_LONG = (
    "is kept as {form} and was not read here",
    "could not be read from the EHR",
    "is kept at another address and was not read here",
    "came from the EHR without its text",
    "is too long or too intricate to be carried over here; read it in the EHR",
)
DATA, URL, KIND = (f"DocumentReference.content.attachment.{name}" for name in ("data", "url", "contentType"))


@dataclass(frozen=True)
class Note:
    """One note with its sections."""

    document: DocumentReference
    sections: tuple[NoteSection, ...]
    resource: str
    """Where the words stand: the DocumentReference or a Binary, and the element."""
    path: str

    def items(self, codes: Iterable[str]) -> Iterable[Item]:
        """What its sections of those codes say, paragraph by paragraph."""
        draft = self.document.doc_status in DRAFTS
        status = Source(self.document.key, "DocumentReference.docStatus", self.document.doc_status or "")
        for section in self.sections:
            if section.code in codes:
                for words in section.paragraphs:
                    source = Source(self.resource, self.path, words)
                    tail = " (preliminary, not final)" if draft else ""
                    yield (Sentence(f"{words}{tail}", (source, status) if draft else (source,)),)


@dataclass(frozen=True)
class Unread:
    """A note of the visit whose words could not be had."""

    document: DocumentReference
    why: str
    source: Source

    def item(self, zone: ZoneInfo) -> Item:
        """That there is such a note, and why it was not read."""
        document, sources = self.document, [self.source]
        head = "The note"
        if document.type is not None and (label := document.type.label):
            head += f" “{label}”"
            sources.append(Source(document.key, "DocumentReference.type", label))
        if document.date is not None:
            head += f" of {date_words(document.date, zone)}"
            sources.append(Source(document.key, "DocumentReference.date", str(document.date)))
        return (Sentence(f"{head} {self.why}.", tuple(sources)),)


def addresses(document: DocumentReference) -> list[str]:
    """Addresses behind which text of a note may stand, the best first; none where the text is in the resource."""
    choices = _choices(document)
    if any(one.data and _bytes(one.data) is not None for one in choices):
        return []
    return [one.url for one in choices if one.url]


def notes_of(material: Material) -> tuple[list[Note], list[Unread]]:
    """The notes that could be read, and those that could not."""
    read: list[Note] = []
    unread: list[Unread] = []
    for document in material.documents:
        found = read_note(document, material.contents)
        if isinstance(found, Note):
            read.append(found)
        else:
            unread.append(found)
    return read, unread


def words_of(document: DocumentReference) -> str | Unread:
    """The whole text of a note that holds it itself; else why it is not here."""
    choices = _choices(document)
    for kind, content_type, data, resource, path in _texts(document, choices, {}):
        words = _text(kind, content_type, data)
        return Unread(document, TOO_LONG, Source(resource, path, f"{len(data)} bytes")) if words is None else words
    return _why_not(document, choices, {})


def read_note(document: DocumentReference, contents: Mapping[str, Content | None]) -> Note | Unread:
    """One note, or why its words could not be had."""
    choices = _choices(document)
    too_long: Unread | None = None
    for kind, content_type, data, resource, path in _texts(document, choices, contents):
        sections = _sections(kind, content_type, data)
        if sections is not None:
            return Note(document, sections, resource, path)
        too_long = too_long or Unread(document, TOO_LONG, Source(resource, path, f"{len(data)} bytes"))
    return too_long or _why_not(document, choices, contents)


def _texts(
    document: DocumentReference, choices: list[Attachment], contents: Mapping[str, Content | None]
) -> Iterator[tuple[str, str | None, bytes, str, str]]:
    """Where words of a note can be had, the best first: (kind, content type, bytes, resource, path) each."""
    for one in choices:
        if one.data is not None and (inline := _bytes(one.data)) is not None:
            yield _kind(one), one.content_type, inline, document.key, DATA
    for one in choices:
        behind = contents.get(one.url) if one.url else None
        kind = _main(behind.content_type) or _kind(one) if behind is not None else ""
        if behind is not None and kind in READ:
            yield kind, behind.content_type or one.content_type, behind.data, behind.key, "Binary.data"


def _sections(kind: str, content_type: str | None, data: bytes) -> tuple[NoteSection, ...] | None:
    """The sections of a note; None where it is too long, or its elements stand too deep in each other."""
    words = _text(kind, content_type, data)
    found = tuple(sections_of(words)) if words is not None else ()
    return found if words is not None and sum(len(one.paragraphs) for one in found) <= MOST_PARAGRAPHS else None


def _text(kind: str, content_type: str | None, data: bytes) -> str | None:
    """The text of a note; None where it is too long or too deep, or broken."""
    if len(data) > MOST_BYTES:
        return None
    text = decoded(data, content_type)
    try:
        words = plain(text) if kind in HTML else rtf.plain(text) if kind in RTF else text
    except (TooDeep, rtf.Broken):
        return None
    return words if len(words) <= MOST_CHARACTERS else None


def _why_not(document: DocumentReference, choices: list[Attachment], contents: Mapping[str, Content | None]) -> Unread:
    for one in choices:
        if one.url:
            behind = contents.get(one.url)
            if behind is not None:
                kind = Source(behind.key, "Binary.contentType", behind.content_type or "")
                return Unread(document, NOT_READ.format(form=_form(behind.content_type)), kind)
            why = NOT_HAD if one.url in contents else ELSEWHERE
            return Unread(document, why, Source(document.key, URL, one.url))
    for content in document.content:
        attachment = content.attachment
        if attachment and (attachment.url or attachment.data) and _kind(attachment) not in READ:
            kind = Source(document.key, KIND, attachment.content_type or "")
            return Unread(document, NOT_READ.format(form=_form(attachment.content_type)), kind)
    return Unread(document, NO_TEXT, Source(document.key, "DocumentReference.id", document.id))


def _choices(document: DocumentReference) -> list[Attachment]:
    """The attachments that may be text, the best first."""
    found = [one.attachment for one in document.content if one.attachment and _kind(one.attachment) in READ]
    return sorted((one for one in found if one.data or one.url), key=lambda one: _rank(_kind(one)))


def _rank(kind: str) -> int:
    return 0 if kind in HTML else 1 if kind in TEXT else 2


def _form(content_type: str | None) -> str:
    kind = _main(content_type) or "an unknown kind"
    return FORMS.get(kind, kind)


def _kind(attachment: Attachment) -> str:
    return _main(attachment.content_type) or "text/plain"


def _main(content_type: str | None) -> str | None:
    return content_type.partition(";")[0].strip().lower() or None if content_type else None


def _bytes(data: str) -> bytes | None:
    try:
        return base64.b64decode(data)
    except (binascii.Error, ValueError):
        return None
