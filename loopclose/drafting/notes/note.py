"""The notes of a visit as they were read: their sections, or why there are none."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from zoneinfo import ZoneInfo

from msgspec import structs

from fhir_adapters.facts import DocumentReference
from fhir_adapters.facts.contained import ContainedBinary
from fhir_adapters.facts.elements import Attachment
from loopclose.drafting.material import Content, Material
from loopclose.drafting.notes.attachments import Reading, read_attachments
from loopclose.drafting.notes.attachments import addresses as addresses_of
from loopclose.drafting.notes.sections import NoteSection, sections_of
from loopclose.drafting.notes.versions import (
    Versions,
    attests,
    authors_of,
    is_final,
    restricted_by,
    versions_of,
)
from loopclose.drafting.paper import Item, Sentence, Source
from loopclose.drafting.sentences import BY_TIME
from loopclose.drafting.wording import date_words
from loopclose.drafting.words.lines import lines_of

ELEMENT = "DocumentReference.content.attachment"
MOST_NOTES = 40
"""Notes of one visit whose words are read."""
ATTESTATION = "Attestation"
TOO_MANY = "is one of more than 40 of this visit and was not read here"


@dataclass(frozen=True)
class Note:
    """One note with its sections."""

    document: DocumentReference
    sections: tuple[NoteSection, ...]
    sources: tuple[Source, ...]
    """Where the words stand: the DocumentReference or Binaries, and the element; without the words."""
    added_to: str | None = None
    """Key of the note that it amends."""
    why_partly: str | None = None
    stands_in: str | None = None
    """Key of the resource that holds it, where that is no DocumentReference (a report that is a note)."""

    by: tuple[Source, ...] = ()
    """Who wrote it, by name, and where that stands."""

    @property
    def standing(self) -> tuple[Source, ...]:
        """That it is not final, and where that stands; empty where it is."""
        status = _status(self.document)
        return (Source(self.document.key, "DocumentReference.docStatus", status),) if status else ()

    @property
    def resource(self) -> str:
        """Where its words stand: the key of the resource."""
        return self.sources[0].resource

    @property
    def path(self) -> str:
        """Where its words stand: the element."""
        return self.sources[0].path

    def items(self, codes: Iterable[str]) -> Iterable[Item]:
        """What its sections of those codes say, paragraph by paragraph."""
        wanted = frozenset(codes)
        return (self.said(words) for section in self.sections if section.code in wanted for words in section.paragraphs)

    def said(self, words: str, in_source: str | None = None) -> Item:
        """A paragraph of it, with where it stands."""
        text = in_source or words
        return (Sentence(words, tuple(Source(one.resource, one.path, text) for one in self.sources[:3])),)


@dataclass(frozen=True)
class Unread:
    """A note of the visit whose words could not be had."""

    document: DocumentReference
    why: str
    source: Source

    def item(self, zone: ZoneInfo) -> Item:
        """That there is such a note, and why it was not read."""
        head, sources = named("The note", self.document, zone)
        return (Sentence(f"{head} {self.why}.", (self.source, *sources)),)


def named(head: str, document: DocumentReference, zone: ZoneInfo) -> tuple[str, tuple[Source, ...]]:
    """A note by its type and date, and where these stand."""
    sources: list[Source] = []
    if document.type is not None and (label := document.type.label):
        head += f" “{label}”"
        sources.append(Source(document.key, "DocumentReference.type", label))
    if document.date is not None:
        head += f" of {date_words(document.date, zone)}"
        sources.append(Source(document.key, "DocumentReference.date", str(document.date)))
    return head, tuple(sources)


def addresses(document: DocumentReference) -> list[list[str]]:
    """Addresses behind which words of a note may stand, by rendering, the best first."""
    return addresses_of(_attachments(document))


def notes_of(material: Material, versions: Versions | None = None) -> tuple[list[Note], list[Unread]]:
    """The notes that count and could be read, in the order in which they are quoted; and those that could not."""
    versions = versions or versions_of(material)
    read: list[Note] = []
    unread: list[Unread] = []
    seen: set[str] = set()
    for number, document in enumerate(versions.quoted):
        found = _read(document, material, versions) if number < MOST_NOTES else _too_many(document)
        if isinstance(found, Unread):
            unread.append(found)
        elif found[1].text not in seen:
            seen.add(found[1].text)
            added = dict(versions.added_to).get(document.key)
            sections = _as_attested(found[0], tuple(sections_of(found[1].text)))
            read.append(
                Note(
                    found[0], sections, found[1].sources, added, found[1].why, by=tuple(authors_of(document, material))
                )
            )
    return read, unread


def _as_attested(document: DocumentReference, sections: tuple[NoteSection, ...]) -> tuple[NoteSection, ...]:
    """An attestation that is a note of its own has no heading that says so, but its type."""
    if not attests(document) or {one.code for one in sections} != {"text"}:
        return sections
    return tuple(NoteSection("attestation", one.paragraphs, ATTESTATION) for one in sections)


def read_note(document: DocumentReference, contents: Mapping[str, Content | None]) -> Note | Unread:
    """One note by itself, or why its words could not be had."""
    reading = reading_of(document, contents)
    if not reading.text:
        return Unread(document, reading.why or "", reading.sources[0])
    return Note(document, tuple(sections_of(reading.text)), reading.sources, why_partly=reading.why)


def words_of(document: DocumentReference) -> str | Unread:
    """The whole text of a note that holds it itself, a line for each of its lines; else why it is not here."""
    reading = reading_of(document, {})
    if not reading.text:
        return Unread(document, reading.why or "", reading.sources[0])
    return "\n".join(line.text for line in lines_of(reading.text))


def reading_of(document: DocumentReference, contents: Mapping[str, Content | None]) -> Reading:
    """The words of a note."""
    return read_attachments(document.key, ELEMENT, _attachments(document), contents)


def _attachments(document: DocumentReference) -> list[Attachment]:
    """Its attachments; one whose address holds the words (``data:``), or names what is contained, as if inline."""
    inside = {f"#{one.id}": one for one in document.contained if one.id and one.data}
    return [_inline(one.attachment, inside) for one in document.content if one.attachment]


def _inline(one: Attachment, inside: Mapping[str, ContainedBinary]) -> Attachment:
    if one.data or not one.url:
        return one
    if one.url[:5].lower() == "data:":
        return structs.replace(one, data=one.url, url=None)
    found = inside.get(one.url)
    if found is None:
        return one
    return structs.replace(one, data=found.data, url=None, content_type=one.content_type or found.content_type)


def _read(
    document: DocumentReference, material: Material, versions: Versions
) -> tuple[DocumentReference, Reading] | Unread:
    """The words of a note, in another form of it where this one can't be read."""
    forms = [document, *(other for key, other in versions.forms if key == document.key)]
    readings = [(one, _once(one, material)) for one in forms]
    had = next((one for one in readings if one[1].text), None)
    if had is not None:
        return had
    reading = readings[0][1]
    return Unread(document, reading.why or "", reading.sources[0])


