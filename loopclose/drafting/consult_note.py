"""The consult note: the question, what was found, what it means, what was ordered, and what comes next."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from msgspec import structs

from fhir_adapters.facts import DiagnosticReport
from loopclose.domain.letter_kinds import CONSULT, KINDS
from loopclose.drafting.allergies import allergy_section
from loopclose.drafting.care_plans import plans_of
from loopclose.drafting.clauses import clauses_of
from loopclose.drafting.diagnoses import NOTHING_ELSE, diagnosis_items, is_of_life
from loopclose.drafting.gaps import FINDINGS, absent, not_had, unsafe
from loopclose.drafting.material import Material, about, heading
from loopclose.drafting.notes.note import Note
from loopclose.drafting.notes.quoting import quoted
from loopclose.drafting.orders import booked_items, order_items
from loopclose.drafting.page_one import page_one
from loopclose.drafting.paper import Conflict, Item, Paper, Section
from loopclose.drafting.procedures import procedure_item
from loopclose.drafting.question import question_items
from loopclose.drafting.reports import notes_among, report_item
from loopclose.drafting.results import result_items
from loopclose.drafting.sentences import collapsed
from loopclose.drafting.smoking import smoking_conflicts, smoking_told_apart
from loopclose.drafting.supplies import KINDS as SUPPLIES
from loopclose.drafting.supplies import nothing as no_supplies
from loopclose.drafting.supplies import supply_items
from loopclose.drafting.whose_note import whose_note_conflicts

ORDERS = ("ServiceRequest", *SUPPLIES)
NOT_KNOWN = "Not known here: a note of this visit was not read."
"""In place of saying that nothing was recorded, where a note that may hold it could not be read."""


@dataclass(frozen=True)
class Parts:
    """What a letter about a visit is put together from."""

    sections: tuple[Section, ...]
    """Of the consult note, in its order; behind them those under the notes' own titles."""
    conflicts: tuple[Conflict, ...]
    notes: tuple[Note, ...]
    are_read: bool
    """Whether every note that counts was read."""


def consult_note(material: Material) -> Paper:
    """The consult note of one visit, out of its own resources; assessment and plan are carried over whole."""
    parts = parts_of(material)
    return letter_of(material, CONSULT, parts, parts.sections)


def letter_of(material: Material, kind: str, parts: Parts, sections: Iterable[Section]) -> Paper:
    """A letter of that kind with those sections, and page one before them."""
    row = KINDS[kind]
    paper = heading(material, CONSULT, row.title, tuple(sections))
    first = page_one(material, parts.notes, are_read=parts.are_read, answers=row.is_answer)
    paper = structs.replace(paper, page_one=first)
    if kind != CONSULT:
        paper = structs.replace(paper, letter=kind)
    return structs.replace(paper, conflicts=parts.conflicts) if parts.conflicts else paper


def parts_of(material: Material, *, in_order: bool = False) -> Parts:
    """What letters about a visit are put together from; ``in_order``: each note whole, under its own titles."""
    seen = about(material)
    noted, reports = notes_among(material.reports, material.contents)
    question = question_items(material)
    asked = [sentence.text for item in question for sentence in item]
    notes = quoted(material, noted, asked, in_order=in_order)
    if not in_order and not notes.items("assessment") and not notes.items("plan") and (plans := plans_of(material)):
        notes = quoted(material, [*noted, *plans], asked)
    in_quarantine = [*unsafe(material.unsafe, "DocumentReference"), *not_had(material, "DocumentReference")]
    missing = [*notes.missing, *in_quarantine]
    findings = [
        *_found(material, reports),
        *unsafe(material.unsafe, *FINDINGS),
        *not_had(material, *FINDINGS),
    ]
    orders = [
        *collapsed(order_items(material.orders, material.results, seen)),
        *collapsed(supply_items(material.supplies, seen)),
        *unsafe(material.unsafe, *ORDERS),
        *not_had(material, *ORDERS),
    ]

    def section(code: str, title: str, items: Iterable[Item], nothing: str, *kinds: str) -> Section:
        of_notes = "DocumentReference" in kinds
        is_known = not of_notes or (notes.is_read and not in_quarantine) or material.caution is not None
        empty = absent(material, notes.empties.get(code, nothing), *kinds) if is_known else NOT_KNOWN
        return Section(code, title, tuple(item for item in items if item), empty)

    sections = (
        section(
            "question",
            "You asked",
            [*question, *notes.items("question")],
            "No question was recorded with the referral.",
            "ServiceRequest",
        ),
        section(
            "assessment",
            "Assessment",
            [*missing, *notes.items("assessment")],
            "No assessment was recorded at this visit.",
            "DocumentReference",
            "CarePlan",
        ),
        section(
            "plan",
            "Plan",
            notes.items("plan"),
            "No separate plan was recorded at this visit.",
            "DocumentReference",
            "CarePlan",
        ),
        section(
            "findings",
            "Findings",
            [*notes.items("findings"), *findings],
            NOTHING_ELSE if _is_only_of_life(material) else "No findings were recorded at this visit.",
            "DocumentReference",
            *FINDINGS,
        ),
        section("orders", "Orders", orders, no_supplies(material.not_given), *ORDERS),
        section(
            "follow_up",
            "Follow-up",
            [*notes.items("follow_up"), *booked_items(material.bookings, seen)],
            "No follow-up was recorded at this visit.",
            "DocumentReference",
            "Appointment",
        ),
        allergy_section(material),
        *notes.behind,
    )
    clauses = [*clauses_of(notes.notes)]
    conflicts = (
        *notes.conflicts,
        *whose_note_conflicts(clauses, seen),
        *smoking_conflicts(material.observations, clauses, seen),
    )
    return Parts(sections, conflicts, tuple(notes.notes), notes.is_read and not in_quarantine)


def _found(material: Material, reports: Iterable[DiagnosticReport]) -> list[Item]:
    """Diagnoses, results, reports and procedures, each said once."""
    seen, among = about(material), {one.key: one for one in material.observations}
    observations, smoking = smoking_told_apart(material.observations, seen)
    return collapsed(
        [
            *diagnosis_items(material.conditions, seen),
            *result_items((one for one in observations if not is_of_life(one)), seen),
            *smoking,
            *(report_item(one, seen, material.contents, among, material.other_notes) for one in reports),
            *(procedure_item(one, seen) for one in material.procedures),
        ]
    )


def _is_only_of_life(material: Material) -> bool:
    return any(map(is_of_life, material.conditions)) or any(map(is_of_life, material.observations))
