"""Cases that no other file tries, and those whose input is made here: the right words are there, the wrong are not."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from tests.interop.drafting import case, drafted
from tests.interop.made import (
    OURS,
    PATIENT,
    THEIRS,
    VISIT,
    allergy,
    chart,
    coded_sig,
    medicine,
    note,
    order,
    result,
)
from tests.interop.test_drafting_cases_results import shown

TWELVE = {
    "low": {"value": 12, "unit": "g/dL"},
    "high": {"value": 16, "unit": "g/dL"},
    "appliesTo": [{"text": "female"}],
}
MEN = {"low": {"value": 13.5}, "high": {"value": 17.5}, "appliesTo": [{"text": "male"}]}
CRITICAL = {"low": {"value": 5}, "type": {"coding": [{"code": "critical"}]}}
THERAPEUTIC = {"low": {"value": 2}, "high": {"value": 3}, "type": {"coding": [{"code": "therapeutic"}]}}
RTF = r"{\rtf1\ansi\deff0{\fonttbl{\f0 Arial;}}\f0\fs20 Please exclude \b angina\b0 .\par}"
TEN_DAYS = {"value": 10, "code": "d", "unit": "d"}


def report(fhir_id: str, name: str, status: str = "final", **more: Any) -> dict[str, Any]:
    base = {"resourceType": "DiagnosticReport", "id": fhir_id, "status": status, "code": {"text": name}}
    return {**base, "subject": PATIENT, "effectiveDateTime": "2026-11-20", **more}


def course(dose: int, start: str, end: str) -> dict[str, Any]:
    repeat = {"boundsPeriod": {"start": start, "end": end}, "frequency": 1, "period": 1, "periodUnit": "d"}
    return {"timing": {"repeat": repeat}, "doseAndRate": [{"doseQuantity": {"value": dose, "unit": "mg"}}]}


MADE: dict[str, tuple[list[dict[str, Any]], list[str], list[str]]] = {
    "k03 line ends of the source of HTML": (
        [note("<h3>Assessment</h3><p>There is no evidence of\n  acute coronary syndrome.</p><h3>Plan</h3><p>Do not\n "
              "stop metoprolol or start\n Medications\n that prolong QT.</p>", "text/html")],
        ["no evidence of acute coronary syndrome.", "Do not stop metoprolol or start Medications that prolong QT."],
        ["No assessment"],
    ),
    "k08 data that is not base64": (
        [note("x", content=[{"attachment": {"contentType": "text/plain", "data": "Assessment: angina. Plan: admit"}}])],
        ["could not be read here (it is not in base64); see the chart."],
        ["No assessment was", "�"],
    ),
    "k16 a question within a plan": (
        [note("Assessment: CAD.\nPlan:\n1. Continue ticagrelor until 3/2027\nQuestion: dental work?\n"
              "2. Do not stop ticagrelor for dental work.")],
        ["1. Continue ticagrelor", "Question: dental work?", "2. Do not stop ticagrelor"],
        [],
    ),
    "n03 SOAP": (
        [note("S: pain on stairs\nO: BP 120/80\nA: non-cardiac chest pain\nP: no further testing; back to PCP")],
        ["pain on stairs", "O: BP 120/80", "non-cardiac chest pain", "no further testing; back to PCP"],
        ["A: non", "P: no", "No assessment"],
    ),
    "n06 headings between signs": (
        [note("===ASSESSMENT===\nAF\n===PLAN===\napixaban\n[Follow-up]\n3 months")],
        ["AF", "apixaban", "3 months"],
        ["===", "[", "No assessment", "No separate", "no heading for follow-up"],
    ),
    "n33 medical decision making": (
        [note("HPI: palpitations\nMedical Decision Making:\nLow risk.\nSummary and Recommendations:\nNo monitor.\n"
              "Return to clinic: as needed\nFH: father MI\nPMH: asthma")],
        ["Medical Decision Making: Low risk.", "No monitor.", "Return to clinic: as needed", "father MI", "asthma"],
        ["No assessment", "heading for an assessment"],
    ),
    "n25 an addendum": (
        [note("Assessment: chest pain, low risk.\nPlan: home."),
         note("ADDENDUM 11/22: troponin came back 0.6. Patient told to go to ED.", fhir_id="add",
              date="2026-11-22T09:00:00-05:00",
              relatesTo=[{"code": "appends", "target": {"reference": "DocumentReference/note"}}])],
        ["chest pain, low risk. Added 22 Nov 2026 by Dr. Hana Heart: ADDENDUM 11/22: troponin came back 0.6."],
        [],
    ),
    "k53 RTF and HTML in fields": (
        [order("s-a05-none", "Referral to cardiology", requester=THEIRS, reasonCode=[{"text": RTF}], encounter={},
               category=[{"coding": [{"system": "http://snomed.info/sct", "code": "3457005"}]}],
               note=[{"text": "<p>EKG <b>abnormal</b></p>"}], authoredOn="2026-11-02"),
         report("r", "Echocardiogram", conclusion="<p>EF 55&nbsp;%</p><p>no effusion</p>", encounter=VISIT),
         result("o", "Culture", {"valueString": "No growth<br/>Final"}),
         medicine("m", "aspirin 81 MG Oral Tablet", r"{\rtf1 Take \b one\b0  tablet\par}")],
        ["Please exclude angina.", "EKG abnormal", "EF 55 %; no effusion.", "No growth; Final.", "Take one tablet."],
        ["rtf", "<p>", "<br", "&nbsp;"],
    ),
    "k21 the most at a time and in a lifetime": (
        [medicine("m", "doxorubicin", {"doseAndRate": [{"doseQuantity": {"value": 50, "unit": "mg/m2"}}],
                                       "maxDosePerLifetime": {"value": 300, "unit": "mg/m2"}}),
         medicine("n", "colchicine 0.6 MG Oral Tablet",
                  {"text": "1 tablet for flare", "maxDosePerAdministration": {"value": 1.2, "unit": "mg"}})],
        ["at most 300 mg/m2 in a lifetime", "at most 1.2 mg at a time"],
        [],
    ),
    "k27 a taper without numbers": (
        [medicine("m", "prednisone 20 MG Oral Tablet",
                  [course(20, "2026-11-25", "2026-11-29"), course(40, "2026-11-20", "2026-11-24")])],
        ["40 mg, once a day, from 20 Nov 2026, until 24 Nov 2026; then 20 mg, once a day, from 25 Nov 2026"],
        ["also"],
    ),
    "k31 whose range": (
        [result("o", "Hemoglobin", 12.5, "g/dL", referenceRange=[MEN, TWELVE]),
         result("p", "INR", 2.4, referenceRange=[CRITICAL, THERAPEUTIC])],
        ["12.5 g/dL (usual 12–16).", "critical 5 or more; therapeutic 2–3"],
        ["13.5", "usual from 5"],
    ),
    "k58 cancelled": (
        [result("o", "Potassium", 9.9, "mmol/L", status="cancelled"),
         report("r", "CT chest", "cancelled", encounter=VISIT, conclusion="Mass in left lung.")],
        ["Potassium: cancelled.", "CT chest: cancelled."],
        ["9.9", "Mass"],
    ),
    "k62 started since": (
        [note("Assessment: AF.\nPlan: no anticoagulant."),
         medicine("m", "apixaban 5 MG Oral Tablet", "1 tab bid", encounter=None, authoredOn="2026-11-23",
                  requester={**THEIRS, "display": "Lin Lee, MD"})],
        ["Started since the visit, 23 Nov 2026, by Lin Lee, MD."],
        ["No other medicine is listed in our chart"],
    ),
    "m07 m10 a code beside repeat, text beside structure": (
        [medicine("m", "amoxicillin 500 MG Oral Capsule", coded_sig("BID", boundsDuration=TEN_DAYS)),
         medicine("n", "lisinopril 10 MG Oral Tablet",
                  {"text": "Take 1 tablet by mouth.", "asNeededBoolean": True, "timing": {"repeat": {
                      "frequency": 2, "period": 1, "periodUnit": "d", "boundsDuration": TEN_DAYS | {"value": 7}}}})],
        ["1 tablet, twice a day, for 10 days.", "also coded in the order: twice a day, for 7 days, as needed."],
        ["10 d.", "7 d."],
    ),
    "o03 a result of long before": (
        [result("o", "Potassium", 4.4, "mmol/L"),
         result("p", "Potassium", 3.1, "mmol/L", encounter=None, effectiveDateTime="2025-01-01"),
         report("r", "Panel", encounter=VISIT,
                result=[{"reference": "Observation/o"}, {"reference": "Observation/p"}])],
        ["Potassium: 4.4 mmol/L.", "Potassium, 1 Jan 2025 (before this visit): 3.1 mmol/L."],
        ["Potassium: 3.1"],
    ),
    "p02 x04 orders, their result, and a booking": (
        [order("q", "CT chest", occurrenceDateTime="2027-05-20", reasonCode=[{"text": "lung nodule"}]),
         order("r", "Basic metabolic panel", occurrenceDateTime="2026-12-01", performer=[THEIRS]),
         order("t", "TSH", status="unknown"), order("u", "Stress test", intent="plan"), order("v", "Troponin"),
         report("w", "Troponin", basedOn=[{"reference": "ServiceRequest/v"}],
                conclusion="Elevated troponin 60 ng/L", effectiveDateTime="2026-11-21"),
         {"resourceType": "Appointment", "id": "a", "status": "booked", "start": "2026-12-15T09:00:00-05:00",
          "participant": [{"actor": PATIENT}, {"actor": OURS}]}],
        ["due 20 May 2027, for lung nodule", "due 1 Dec 2026, by Dr. Lin Lee", "TSH (status unknown).",
         "Planned, not ordered: Stress test.", "Result 21 Nov 2026: Troponin, Elevated troponin 60 ng/L.",
         "Booked: 15 Dec 2026 with Dr. Hana Heart."],
        ["No follow-up"],
    ),
    "x13 doses that are misread": (
        [medicine("m", "vitamin D",
                  coded_sig("QOD") | {"doseAndRate": [{"doseQuantity": {"value": 5.0, "unit": "U"}}]})],
        ["5 units, every other day."],
        ["5.0", " U,", "QOD"],
    ),
    "c01 one diagnosis of the visit and of the list": (
        [{"resourceType": "Condition", "id": key, "code": {"text": "Hypertension"}, "subject": PATIENT,
          "encounter": VISIT, "category": [{"coding": [{"code": where}]}]}
         for key, where in (("c", "problem-list-item"), ("d", "encounter-diagnosis"))],
        ["Hypertension (diagnosis of this visit)."],
        ["on the problem list"],
    ),
}  # fmt: skip
"""By case: its resources, what must stand on the papers, and what must not."""
IN_FILES: dict[str, tuple[list[str], list[str]]] = {
    "d01-intent-required": (["lisinopril 10 MG Oral Tablet.", "1 daily."], []),
    "k26-orderchain": (["Lipid panel, fasting (ordered, result pending)."], ["Lipid panel (", "consider"]),
    "k67-medication-note-conflict": (
        [">=0.4 ng/mL, flags contradict each other: normal and critical.", "usual 60 or more", "Group A"],
        ["(Normal", "usual from"],
    ),
    "m23-newline-sig": (
        ["Take 1 tablet by mouth daily; Call if dizzy; With food; Avoid alcohol.", "How to take it was not recorded."],
        ["..", ".;"],
    ),
    "m26-decimal-units": (
        ["0.25 mg, once a day.", "Quantity 30 tablets.", "3 to 4 times a day, 10 times in all", "Left eye",
         "40 mg, every 2 days, from 22 Nov 2026, until 1 Dec 2026"],
        ["30.0", "1.0", "(qualifier value)", "imperative"],
    ),
    "q01-question": (["r/o CAD", "Chest pain (ICD-10 R07.9)", "Please advise whether to stop aspirin."], [" R07.9."]),
    "right-c02-diag-order": (["Primary dx.", "Secondary dx."], ["No findings"]),
    "right-x14-two-referrers-interim": (["Elm Street Family Medicine", "ok"], ["No assessment"]),
    "x02-note-no-encounter": (["No MI.", "tied to this visit by time and person alone"], ["No assessment"]),
}  # fmt: skip


@pytest.mark.parametrize("name", MADE)
def test_a_case_that_is_made_here_is_drafted_rightly(name: str, tmp_path: Path) -> None:
    resources, right, wrong = MADE[name]
    papers = drafted(chart(*resources), tmp_path).values()
    sections = [section for paper in papers for section in paper.sections]
    items = [one.text for section in sections for item in section.everything for one in item]
    said = " ".join([*items, *(one.empty for one in sections if not [*one.everything])])
    assert [words for words in right if words not in said] == [], said
    assert [words for words in wrong if words in said] == [], said


@pytest.mark.parametrize("name", IN_FILES)
def test_a_case_of_the_folder_is_drafted_rightly(name: str, tmp_path: Path) -> None:
    right, wrong = IN_FILES[name]
    papers = drafted(case(name), tmp_path).values()
    heads = " ".join(paper.to for paper in papers)
    sections = [section for paper in papers for section in paper.sections]
    items = [one.text for section in sections for item in section.everything for one in item]
    said = " ".join([heads, *items, *(one.empty for one in sections if not [*one.everything])])
    assert [words for words in right if words not in said] == [], said
    assert [words for words in wrong if words in said] == [], said


def test_a_note_and_an_allergy_that_contradict_each_other_are_asked(tmp_path: Path) -> None:
    made = [note("Allergies: No known drug allergies."), allergy("a", "Penicillin", category=["medication"])]
    papers = drafted(chart(*made), tmp_path)
    assert [one.code for one in papers["prescription-sheet"].to_settle] == ["note_allergies"]
    assert [one.title for one in papers["consult-note"].sections if "llergies" in one.title] == [
        "Allergies", "Allergies in the note",
    ]  # fmt: skip


def test_two_notes_that_judge_differently_are_asked(tmp_path: Path) -> None:
    (asked,) = drafted(case("k14-two-authors"), tmp_path)["consult-note"].to_settle
    assert asked.code == "notes" and "Hana Heart" in asked.text and "Sam Student" in asked.text


def test_results_that_rise_say_so(tmp_path: Path) -> None:
    assert "812 ng/L (rising)." in shown("k33-serial", tmp_path)
