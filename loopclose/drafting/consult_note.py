"""The consult note: the question, what was found, what it means, what was ordered, and what comes next."""

from __future__ import annotations

from collections.abc import Iterable

from loopclose.drafting.allergies import allergy_section
from loopclose.drafting.gaps import FINDINGS, absent, unsafe
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
    zone = material.zone
    notes, unread = notes_of(material)
    missing = [*(one.item(zone) for one in unread), *unsafe(material.unsafe, "DocumentReference")]
    findings = [
        *(condition_item(one, zone) for one in material.conditions),
        *(observation_item(one, zone) for one in material.observations),
        *(report_item(one, zone) for one in material.reports),
        *(procedure_item(one, zone) for one in material.procedures),
        *unsafe(material.unsafe, *FINDINGS),
    ]
    orders = [*(order_item(one) for one in material.orders), *unsafe(material.unsafe, "ServiceRequest")]

    def section(code: str, title: str, items: Iterable[Item], nothing: str, *kinds: str) -> Section:
        of_notes = "DocumentReference" in kinds
        empty = NOT_KNOWN if of_notes and missing and not material.caution else absent(material, nothing, *kinds)
        return Section(code, title, tuple(item for item in items if item), empty)

    sections = (
        section("question", "You asked", _question(material), "No question was recorded with the referral."),
        section(
            "assessment",
            "Assessment",
            [*missing, *_from_notes(notes, "assessment", "assessment_plan")],
            "No assessment was recorded at this visit.",
            "DocumentReference",
        ),
        section(
            "plan",
            "Plan",
            _from_notes(notes, "plan"),
            "No separate plan was recorded at this visit.",
            "DocumentReference",
        ),
        section(
            "findings",
            "Findings",
            [*_from_notes(notes, "findings", "other"), *findings],
            "No findings were recorded at this visit.",
            "DocumentReference",
            *FINDINGS,
        ),
        section("orders", "Orders", orders, "No orders were recorded at this visit.", "ServiceRequest"),
        section(
            "follow_up",
            "Follow-up",
            _from_notes(notes, "follow_up"),
            "No follow-up was recorded at this visit.",
            "DocumentReference",
        ),
        allergy_section(material),
    )
    return heading(material, "consult-note", "Consult note", sections)


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
