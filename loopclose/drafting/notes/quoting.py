"""What the notes say, put where it belongs in the consult note: every word once, under a heading that is true of it."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

from fhir_adapters.facts import DocumentReference
from loopclose.drafting.material import Material
from loopclose.drafting.notes.complaints import asks_nothing, is_of_complaints, on_one_line
from loopclose.drafting.notes.copied import first_uses, mark
from loopclose.drafting.notes.heading_names import NAMES, PLAIN
from loopclose.drafting.notes.note import Note, Unread, head_of, named, notes_of
from loopclose.drafting.notes.sections import NoteSection
from loopclose.drafting.notes.two_minds import of_two_minds
from loopclose.drafting.notes.versions import Versions, authors_of, versions_of
from loopclose.drafting.paper import Conflict, Item, Section, Sentence, Source
from loopclose.drafting.wording import date_words
from loopclose.drafting.words.forms import EMPTY
from loopclose.drafting.words.word_lists import names

PLACES = {
    "question": "question", "findings": "findings", "assessment": "assessment", "assessment_plan": "assessment",
    "attestation": "assessment", "addendum": "assessment", "plan": "plan", "follow_up": "follow_up",
}  # fmt: skip
"""Section of the paper by code of the note's section; any other goes behind them, under its own title."""
READ = ("assessment", "plan", "findings", "follow_up", "question")
"""Where a note that is not final is marked as such: in the first of these in which it stands."""
NO_HEADING = {
    "assessment": "The note has no heading for an assessment.",
    "plan": "The note has no heading for a plan.",
    "findings": "The note has no heading for findings, and none were recorded beside it.",
    "follow_up": "The note has no heading for follow-up.",
}
EMPTY_NOTE = "The note is empty."
WITH_ASSESSMENT = "The plan stands with the assessment."
WHOLE, OTHERS, REST = "Visit note", "Other notes of the visit", "{title} (continued)"
QUESTION = "In our note: {words}"
A_REFERRAL = "is not quoted here: it is a referral, not a note of the visit"
NOT_QUOTED, REPLACED = "is not quoted here: it is not a clinician's note", "was replaced and is not quoted"
MOST_IN_PLACE = 40
"""Items of notes in one of the paper's own sections; what is longer goes on behind all of them."""
NOTHING = "nothing is written there"
SPELT = {"S": "Subjective", "O": "Objective"}
"""Titles that are a letter."""
TAKEN, IN_THE_NOTE = frozenset({"allergies", "orders"}), "{title} in the note"
"""Titles of sections of the paper's own, which hold what the chart says."""
_BOTH = names(NAMES["assessment_plan"])
_NO_SLUG = re.compile(r"[^a-z0-9]++")


@dataclass
class Quoted:
    """What the notes of a visit give to the consult note."""

    places: dict[str, list[Item]] = field(default_factory=dict)
    """Items by section of the paper."""
    behind: list[Section] = field(default_factory=list)
    """Sections that go behind the paper's own, under the note's titles."""
    missing: list[Item] = field(default_factory=list)
    """Notes that could not be read."""
    empties: dict[str, str] = field(default_factory=dict)
    """What stands in a section of the paper to which no note gives anything."""
    conflicts: tuple[Conflict, ...] = ()
    """What two notes of the visit may tell differently."""
    asked: frozenset[str] = frozenset()
    """What the referral asks, which no note need ask again."""
    is_read: bool = True
    """Whether every note that counts was read."""
    notes: list[Note] = field(default_factory=list)
    """The notes themselves."""

    def items(self, place: str) -> list[Item]:
        """What stands in one of the paper's sections."""
        return self.places.get(place, [])[: _in_place(self.places.get(place, []))]


def quoted(
    material: Material, more: Iterable[Note] = (), asked: Iterable[str] = (), *, in_order: bool = False
) -> Quoted:
    """What the notes say, by section of the paper; ``more`` are notes that stand in other resources, ``asked`` what
    the referral asks, which a note need not ask again in the same words. ``in_order``: each note whole, in its own
    order and under its own titles.
    """
    versions = versions_of(material)
    read, unread = notes_of(material, versions)
    notes = [*read, *(one for one in more if one.sections not in [other.sections for other in read])]
    found = Quoted(missing=[one.item(material.zone) for one in unread], notes=notes, asked=frozenset(map(_bare, asked)))
    partly = [Unread(one.document, one.why_partly, one.sources[0]) for one in notes if one.why_partly]
    found.missing += [one.item(material.zone) for one in partly]
    only_empty = not notes and bool(unread) and all(one.why == EMPTY for one in unread)
    found.is_read = only_empty or (not found.missing and bool(notes or not versions.not_clinicians))
    found.conflicts = tuple(of_two_minds(notes, material))
    uses = first_uses(material)
    behind: dict[str, tuple[str, list[Item]]] = {}
    for note in notes:
        _quote(note, material, uses, found, behind, told=len(notes) > 1, in_order=in_order)
    for place, items in found.places.items():
        if len(items) > (most := _in_place(items)):
            title = REST.format(title=place.replace("_", "-").capitalize())
            behind[f"note-more-{place}"] = (title, items[most:])
    behind["note-others"] = (OTHERS, list(_others(versions, material)))
    found.behind = [Section(code, title, tuple(items), "") for code, (title, items) in behind.items() if items]
    found.empties = dict.fromkeys(NO_HEADING, EMPTY_NOTE) if only_empty else _empties(notes)
    return found


