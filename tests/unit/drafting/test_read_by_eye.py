"""Faults that were seen when letters of real charts were read by eye, as their receiver would."""

from __future__ import annotations

import base64
from datetime import UTC, datetime
from typing import Any

import pytest

from loopclose.drafting.consult_note import consult_note
from loopclose.drafting.notes.sections import sections_of
from loopclose.drafting.prescription_sheet import prescription_sheet
from tests.spec.cast import fact
from tests.unit.drafting.test_conflicts import LISINOPRIL, order
from tests.unit.drafting.test_page_one import first, said
from tests.unit.drafting.test_papers import material, note, texts

TODAY, REFERRAL = "2026-11-19", "http://loinc.org|57133-1"


def sheet(code: str, **more: Any) -> list[str]:
    return texts(prescription_sheet(material(**more)), code)


@pytest.mark.parametrize("status", ["stopped", "completed", "cancelled"])
def test_what_was_ordered_at_the_visit_and_is_over_by_now_was_not_stopped_by_us(status: str) -> None:
    ours = order(LISINOPRIL, status=status, authoredOn=TODAY)
    words = f"Ordered at this visit, {status} at it or since: {LISINOPRIL}, 1 tablet daily."
    assert said(first(medications=(ours,)), "medicines")[0] == words
    assert f"Ordered at this visit, {status} at it or since." in sheet("stopped", medications=(ours,))
    at_night = order(LISINOPRIL, status=status, authoredOn="2026-11-20")
    late = datetime(2026, 11, 20, 15, tzinfo=UTC)
    assert said(first(medications=(at_night,), end=late), "medicines")[0] == words
    earlier = order(LISINOPRIL, status=status, authoredOn="2025-01-02")
    assert said(first(medications=(earlier,)), "medicines")[0] == f"{status.capitalize()}: {LISINOPRIL}."


@pytest.mark.parametrize(
    ("ended", "words"),
    [("2026-12-24", "Angina (resolved 24 Dec 2026, after this visit)."), ("2026-11-01", "Angina (resolved)."),
     (None, "Angina (resolved).")],
)  # fmt: skip
def test_what_was_over_only_later_was_there_at_the_visit(ended: str | None, words: str) -> None:
    state = {"coding": [{"code": "resolved"}]}
    more = {"abatementDateTime": ended} if ended else {}
    one = fact("Condition", "c", code={"text": "Angina"}, clinicalStatus=state, **more)
    assert said(first(conditions=(one,)), "diagnoses") == [words]


LIST = "Plan:\nThe patient was prescribed the following medications:\nmeperidine 50 mg oral tablet\nibuprofen 200 mg\n"


def test_what_a_note_lists_as_prescribed_is_not_said_to_be_absent() -> None:
    found = first(LIST)
    assert said(found, "medicines") == ["By the note, prescribed: Meperidine 50 mg oral tablet. Ibuprofen 200 mg."]
    assert "medicine started" not in found.absent
    ended = order("Ibuprofen 200 MG Oral Tablet", status="completed", authoredOn="2020-01-01")
    assert "Ibuprofen 200 mg." in said(first(LIST, listed=(ended,)), "medicines")[0]
    ours = order("Ibuprofen 200 MG Oral Tablet", fhir_id="i", authoredOn=TODAY)
    assert "Ibuprofen 200 mg." not in " ".join(said(first(LIST, medications=(ours,)), "medicines"))


@pytest.mark.parametrize(
    "words", ["Plan:\nNew medications:\nfoomab 5 mg", "Plan:\nStarted the following drugs:\nfoomab 5 mg"]
)
def test_other_words_over_a_list_of_what_is_started(words: str) -> None:
    assert said(first(words), "medicines") == ["By the note, prescribed: Foomab 5 mg."]


def test_a_list_of_what_was_taken_before_starts_nothing() -> None:
    assert (
        said(first("HPI:\nMedications:\nibuprofen 200 mg\n\nPlan:\nRest.\nProcedures done:\nx-ray"), "medicines") == []
    )


