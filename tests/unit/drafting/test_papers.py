"""Drafts: every sentence with its sources, and no word that nobody wrote."""

from __future__ import annotations

import base64
from datetime import date
from typing import Any

import pytest

from fhir_adapters.facts import CodeableConcept, Coding
from loopclose.drafting.consult_note import consult_note
from loopclose.drafting.diagnoses import condition_item
from loopclose.drafting.material import Material
from loopclose.drafting.prescription_sheet import prescription_sheet
from loopclose.drafting.reports import report_item
from loopclose.drafting.schedules import RXNORM, schedule_of
from loopclose.drafting.sentences import About
from loopclose.letters.html import to_html
from loopclose.letters.text import to_text
from tests.spec.cast import BOSTON, fact

NOTE = (
    "Reason for referral:\nChest pain?\n\nExam:\nLungs clear.\n\n"
    "Assessment:\nStable angina.\nSecond line.\n\nPlan: Metoprolol 50 mg.\n"
)


ABOUT = About(BOSTON, date(2026, 11, 19))


def note(text: str, status: str = "final") -> Any:
    return fact(
        "DocumentReference",
        "n",
        docStatus=status,
        content=[{"attachment": {"contentType": "text/plain", "data": base64.b64encode(text.encode()).decode()}}],
    )


def material(**more: Any) -> Material:
    return Material(practice_name="Harbor", zone=BOSTON, day=date(2026, 11, 19), author_name="Dr. Heart", **more)


def drug(name: str, code: str | None = None) -> CodeableConcept:
    return CodeableConcept(coding=(Coding(system=RXNORM, code=code, display=name),) if code else (), text=name)


def texts(paper: Any, code: str) -> list[str]:
    return [s.text for section in paper.sections if section.code == code for i in section.everything for s in i]


def test_assessment_and_plan_are_carried_over_whole() -> None:
    paper = consult_note(material(documents=(note(NOTE),)))
    assert texts(paper, "assessment") == ["Stable angina.", "Second line."]
    assert texts(paper, "plan") == ["Metoprolol 50 mg."] and texts(paper, "findings") == ["Exam: Lungs clear."]
    assert texts(paper, "question") == ["In our note: Chest pain?"]


def test_a_preliminary_note_says_so_once() -> None:
    paper = consult_note(material(documents=(note("Assessment: Stable.\nPlan: Metoprolol 50 mg.", "preliminary"),)))
    assert texts(paper, "assessment") == ["Note:", "(preliminary, not final)", "Stable."]
    assert texts(paper, "plan") == ["Metoprolol 50 mg."]


def test_an_empty_section_says_that_nothing_was_recorded() -> None:
    sheet = prescription_sheet(material())
    assert all(section.everything or section.empty in to_text(sheet) for section in sheet.sections)


def test_what_is_empty_in_a_consult_note_is_said_in_one_line() -> None:
    said = to_text(consult_note(material(documents=(note("Assessment: Stable."),))))
    assert "\nNo findings or orders was recorded" not in said
    lines = [line for line in said.splitlines() if line.startswith("No ") or "has no heading" in line]
    assert len(lines) == 1 and "The note has no heading for a plan." in lines[0]
    assert "No orders were recorded at this visit." in lines[0]


def test_a_negated_finding_is_ruled_out_and_an_error_is_silent() -> None:
    def condition(status: str) -> Any:
        return fact("Condition", "c", code={"text": "Infarction"}, verificationStatus={"coding": [{"code": status}]})

    (said,) = condition_item(condition("refuted"), ABOUT)
    assert said.text == "Ruled out: Infarction."
    assert condition_item(condition("entered-in-error"), ABOUT) == ()


def test_a_preliminary_result_says_so() -> None:
    (said,) = report_item(
        fact("DiagnosticReport", "d", status="preliminary", code={"text": "Echo"}, conclusion="Normal."), ABOUT
    )
    assert said.text == "Echo (preliminary, not final): Normal."