def _quote(
    note: Note,
    material: Material,
    uses: dict[str, DocumentReference],
    found: Quoted,
    behind: dict[str, tuple[str, list[Item]]],
    *,
    told: bool,
    in_order: bool,
) -> None:
    """One note; its own line stands wherever several are quoted, and once where it is not final or restricted."""
    head = head_of(note, material)
    is_marked = len(head) > 1
    headed: set[str] = set()
    amends = f"{_added(note, material)}: " if note.added_to else ""
    placed = [
        (section, place)
        for section in sorted(note.sections, key=lambda one: one.code != "attestation" and not in_order)
        if _is_told(section, place := _place(section, bool(amends), in_order=in_order), found.asked)
    ]
    first = min((READ.index(place) for _, place in placed if place in READ), default=None)
    for section, place in placed:
        code, title = (place, "") if place else _behind(section)
        into = found.places.setdefault(place, []) if place else behind.setdefault(code, (title, []))[1]
        is_first = not headed if first is None else place == READ[first]
        if code not in headed and not amends and (told or (is_marked and is_first)):
            into.append(head)
        headed.add(code)
        for words, item in _items(note, section, place, amends):
            into.append((*item, *mark(words, note.document, uses, material)))


def _place(section: NoteSection, amends: bool, *, in_order: bool) -> str | None:
    """The paper's own section in which it stands; None behind them."""
    place = "assessment" if amends and section.code == "text" else PLACES.get(section.code)
    return None if in_order or (place == "question" and asks_nothing(section)) else place


def _is_told(section: NoteSection, place: str | None, asked: frozenset[str]) -> bool:
    """Whether it says something that does not stand in the referral already."""
    if not section.paragraphs:
        return not (_says_no_more(section) or section.code == "addendum")
    return place != "question" or not {_bare(one) for one in section.paragraphs} <= asked


def _bare(words: str) -> str:
    return " ".join(words.lower().split()).rstrip(".?! ")


def _items(note: Note, section: NoteSection, place: str | None, amends: str) -> Iterator[tuple[str, Item]]:
    """The paragraphs of a section; the first says what it is where the paper's own heading does not."""
    if place == "question" and is_of_complaints(section):
        yield "", on_one_line(note, section.paragraphs, QUESTION)
        return
    lead = f"{section.lead}: " if section.lead else amends
    title = section.title if place and not _says_no_more(section) else ""
    if not section.paragraphs and section.title:
        yield "", note.said(f"{lead}{section.title}: {NOTHING}", section.title)
    for number, words in enumerate(section.paragraphs):
        with_title = title and number == 0 and title.lower() not in words.lower()
        said = f"{title}: {words}" if with_title else words
        if place == "question":
            said = QUESTION.format(words=said)
        yield words, note.said(f"{lead}{said}", words)


def _says_no_more(section: NoteSection) -> bool:
    title = section.title.lower().strip()
    return not title or section.code == "question" or title in PLAIN or title.replace(" & ", " and ") in _BOTH


def _behind(section: NoteSection) -> tuple[str, str]:
    if section.code == "text" or not section.title:
        return "note-text", WHOLE
    title = section.title if not section.title.isupper() or len(section.title) < 6 else section.title.capitalize()
    code = f"note-{_NO_SLUG.sub('-', title.lower()).strip('-') or 'section'}"
    title = SPELT.get(title, title)
    return code, IN_THE_NOTE.format(title=title) if title.lower() in TAKEN else title


def _added(note: Note, material: Material) -> str:
    head = "Added"
    if note.document.date is not None:
        head += f" {date_words(note.document.date, material.zone)}"
    names = [one.text for one in authors_of(note.document, material)]
    return f"{head} by {' and '.join(names)}" if names else head


def _others(versions: Versions, material: Material) -> Iterable[Item]:
    for documents, why in ((versions.replaced, REPLACED), (versions.not_clinicians, NOT_QUOTED)):
        for one in documents:
            head, sources = named("The note", one, material.zone)
            if one.date is not None and one.date.has_time and documents is versions.replaced:
                head += f", {one.date.start(material.zone).astimezone(material.zone):%H:%M},"
            words = A_REFERRAL if why is NOT_QUOTED and _is_referral(one) else why
            yield (Sentence(f"{head} {words}.", sources or (Source(one.key, "DocumentReference.id", one.id),)),)


def _is_referral(one: DocumentReference) -> bool:
    words = [one.type.text or "", *(each.display or "" for each in one.type.coding)] if one.type else []
    return any("referral" in each.lower() for each in words)


def _in_place(items: list[Item]) -> int:
    return len(items) if len(items) <= MOST_IN_PLACE + 10 else MOST_IN_PLACE


def _empties(notes: list[Note]) -> dict[str, str]:
    """Where notes have words and no heading for a section, that is said, and not that nothing was recorded."""
    sections = [section for note in notes for section in note.sections]
    if not any(one.paragraphs for one in sections):
        return {}
    headed = {PLACES.get(one.code) for one in sections}
    found = {place: words for place, words in NO_HEADING.items() if place not in headed}
    if "plan" in found and any(one.code == "assessment_plan" and one.paragraphs for one in sections):
        found["plan"] = WITH_ASSESSMENT
    return found