def test_a_label_is_not_the_end_of_the_long_line_before_it() -> None:
    long = "depression screening using patient health questionnaire two-item score (procedure)"
    (one,) = sections_of(f"Plan:\n{long}\nThe patient was prescribed the following medications:\nibuprofen")
    assert one.paragraphs == (long, "The patient was prescribed the following medications:", "ibuprofen")


def test_complaints_stand_on_one_line_and_none_of_them_is_no_question() -> None:
    paper = consult_note(material(documents=(note("Chief Complaint:\nHunger\nThirst\n\nPlan:\nRest."),)))
    (item,) = next(one.items for one in paper.sections if one.code == "question")
    assert " ".join(one.text for one in item) == "In our note: Hunger; Thirst."
    assert [one.sources[0].text for one in item] == ["Hunger", "Thirst"]
    none = consult_note(material(documents=(note("Chief Complaint:\nNo complaints.\n\nPlan:\nRest."),)))
    assert texts(none, "question") == [] and texts(none, "note-chief-complaint") == ["No complaints."]
    assert none.first and "question" in none.first.not_said and not none.first.answer_needed
    asked = consult_note(material(documents=(note("Chief Complaint:\nAngina?\nStop aspirin?\n\nPlan:\nRest."),)))
    assert texts(asked, "question") == ["In our note: Angina?", "In our note: Stop aspirin?"]


def test_a_note_that_is_not_final_is_marked_where_the_letter_begins_with_it() -> None:
    text = "Exam:\nLungs clear.\n\nAssessment:\nStable.\n\nPlan:\nRest."
    paper = consult_note(material(documents=(note(text, "preliminary"),)))
    assert texts(paper, "assessment") == ["Note:", "(preliminary, not final)", "Stable."]
    assert texts(paper, "findings") == ["Exam: Lungs clear."]


def test_what_is_of_long_after_the_visit_says_so() -> None:
    value = {"status": "final", "code": {"text": "Weight"}, "valueQuantity": {"value": 70, "unit": "kg"}}
    late = fact("Observation", "o", effectiveDateTime="2027-04-01", **value)
    soon = fact("Observation", "o", effectiveDateTime="2026-11-29", **value)
    assert texts(consult_note(material(observations=(late,))), "findings") == [
        "Weight, 1 Apr 2027 (after this visit): 70 kg."
    ]
    assert texts(consult_note(material(observations=(soon,))), "findings") == ["Weight, 29 Nov 2026: 70 kg."]


def test_a_referral_that_is_kept_as_a_report_is_no_finding() -> None:
    data = base64.b64encode(b"Plan:\nStart ibuprofen.").decode()
    report = fact(
        "DiagnosticReport",
        "r",
        status="final",
        code={"coding": [{"system": "http://loinc.org", "code": "57133-1", "display": "Referral note"}]},
        presentedForm=[{"contentType": "text/plain", "data": data}],
    )
    kept = consult_note(material(reports=(report,), other_notes=frozenset({REFERRAL})))
    assert texts(kept, "findings") == ["Referral note: report attached (text/plain), not quoted."]
    assert "ibuprofen" in " ".join(texts(consult_note(material(reports=(report,))), "findings"))


def test_one_medicine_that_is_listed_no_longer_is_told_once_whatever_its_doses_were() -> None:
    name = "albuterol 0.09 MG/ACTUAT inhaler"
    those = [
        order(name, dose, f"m{n}", status="stopped", authoredOn=f"20{10 + n}-01-02")
        for n, dose in enumerate(("1 puff daily", "2 puffs daily", "as needed"))
    ]
    assert sheet("ended", listed=tuple(those)) == [f"Stopped: {name} (last ordered 2 Jan 2012)."]


@pytest.mark.parametrize(
    ("words", "ask"),
    [
        ("We see him again in 6 weeks. Please repeat lipids before that.",
         ["Please repeat lipids before that.", "(Right before it: We see him again in 6 weeks.)"]),
        ("Echo in May; please check BMP by then.", ["Please check BMP by then.", "(Right before it: Echo in May.)"]),
        ("Rest. Please repeat lipids.", ["Please repeat lipids."]),
    ],
)  # fmt: skip
def test_an_ask_that_points_back_says_to_what(words: str, ask: list[str]) -> None:
    assert [one.text for one in first(f"Plan:\n{words}").asks[0].item] == ask


