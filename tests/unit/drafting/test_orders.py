"""Orders, bookings, diagnoses, procedures and reports: what is said of each, and what is left off."""

from __future__ import annotations

import base64
from datetime import date
from typing import Any

import pytest
from msgspec import structs

from loopclose.drafting.consult_note import consult_note
from loopclose.drafting.diagnoses import condition_item, diagnosis_items
from loopclose.drafting.gaps import refused
from loopclose.drafting.orders import booked_items, order_item
from loopclose.drafting.procedures import procedure_item
from loopclose.drafting.reports import report_item
from loopclose.drafting.sentences import About
from tests.spec.cast import BOSTON, fact
from tests.unit.drafting.test_papers import material, note, texts

NAMES = {"Practitioner/heart": "Dr. Heart"}
ABOUT = About(BOSTON, date(2026, 11, 20), names=NAMES)


def words(item: Any) -> str:
    return " ".join(one.text for one in item)


def order(**more: Any) -> Any:
    return fact("ServiceRequest", "o", **{"status": "active", "intent": "order", "code": {"text": "CT chest"}, **more})


@pytest.mark.parametrize(
    ("elements", "said"),
    [
        ({}, "CT chest (ordered, result pending)."),
        ({"status": "unknown"}, "CT chest (status unknown)."),
        ({"status": "revoked"}, "CT chest (revoked)."),
        ({"intent": "plan"}, "Planned, not ordered: CT chest."),
        ({"intent": "proposal", "status": "draft"}, "Proposed, not ordered: CT chest (draft)."),
        ({"doNotPerform": True}, "CT chest (not to be done)."),
        ({"priority": "stat"}, "CT chest (ordered, result pending, stat)."),
        ({"occurrenceDateTime": "2027-05"}, "CT chest (ordered, result pending, due May 2027)."),
        (
            {"occurrencePeriod": {"start": "2026-12-01", "end": "2026-12-05"}},
            "CT chest (ordered, result pending, due 1 Dec 2026 to 5 Dec 2026).",
        ),
        ({"performer": [{"reference": "Practitioner/heart"}]}, "CT chest (ordered, result pending, by Dr. Heart)."),
        ({"performer": [{"display": "Elm Imaging"}]}, "CT chest (ordered, result pending, by Elm Imaging)."),
        ({"performerType": {"text": "your practice"}}, "CT chest (ordered, result pending, by your practice)."),
        (
            {"reasonCode": [{"coding": [{"system": "http://snomed.info/sct", "code": "29857009"}]}]},
            "CT chest (ordered, result pending, for Chest pain (SNOMED 29857009)).",
        ),
        ({"bodySite": [{"text": "Right knee"}]}, "CT chest, right knee (ordered, result pending)."),
        (
            {"note": [{"text": "PCP to check creatinine"}]},
            "CT chest (ordered, result pending). PCP to check creatinine.",
        ),
        ({"bodySite": 5}, "CT chest (ordered, result pending) (part of it could not be read; see the chart)."),
    ],
)
def test_an_order_says_what_when_by_whom_and_why(elements: dict[str, Any], said: str) -> None:
    assert words(order_item(order(**elements), ABOUT, ())) == said


def test_an_order_with_a_result_is_not_pending_and_says_what_came_of_it() -> None:
    report = fact(
        "DiagnosticReport", "r", status="final", code={"text": "Troponin"}, effectiveDateTime="2026-11-21",
        conclusion="Elevated troponin 60 ng/L",
    )  # fmt: skip
    assert words(order_item(order(), ABOUT, [report])) == (
        "CT chest (ordered). Result 21 Nov 2026: Troponin, Elevated troponin 60 ng/L."
    )
    early = structs.replace(report, status="preliminary", conclusion=None)
    assert words(order_item(order(), ABOUT, [early])).endswith(
        "Result 21 Nov 2026: see Troponin among the findings (preliminary, not final)."
    )


