"""The consult note: the question, what was found, what it means, what was ordered, and what comes next."""

from __future__ import annotations

from collections.abc import Iterable

from loopclose.drafting.material import Material, heading
from loopclose.drafting.notes import Note, notes_of
from loopclose.drafting.paper import Item, Paper, Section, Sentence, Source
from loopclose.drafting.sentences import (
    condition_item,
    observation_item,
    order_item,
    procedure_item,
    report_item,
)

NOT_KNOWN = "Not known here: a note of this visit was not read."
"""In place of saying that nothing was recorded, where a note that may hold it could not be read."""


def consult_note(material: Material) -> Paper:
    """The consult note of one visit, out of its own resources; assessment and plan are carried over whole."""
    notes, unread = notes_of(material)
    zone = material.zone
    findings = [
        *(condition_item(one, zone) for one in material.conditions),
        *(observation_item(one, zone) for one in material.observations),
        *(report_item(one, zone) for one in material.reports),
        *(procedure_item(one, zone) for one in material.procedures),
    ]

    def absent(words: str) -> str:
        return NOT_KNOWN if unread else words

    return heading(
        material,
        "consult-note",
        "Consult note",
        (
            _section("question", "You asked", [*_question(material)], "No question was recorded with the referral."),
            _section(
                "assessment",
                "Assessment",
                [*(one.item(zone) for one in unread), *_from_notes(notes, "assessment", "assessment_plan")],
                "No assessment was recorded at this visit.",
            ),
            _section(
                "plan", "Plan", _from_notes(notes, "plan"), absent("No separate plan was recorded at this visit.")
            ),
            _section(
                "findings",
                "Findings",
                [*_from_notes(notes, "findings", "other"), *findings],
                absent("No findings were recorded at this visit."),
            ),
            _section(
                "orders",
                "Orders",
                [order_item(one) for one in material.orders],
                "No orders were recorded at this visit.",
            ),
            _section(
                "follow_up",
                "Follow-up",
                _from_notes(notes, "follow_up"),
                absent("No follow-up was recorded at this visit."),
            ),
        ),
    )


def _question(material: Material) -> Iterable[Item]:
    request = material.question
    if request is None:
        return
    for concept in request.reason_code:
        if concept.label:
            yield _one(concept.label, Source(request.key, "ServiceRequest.reasonCode", concept.label))
    for note in request.note:
        if note.text:
            yield _one(note.text, Source(request.key, "ServiceRequest.note", note.text))
    if not request.reason_code and request.code and request.code.label:
        yield _one(f"{request.code.label}.", Source(request.key, "ServiceRequest.code", request.code.label))


def _from_notes(notes: Iterable[Note], *codes: str) -> list[Item]:
    return [item for note in notes for item in note.items(codes)]


def _one(text: str, *sources: Source) -> Item:
    return (Sentence(text, sources),)


def _section(code: str, title: str, items: Iterable[Item], empty: str) -> Section:
    return Section(code, title, tuple(item for item in items if item), empty)
