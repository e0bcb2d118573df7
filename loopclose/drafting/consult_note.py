"""The consult note: the question, what was found, what it means, what was ordered, and what comes next."""

from __future__ import annotations

from collections.abc import Iterable

from fhir_adapters.facts import DocumentReference
from loopclose.drafting.note_text import NoteSection, sections_of, text_of
from loopclose.drafting.paper import Item, Material, Paper, Section, Sentence, Source, heading
from loopclose.drafting.sentences import (
    condition_item,
    observation_item,
    order_item,
    procedure_item,
    report_item,
)

DRAFTS = frozenset({"preliminary"})


def consult_note(material: Material) -> Paper:
    """The consult note of one visit, out of its own resources; assessment and plan are carried over whole."""
    notes = [(one, sections_of(text)) for one in material.documents if (text := text_of(one))]
    zone = material.zone
    findings = [
        *(condition_item(one, zone) for one in material.conditions),
        *(observation_item(one, zone) for one in material.observations),
        *(report_item(one, zone) for one in material.reports),
        *(procedure_item(one, zone) for one in material.procedures),
    ]
    return heading(
        material,
        "consult-note",
        "Consult note",
        (
            _section("question", "You asked", [*_question(material)], "No question was recorded with the referral."),
            _section(
                "assessment",
                "Assessment",
                _from_notes(notes, ("assessment", "assessment_plan")),
                "No assessment was recorded at this visit.",
            ),
            _section("plan", "Plan", _from_notes(notes, ("plan",)), "No separate plan was recorded at this visit."),
            _section(
                "findings",
                "Findings",
                [*_from_notes(notes, ("findings", "other")), *findings],
                "No findings were recorded at this visit.",
            ),
            _section(
                "orders",
                "Orders",
                [order_item(one) for one in material.orders],
                "No orders were recorded at this visit.",
            ),
            _section(
                "follow_up", "Follow-up", _from_notes(notes, ("follow_up",)), "No follow-up was recorded at this visit."
            ),
        ),
    )


def _question(material: Material) -> Iterable[Item]:
    referral = material.referral
    if referral is None:
        return
    request = referral.request
    for concept in request.reason_code:
        if concept.label:
            yield _one(concept.label, Source(request.key, "ServiceRequest.reasonCode", concept.label))
    for note in request.note:
        if note.text:
            yield _one(note.text, Source(request.key, "ServiceRequest.note", note.text))
    if not request.reason_code and request.code and request.code.label:
        yield _one(f"{request.code.label}.", Source(request.key, "ServiceRequest.code", request.code.label))


def _from_notes(notes: list[tuple[DocumentReference, list[NoteSection]]], codes: tuple[str, ...]) -> list[Item]:
    found: list[Item] = []
    for document, sections in notes:
        draft = document.doc_status in DRAFTS
        status = (Source(document.key, "DocumentReference.docStatus", document.doc_status or ""),) if draft else ()
        for section in sections:
            if section.code in codes:
                for paragraph in section.paragraphs:
                    source = Source(document.key, "DocumentReference.content.attachment.data", paragraph)
                    found.append(_one(f"{paragraph}{' (preliminary, not final)' if draft else ''}", source, *status))
    return found


def _one(text: str, *sources: Source) -> Item:
    return (Sentence(text, sources),)


def _section(code: str, title: str, items: Iterable[Item], empty: str) -> Section:
    return Section(code, title, tuple(item for item in items if item), empty)