def empty_of(code: str, **more: Any) -> str:
    return next(one.empty for one in prescription_sheet(material(**more)).sections if one.code == code)


STARTED = "Our chart holds no order of a medicine of this visit; what the note starts stands in the letter."
NOT_ORDERED = "No medicine was ordered at this visit."


@pytest.mark.parametrize(
    ("words", "more", "said_"),
    [
        (LIST, {}, STARTED),
        ("Plan:\nStart apixaban 5 mg twice daily.", {}, STARTED),
        ("Plan:\nStop aspirin.", {}, NOT_ORDERED),
        ("Plan:\nWe discussed to start apixaban; she declined apixaban.", {}, NOT_ORDERED),
        ("HPI:\nStarted apixaban in 2019.\n\nPlan:\nRest.", {}, NOT_ORDERED),
        ("Plan:\nStart apixaban 5 mg twice daily.", {"medications": (order(LISINOPRIL, status="stopped"),)},
         STARTED.replace("no order", "no other order")),
        ("Plan:\nStart lisinopril 10 mg.", {"medications": (order(LISINOPRIL, status="stopped"),)},
         "No other medicine was ordered at this visit."),
    ],
)  # fmt: skip
def test_the_sheet_does_not_deny_what_the_letter_quotes_as_started(words: str, more: Any, said_: str) -> None:
    assert empty_of("ordered", documents=(note(words),), **more) == said_


def test_what_stands_in_a_list_of_what_is_started_is_asked_for_where_the_chart_has_none_of_it() -> None:
    def settled(words: str) -> list[str]:
        paper = prescription_sheet(material(documents=(note(words),)))
        return [one.text for one in paper.to_settle if one.code == "note_starts"]

    listed = "The patient was prescribed the following medications:"
    assert settled(f"Plan:\n{listed}\napixaban 5 mg oral tablet\nibuprofen 200 mg") == [
        f"The note says “{listed} apixaban 5 mg oral tablet”, and the chart holds no apixaban.",
        f"The note says “{listed} ibuprofen 200 mg”, and the chart holds no ibuprofen.",
    ]
    assert settled("HPI:\nPrescribed the following medications:\nibuprofen 200 mg\n\nPlan:\nRest.") == []
    assert settled("Plan:\nCurrent medications:\nibuprofen 200 mg") == []


@pytest.mark.parametrize(
    ("ended", "words"),
    [
        ({"status": "stopped", "authoredOn": "2024-01-02"}, "is listed now that was ordered before this visit"),
        ({"status": "completed"}, "is listed now that was ordered before this visit"),
        ({"status": "stopped", "authoredOn": "2026-11-21"}, "stood on our list at this visit"),
    ],
)
def test_what_was_stopped_nobody_knows_when_may_have_stood_on_the_list(ended: Any, words: str) -> None:
    since = order(LISINOPRIL, fhir_id="n", authoredOn="2026-11-23")
    assert empty_of("listed", listed=(since, order("Ibuprofen 200 MG Oral Tablet", fhir_id="o", **ended))) == (
        f"No other medicine {words}."
    )


def test_what_was_not_given_has_no_day_on_which_it_was() -> None:
    more = {"vaccineCode": {"text": "Zoster"}, "occurrenceDateTime": "2017-08-15", "statusReason": {"text": "Refused"}}
    assert sheet("elsewhere", immunizations=(fact("Immunization", "i", status="not-done", **more),)) == [
        "Not given: Zoster (15 Aug 2017, reason: Refused)."
    ]


def test_what_was_told_since_the_visit_was_not_ordered() -> None:
    more = {"status": "active", "medicationCodeableConcept": {"text": LISINOPRIL}, "dateAsserted": "2026-11-23"}
    said_ = sheet("since", statements=(fact("MedicationStatement", "s", **more),))
    assert said_[1] == "Told since the visit, 23 Nov 2026." and "rdered" not in " ".join(said_)