def _once(document: DocumentReference, material: Material) -> Reading:
    """What was read of a note, for both papers: a PDF is not taken apart twice."""
    found: Reading | None = material.readings.get(id(document))
    if found is None:
        found = material.readings[id(document)] = reading_of(document, material.contents)
    return found


def _too_many(document: DocumentReference) -> Unread:
    return Unread(document, TOO_MANY, Source(document.key, "DocumentReference.id", document.id))


def head_of(note: Note, material: Material) -> Item:
    """The note's own line: what it is, when and by whom it was written; then what a reader must know of it."""
    document = note.document
    head, sources = named("Note", document, material.zone)
    if document.date is not None and document.date.has_time:
        head += f", {document.date.start(material.zone).astimezone(material.zone):%H:%M}"
    if authors := authors_of(document, material):
        head += f", by {' and '.join(source.text for source in authors)}"
        sources += tuple(authors)
    own = sources[:3] or (Source(document.key, "DocumentReference.id", document.id),)
    marks = [Source(document.key, "DocumentReference.docStatus", status)] if (status := _status(document)) else []
    if restricted := restricted_by(document):
        marks.append(Source(document.key, restricted, "restricted in the chart"))
    if document.key in material.by_time:
        marks.append(Source(document.key, "DocumentReference.date", BY_TIME))
    said = [Sentence(f"{head}:", own)]
    if marks:
        said.append(Sentence(f"({'; '.join(mark.text for mark in marks)})", tuple(marks)))
    if note.stands_in is None:
        return tuple(said)
    return tuple(Sentence(one.text, (Source(note.stands_in, note.path, one.text),)) for one in said)


def _status(document: DocumentReference) -> str:
    if is_final(document):
        return ""
    return "preliminary, not final" if document.doc_status == "preliminary" else f"{document.doc_status}, not final"
