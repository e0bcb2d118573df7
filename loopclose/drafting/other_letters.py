"""The letters about a visit beside the consult note: each a short choice of its sections, and nothing that is empty.

A progress report tells of a later visit; an interim report of what is known before the note is final or a result is
there; a procedure report is a cover before the note of a procedure, which follows whole.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace

from msgspec import structs

from fhir_adapters.facts import CodeableConcept, DiagnosticReport, DocumentReference
from loopclose.domain.dates import in_full
from loopclose.domain.letter_kinds import INTERIM, PROCEDURE, PROGRESS, VisitFacts
from loopclose.drafting.consult_note import Parts, consult_note, letter_of, parts_of
from loopclose.drafting.gaps import not_had, unsafe
from loopclose.drafting.material import Material
from loopclose.drafting.names import named
from loopclose.drafting.notes.versions import is_final, versions_of
from loopclose.drafting.page_one_chart import ordered
from loopclose.drafting.paper import Item, Paper, Section, Sentence, Source
from loopclose.drafting.reports import DRAFT_STATES, as_document, notes_among
from loopclose.drafting.sentences import cited, name_source
from loopclose.drafting.values import codes_of
from loopclose.drafting.wording import date_words

PROCEDURE_NOTES = frozenset({"28570-0", "11504-8"})
"""LOINC: procedure note, surgical operation note (https://loinc.org/28570-0, https://loinc.org/11504-8)."""
_PROCEDURE_NOTE = re.compile(
    r"(?i)\b(?:procedure|procedural|operative|operation|endoscopy|colonoscopy) (?:note|report)\b"
)
OF_PROGRESS = ("assessment", "plan", "findings", "orders", "follow_up")
OF_INTERIM = ("question", "assessment", "plan", "findings", "orders", "follow_up")
BEHIND_A_REPORT = ("findings", "orders", "follow_up")
"""Their sections, in their order, each where it says something; what notes say under other titles stands behind."""
NOTES = "DocumentReference"
ASKING = ("ServiceRequest/", "Condition/", "Encounter/")
"""Where the question stands that the referral asks."""
NOT_FINAL = "Our note of this visit is not final yet, and is not quoted here."
NO_NOTE = "No note of this visit is in our chart yet."
FOLLOWS, FOLLOWS_BY = "Our full report follows as soon as it is ready.", "Our full report follows by {day}."


def letter_about(material: Material, kind: str) -> Paper:
    """The letter of that kind about a visit."""
    made = {PROGRESS: progress_report, INTERIM: interim_report, PROCEDURE: procedure_report}
    return made.get(kind, consult_note)(material)


def progress_report(material: Material) -> Paper:
    """What a later visit under a referral added: no question is answered anew, and allergies stand on the sheet."""
    parts = parts_of(material)
    first = Section("referral", "Your referral", tuple(_referred(material)), "")
    reason = next(one for one in parts.sections if one.code == "question")
    in_note = Section("reason", "Reason for this visit", tuple(filter(_is_of_note, reason.items)), "")
    return letter_of(material, PROGRESS, parts, _saying([first, in_note, *_chosen(parts, OF_PROGRESS)]))


def interim_report(material: Material) -> Paper:
    """What is known before the report, why it is not all, and when the rest comes; without notes that are not final."""
    known, left_out = _final_only(material)
    parts = parts_of(known)
    parts = replace(parts, are_read=parts.are_read and not left_out)
    stand = Section("stand", "Where it stands", tuple(_stand(material, left_out)), "")
    paper = letter_of(known, INTERIM, parts, _saying([stand, *_chosen(parts, OF_INTERIM)]))
    if paper.first is None:
        return paper
    return structs.replace(paper, page_one=structs.replace(paper.first, not_said=(), absent=""))  # it is not all yet


def procedure_report(material: Material) -> Paper:
    """A cover, and behind it the note of the procedure whole, in its own order and under its own titles."""
    parts = parts_of(material, in_order=True)
    by_code = {one.code: one for one in parts.sections}
    unread = Section("assessment", "The report", by_code["assessment"].items, "")
    whole = [one for one in parts.sections if one.code.startswith("note-")]
    rest = [by_code[code] for code in BEHIND_A_REPORT]
    return letter_of(material, PROCEDURE, parts, _saying([by_code["question"], unread, *whole, *rest]))


def facts_of(material: Material) -> VisitFacts:
    """What the kind of the letter about a visit follows from."""
    documents, reports = _notes(material), _reports_that_are_notes(material)
    missing = unsafe((*material.unsafe, *material.unsafe_listed), NOTES) or not_had(material, NOTES)
    return VisitFacts(
        is_later=material.is_later,
        notes=len(documents) + len(reports),
        of_procedures=sum(map(_is_of_procedure, [*(one.type for one in documents), *(one.code for one in reports)])),
        final=sum(map(is_final, documents)) + sum(one.status not in DRAFT_STATES for one in reports),
        are_known=not missing and material.caution is None and NOTES not in material.not_given,
        awaited=tuple(one.text for one in _awaited(material)),
    )


def _is_of_note(item: Item) -> bool:
    return any(not source.resource.startswith(ASKING) for sentence in item for source in sentence.sources)


def _notes(material: Material) -> tuple[DocumentReference, ...]:
    return versions_of(material).quoted


def _reports_that_are_notes(material: Material) -> list[DiagnosticReport]:
    _, others = notes_among(material.reports, material.contents)
    return [one for one in material.reports if one not in others]


def _is_of_procedure(kind: CodeableConcept | None) -> bool:
    if kind is None:
        return False
    words = [kind.text or "", *(one.display or "" for one in kind.coding)]
    return not PROCEDURE_NOTES.isdisjoint(codes_of(kind)) or any(map(_PROCEDURE_NOTE.search, words))


def _awaited(material: Material) -> list[Sentence]:
    """Orders without a final result, by name."""
    names = {one.key: (named(one.code), name_source(one, one.code)) for one in material.orders}
    names |= {one.key: (named(one.code), name_source(one, one.code)) for one in material.reports}
    _, pending = ordered(material)
    keys = dict.fromkeys(source.resource for item in pending for sentence in item for source in sentence.sources)
    return [Sentence(names[key][0], (names[key][1],)) for key in keys if key in names]


def _final_only(material: Material) -> tuple[Material, list[DocumentReference]]:
    """The same without notes that are not final, and these."""
    left_out = [one for one in _notes(material) if not is_final(one)]
    drafts = [one for one in _reports_that_are_notes(material) if one.status in DRAFT_STATES]
    documents = tuple(one for one in material.documents if one not in left_out)
    reports = tuple(one for one in material.reports if one not in drafts)
    return replace(material, documents=documents, reports=reports), [*left_out, *map(as_document, drafts)]


def _stand(material: Material, left_out: Sequence[DocumentReference]) -> Iterator[Item]:
    """Why it is not all, and when the rest comes."""
    for one in left_out:
        yield (Sentence(NOT_FINAL, (Source(one.key, f"{one.key.partition('/')[0]}.docStatus", one.doc_status or ""),)),)
    visit = material.visit or "Encounter/unknown"
    seen = Source(visit, f"{visit.partition('/')[0]}.id", visit.partition("/")[2])
    facts = facts_of(material)
    if facts.are_known and not facts.notes:
        yield (Sentence(NO_NOTE, (seen,)),)
    if awaited := _awaited(material):
        words = f"Results are awaited: {', '.join(one.text for one in awaited)}."
        yield (Sentence(words, tuple(source for one in awaited for source in one.sources)),)
    yield (Sentence(FOLLOWS_BY.format(day=in_full(material.due)) if material.due else FOLLOWS, (seen,)),)


def _referred(material: Material) -> Iterator[Item]:
    """That it is a later visit, and of which day the referral is."""
    request = material.question
    if request is None:
        return
    if request.authored_on is None:
        yield (Sentence("A later visit under your referral.", (cited(request, "id", request.id or ""),)),)
    else:
        words = f"A later visit under your referral of {date_words(request.authored_on, material.zone)}."
        yield (Sentence(words, (cited(request, "authoredOn", str(request.authored_on)),)),)


def _chosen(parts: Parts, codes: Iterable[str]) -> list[Section]:
    """Those sections, and behind them what the notes say under titles of their own."""
    by_code = {one.code: one for one in parts.sections}
    return [*(by_code[code] for code in codes), *(one for one in parts.sections if one.code.startswith("note-"))]


def _saying(sections: Iterable[Section]) -> list[Section]:
    return [one for one in sections if one.items]