def booking(fhir_id: str, start: str, status: str = "booked") -> Any:
    who = [{"actor": {"reference": "Patient/p"}}, {"actor": {"reference": "Practitioner/heart"}}]
    return fact("Appointment", fhir_id, status=status, start=start, participant=who)


def test_a_booked_return_is_a_follow_up_and_one_that_was_cancelled_or_is_over_is_none() -> None:
    bookings = (
        booking("b", "2027-01-15T10:00:00-05:00"),
        booking("a", "2026-12-15T10:00:00-05:00"),
        booking("c", "2026-12-16T10:00:00-05:00", "cancelled"),
        booking("d", "2026-11-20T10:00:00-05:00"),
    )
    assert [words(item) for item in booked_items(bookings, ABOUT)] == [
        "Booked: 15 Dec 2026 with Dr. Heart.",
        "Booked: 15 Jan 2027 with Dr. Heart.",
    ]
    assert texts(consult_note(material(bookings=bookings, names=NAMES)), "follow_up")


def condition(fhir_id: str = "c", **more: Any) -> Any:
    return fact("Condition", fhir_id, **{"code": {"text": "Gout"}, **more})


def state(code: str) -> dict[str, Any]:
    return {"coding": [{"code": code}]}


@pytest.mark.parametrize(
    ("elements", "said"),
    [
        ({"clinicalStatus": state("active")}, "Gout."),
        ({"clinicalStatus": state("resolved"), "abatementDateTime": "2020"}, "Gout (resolved 2020)."),
        ({"clinicalStatus": state("resolved")}, "Gout (resolved)."),
        ({"clinicalStatus": state("inactive"), "verificationStatus": state("refuted")}, "Ruled out: Gout."),
        ({"onsetAge": {"value": 48, "unit": "years"}}, "Gout, at age 48."),
        ({"onsetString": "last summer"}, "Gout, since last summer."),
        ({"onsetDateTime": "2023-02-04"}, "Gout, since 4 Feb 2023."),
        ({"abatementDateTime": "00/00/2019"}, "Gout (part of it could not be read; see the chart)."),
        ({"severity": {"text": "Severe"}, "bodySite": [{"text": "Left toe"}]}, "Gout, left toe (severe)."),
        ({"verificationStatus": {"coding": [{"code": "unconfirmed"}, {"code": "differential"}]}}, "Possible: Gout."),
        ({"code": {"text": "No known problems"}}, ""),
        ({"code": {"coding": [{"system": "http://snomed.info/sct", "code": "160245001"}]}}, ""),
    ],
)
def test_a_diagnosis_says_how_sure_how_grave_and_since_when(elements: dict[str, Any], said: str) -> None:
    assert words(condition_item(condition(**elements), ABOUT)) == said


def test_a_diagnosis_on_two_lists_is_said_once_and_life_is_left_off() -> None:
    listed = condition("a", category=[state("problem-list-item")])
    visited = condition("b", category=[state("encounter-diagnosis")])
    school = condition("s", code={"text": "Received higher education (finding)"})
    job = condition("j", code={"coding": [{"system": "http://snomed.info/sct", "code": "160903007"}]})
    (item,) = diagnosis_items([listed, visited, school, job], ABOUT)
    assert words(item) == "Gout (diagnosis of this visit)."
    assert {source.resource for source in item[0].sources} == {"Condition/a", "Condition/b"}
    paper = consult_note(material(conditions=(school,)))
    empty = next(section.empty for section in paper.sections if section.code == "findings")
    assert not texts(paper, "findings") and empty.startswith("Nothing was recorded at this visit but what is not")


def test_a_procedure_says_why_not_and_what_follows() -> None:
    one = fact(
        "Procedure", "p", status="not-done", code={"text": "Ablation"}, statusReason={"text": "patient refused"},
        bodySite=[{"text": "Left"}], followUp=[{"text": "call in a week"}], complication=[{"text": "Skin tear"}],
    )  # fmt: skip
    assert words(procedure_item(one, ABOUT)) == (
        "Not done: Ablation, left (patient refused). Complication: Skin tear. To follow: call in a week."
    )


