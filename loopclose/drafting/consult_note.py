"""The consult note: the question, what was found, what it means, what was ordered, and what comes next."""

from __future__ import annotations

from collections.abc import Iterable

from fhir_adapters.facts import DiagnosticReport
from loopclose.drafting.allergies import allergy_section
from loopclose.drafting.care_plans import plans_of
from loopclose.drafting.diagnoses import NOTHING_ELSE, diagnosis_items, is_of_life
from loopclose.drafting.gaps import FINDINGS, absent, not_had, unsafe
from loopclose.drafting.material import Material, about, heading
from loopclose.drafting.notes import Note, notes_of
from loopclose.drafting.orders import booked_items, order_items
from loopclose.drafting.paper import Item, Paper, Section
from loopclose.drafting.procedures import procedure_item
from loopclose.drafting.question import question_items
from loopclose.drafting.reports import ReportNote, notes_among, report_item
from loopclose.drafting.results import result_items
from loopclose.drafting.sentences import collapsed

NOT_KNOWN = "Not known here: a note of this visit was not read."
"""In place of saying that nothing was recorded, where a note that may hold it could not be read."""


JUDGED = ("assessment", "assessment_plan", "plan")
"""Sections of a note in whose place a care plan may stand."""


def consult_note(material: Material) -> Paper:
    """The consult note of one visit, out of its own resources; assessment and plan are carried over whole."""
    zone, seen = material.zone, about(material)
    written, unread = notes_of(material)
    missing = [*(one.item(zone) for one in unread), *unsafe(material.unsafe, "DocumentReference")]
    missing += not_had(material, "DocumentReference")
    noted, reports = notes_among(material.reports, material.contents)
    notes: list[Note | ReportNote] = [*written, *noted]
    plans = plans_of(material) if not any(True for _ in _from_notes(notes, *JUDGED)) else []
    findings = [
        *_found(material, reports),
        *unsafe(material.unsafe, *FINDINGS),
        *not_had(material, *FINDINGS),
    ]
    orders = [
        *collapsed(order_items(material.orders, material.results, seen)),
        *unsafe(material.unsafe, "ServiceRequest"),
    ]
    orders += not_had(material, "ServiceRequest")

    def section(code: str, title: str, items: Iterable[Item], nothing: str, *kinds: str) -> Section:
        of_notes = "DocumentReference" in kinds
        empty = NOT_KNOWN if of_notes and missing and not material.caution else absent(material, nothing, *kinds)
        return Section(code, title, tuple(item for item in items if item), empty)

    sections = (
        section("question", "You asked", question_items(material), "No question was recorded with the referral."),
        section(
            "assessment",
            "Assessment",
            [*missing, *_from_notes([*notes, *plans], "assessment", "assessment_plan")],
            "No assessment was recorded at this visit.",
            "DocumentReference",
            "CarePlan",
        ),
        section(
            "plan",
            "Plan",
            _from_notes([*notes, *plans], "plan"),
            "No separate plan was recorded at this visit.",
            "DocumentReference",
            "CarePlan",
        ),
        section(
            "findings",
            "Findings",
            [*_from_notes([*notes, *plans], "findings", "other"), *findings],
            NOTHING_ELSE if _is_only_of_life(material) else "No findings were recorded at this visit.",
            "DocumentReference",
            *FINDINGS,
        ),
        section("orders", "Orders", orders, "No orders were recorded at this visit.", "ServiceRequest"),
        section(
            "follow_up",
            "Follow-up",
            [*_from_notes([*notes, *plans], "follow_up"), *booked_items(material.bookings, seen)],
            "No follow-up was recorded at this visit.",
            "DocumentReference",
            "Appointment",
        ),
        allergy_section(material),
    )
    return heading(material, "consult-note", "Consult note", sections)


def _found(material: Material, reports: Iterable[DiagnosticReport]) -> list[Item]:
    """Diagnoses, results, reports and procedures, each said once."""
    seen, among = about(material), {one.key: one for one in material.observations}
    return collapsed(
        [
            *diagnosis_items(material.conditions, seen),
            *result_items((one for one in material.observations if not is_of_life(one)), seen),
            *(report_item(one, seen, material.contents, among) for one in reports),
            *(procedure_item(one, seen) for one in material.procedures),
        ]
    )


def _is_only_of_life(material: Material) -> bool:
    return any(map(is_of_life, material.conditions)) or any(map(is_of_life, material.observations))


def _from_notes(notes: Iterable[Note | ReportNote], *codes: str) -> list[Item]:
    return [item for note in notes for item in note.items(codes)]