@pytest.mark.parametrize(
    ("name", "code", "schedule"),
    [
        ("oxycodone hydrochloride 5 MG Oral Tablet", "1049621", "II"),
        ("zolpidem tartrate 10 MG", "854873", "IV"),
        ("pregabalin 75 MG", None, "V"),
        ("testosterone gel", None, "III"),
        ("lisinopril 10 MG Oral Tablet", "314076", None),
        ("Oxycodone", "314076", "II"),
        ("compounded cream", None, "unmapped"),
        ("new drug", "999999999", "unmapped"),
    ],
)
def test_a_controlled_or_unknown_drug_is_never_taken_for_an_ordinary_one(
    name: str, code: str | None, schedule: str | None
) -> None:
    assert schedule_of(drug(name, code)) == schedule


def test_every_scheduled_ingredient_is_found_by_its_name() -> None:
    from importlib.resources import files

    from loopclose.drafting.schedules import tomllib

    table = tomllib.loads((files("loopclose.defaults") / "drug_schedules.toml").read_text())
    for schedule, names in table["ingredients"].items():
        for name in names:
            assert schedule_of(drug(f"{name.title()} 10 MG Oral Tablet")) == schedule


def test_a_scheduled_drug_is_listed_in_full_and_no_order_is_drafted() -> None:
    ordered = fact(
        "MedicationRequest",
        "m",
        status="active",
        medicationCodeableConcept={"text": "oxycodone 5 MG"},
        dosageInstruction=[{"text": "1 tablet"}],
    )
    assert texts(prescription_sheet(material(medications=(ordered,))), "ordered") == [
        "oxycodone 5 MG.",
        "Started: not in our chart before.",
        "No order is drafted for it (schedule II controlled substance).",
        "1 tablet.",
        "Not said in the chart: who renews it.",
    ]


def test_what_the_chart_says_cannot_break_the_page() -> None:
    page = to_html(consult_note(material(documents=(note("Plan:\n<script>alert(1)</script>"),))))
    assert "<script>alert" not in page


@pytest.mark.parametrize("name", ["metoprolol tartrate 50 MG Oral Tablet", "oxycodone 5 MG"])
def test_what_must_not_be_given_says_so_before_the_drug(name: str) -> None:
    ordered = fact(
        "MedicationRequest", "m", status="active", doNotPerform=True, medicationCodeableConcept={"text": name}
    )
    sheet = prescription_sheet(material(medications=(ordered,)))
    lines = [text for section in sheet.sections for i in section.everything for text in (s.text for s in i)]
    assert any(name in line for line in lines)
    assert all(line.startswith("Not to be given: ") for line in lines if name in line)


def test_a_letter_prints_no_character_that_deceives_and_a_name_turns_nothing_around_it() -> None:
    turned = fact("Patient", "p", name=[{"text": "\u202eAlma דוד"}], birthDate="1950-03")
    paper = consult_note(material(patient=turned, documents=(note("Plan: Rest\u202e.\x1b[2J"),)))
    text, page = to_text(paper), to_html(paper)
    assert "Patient: \u2068\ufffdAlma דוד, born Mar 1950\u2069\n" in text
    assert "<bdi>\ufffdAlma דוד, born Mar 1950</bdi>" in page
    assert not any(bad in text + page for bad in ("\u202e", "\x1b"))


@pytest.mark.parametrize(
    "status", ["completed", "not-done", "stopped", "preparation"], ids=["done", "not done", "stopped", "planned"]
)
def test_why_a_procedure_is_or_is_not_done_is_told(status: str) -> None:
    reasons = [{"text": "chest pain"}, {"coding": [{"display": "Abnormal stress test"}]}]
    done = fact("Procedure", "p", status=status, code={"text": "Angiography"}, reasonCode=reasons)
    said = to_text(consult_note(material(procedures=(done,))))
    assert "Reason: chest pain." in said and "Reason: Abnormal stress test." in said