def form(kind: str, text: str) -> dict[str, Any]:
    return {"contentType": kind, "data": base64.b64encode(text.encode()).decode()}


def report(**more: Any) -> Any:
    return fact("DiagnosticReport", "r", **{"status": "final", "code": {"text": "Echo"}, **more})


@pytest.mark.parametrize(
    ("elements", "said"),
    [
        ({}, "Echo: no conclusion recorded."),
        ({"presentedForm": [form("application/pdf", "%PDF")]}, "Echo: report attached (PDF), not quoted."),
        ({"presentedForm": [{"contentType": "application/pdf", "url": "Binary/x"}]},
         "Echo: report attached (PDF), not quoted."),
        ({"presentedForm": [form("text/plain", "EF 55 percent.")]}, "Echo: as attached. EF 55 percent."),
        ({"presentedForm": [form("text/html", "<p>EF 55</p>")]}, "Echo: as attached. EF 55"),
        ({"status": "cancelled", "conclusion": "Mass."}, "Echo: cancelled."),
        ({"status": "appended", "conclusion": "NSVT."}, "Echo (added to): NSVT."),
        ({"conclusion": "No PE.\nNodule", "effectiveDateTime": "2026-11-18"}, "Echo, 18 Nov 2026: No PE. Nodule."),
    ],
)  # fmt: skip
def test_a_report_says_what_it_concludes_or_what_is_attached(elements: dict[str, Any], said: str) -> None:
    assert words(report_item(report(**elements), ABOUT)) == said


def test_a_report_that_is_a_note_is_read_like_one() -> None:
    code = {"coding": [{"system": "http://loinc.org", "code": "11488-4"}], "text": "Consult note"}
    one = report(code=code, presentedForm=[form("text/plain", "Assessment:\nSyncope.\nPlan:\nHolter.")])
    paper = consult_note(material(reports=(one,)))
    assert texts(paper, "assessment") == ["Syncope."] and texts(paper, "plan") == ["Holter."]
    assert not texts(paper, "findings")


def plan(**more: Any) -> Any:
    category = [{"coding": [{"code": "assess-plan"}]}]
    text = {"status": "additional", "div": "<div><p>Assessment: AS.</p><p>Plan: surgery.</p></div>"}
    return fact("CarePlan", "cp", **{"status": "active", "category": category, "text": text, **more})


def test_a_care_plan_stands_in_for_the_assessment_that_no_note_holds() -> None:
    paper = consult_note(material(care_plans=(plan(),)))
    assert texts(paper, "assessment") == ["AS."] and texts(paper, "plan") == ["surgery."]
    sources = [s for section in paper.sections for item in section.items for one in item for s in one.sources]
    assert {source.resource for source in sources} == {"CarePlan/cp"}
    noted = consult_note(material(care_plans=(plan(),), documents=(note("Assessment: Stable."),)))
    assert texts(noted, "assessment") == ["Stable."]
    for wrong in (plan(status="entered-in-error"), plan(category=[])):
        assert texts(consult_note(material(care_plans=(wrong,))), "assessment") == []


def test_a_care_plan_without_a_heading_is_the_plan() -> None:
    bare = plan(text={"status": "additional", "div": "<div>Refer to surgery this week.</div>"})
    assert texts(consult_note(material(care_plans=(bare,))), "plan") == ["Refer to surgery this week."]


def test_a_care_plan_that_was_refused_may_hold_the_plan() -> None:
    paper = consult_note(material(gaps={"CarePlan": refused("CarePlan", "The EHR refused the request (403).")}))
    empty = {section.code: section.empty for section in paper.sections}
    assert empty["plan"] == "Care plans could not be read for this draft: The EHR refused the request (403)."
    assert empty["orders"] == "No orders were recorded at this visit."
