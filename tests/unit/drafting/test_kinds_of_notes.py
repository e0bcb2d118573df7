"""Kinds of notes that came out wrong in the shapes of other vendors: histories, boxes, reports and records in them."""

from __future__ import annotations

import base64
from typing import Any

import pytest

from loopclose.drafting.consult_note import consult_note
from loopclose.drafting.notes.attachments import is_stub
from loopclose.drafting.words.forms import words
from tests.spec.cast import fact
from tests.unit.drafting.test_kinds_of_cases import cut
from tests.unit.drafting.test_papers import material, texts


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ("Past Medical History:\nDiagnosis\n•  Breast cancer\n\nAssessment:\nWell.", "text/plain"),
        ("Patient Active Problem List\nDiagnosis\n• Breast cancer\n\nAssessment: Well.", "text/plain"),
        ("<h3>Family History</h3><table><tr><th>Diagnosis</th><th>Relation</th></tr><tr><td>Breast cancer</td>"
         "<td>Mother</td></tr></table><h3>Assessment</h3><p>Well.</p>", "text/html"),
        ("Assessment/Plan\nWell.\n\nProblem List/Past Medical History\nBreast cancer", "text/plain"),
        ("Assessment/Plan\nWell.\n\nFamily Health History:\nBreast cancer", "text/plain"),
        ("A&P: Well.\n\nOncologic History: Breast cancer", "text/plain"),
    ],
)  # fmt: skip
def test_what_stands_in_a_history_is_no_assessment(text: str, kind: str) -> None:
    found = cut(text, kind)
    judged = [*found.get("assessment", []), *found.get("assessment_plan", [])]
    assert judged == ["Well."] and "Breast cancer" in " ".join(found["history"])


def test_a_diagnosis_behind_an_empty_history_is_one() -> None:
    assert cut("Family History:\n\nDiagnosis\nAngina\n\nPlan: rest")["assessment"] == ["Angina"]


@pytest.mark.parametrize(
    ("text", "code", "those"),
    [
        ("Plan: rest\n\nFollow-up and Disposition\nReturn as needed.", "follow_up", ["Return as needed."]),
        ("Chief Complaints:\n1. Palpitations", "question", ["1. Palpitations"]),
        ("S) pain\nO) BP 120/80\nA) noncardiac\nP) no test", "plan", ["no test"]),
        ("S. pain\nO. BP 120/80\nA. noncardiac\nP. no test", "assessment", ["noncardiac"]),
        ("Impression: AF.  Plan: apixaban.  F/u: 3 mo", "follow_up", ["3 mo"]),
        ("A/P\nAF\nReturn in about 3 months for recheck.", "follow_up", ["Return in about 3 months for recheck."]),
        ("Assessment: MI\nPlan: home\n\nI saw and examined the patient with the resident. I disagree: admit.",
         "attestation", ["I saw and examined the patient with the resident. I disagree: admit."]),
        ("Plan:\n- do not stop\n  Ticagrelor until 3/2027\n1) hold\n  metformin", "plan",
         ["do not stop Ticagrelor until 3/2027", "1) hold metformin"]),
        ("Plan:\nwarfarin - stop\nAspirin - go on", "plan", ["warfarin - stop", "Aspirin - go on"]),
        ("Plan:\nDiscontinued Medications:\nlisinopril\nLabs/Imaging:\nBMP", "plan",
         ["Discontinued Medications: lisinopril", "Labs/Imaging:", "BMP"]),
        ("A/P\n#1 CKD\n#2 HTN\nstop HCTZ", "assessment_plan", ["#1 CKD", "#2 HTN: stop HCTZ"]),
        (r"Assessment: AF\nPlan: apixaban\n\nFollow-up: 3 mo", "follow_up", ["3 mo"]),
        (r"Plan:\.sp\\.in+4\stop aspirin\.in-4\.", "plan", ["stop aspirin ."]),
    ],
)  # fmt: skip
def test_headings_and_lines_of_other_vendors(text: str, code: str, those: list[str]) -> None:
    assert cut(text)[code] == those


@pytest.mark.parametrize(
    ("text", "ours", "theirs"),
    [
        ("Outside records: Dr. X 2024\nAssessment: HFrEF\nPlan: valsartan\n\nAssessment:\nHFpEF\nPlan:\nnone",
         ["HFpEF"], "Plan: valsartan"),
        ("Interval history: seen 9/1, at which time:\nA/P: angina\n\nASSESSMENT AND PLAN:\nno angina", ["no angina"],
         "A/P: angina"),
        ("Previous note:\nAssessment: angina\n\nAssessment:\nno angina", ["no angina"], "Assessment: angina"),
        ("TTE 10/1/26\nSummary\nEF 25%\nConclusions\nSevere MR\n\nAssessment\nMild MR", ["Mild MR"], "Severe MR"),
        ("Pathology (2/2026):\nFINAL DIAGNOSIS:\ncarcinoma\n\nDiagnosis: Stage II\nPlan: surgery", ["Stage II"],
         "carcinoma"),
        ("Outside records reviewed.\n\nAssessment: angina\nPlan: rest", ["angina"], "Outside records reviewed."),
    ],
)  # fmt: skip
def test_what_another_note_or_report_judges_is_not_ours(text: str, ours: list[str], theirs: str) -> None:
    found = cut(text)
    assert [*found.get("assessment", []), *found.get("assessment_plan", [])] == ours
    assert theirs in [line for lines in found.values() for line in lines]


@pytest.mark.parametrize(
    ("text", "kind", "plan"),
    [
        ("Plan:\n□ Stress test\n■ Echo\n✓ Labs", "text/plain", ["☐ Stress test", "☑ Echo", "☑ Labs"]),
        ("Plan:\n■ AF\n  ○ apixaban\n● HTN", "text/plain", ["AF", "apixaban", "HTN"]),
        ("Plan:\n○ Admit\n● Discharge", "text/plain", ["○ Admit", "● Discharge"]),
        ("<b>Plan:</b> MRI <input type=checkbox> Echo <input type=checkbox checked>", "text/html", ["☐ MRI ☑ Echo"]),
        ("<b>Plan:</b> Admit? Yes <input type=radio> No <input type=radio checked>", "text/html", ["Admit? No"]),
        ("&lt;p&gt;&lt;b&gt;Plan:&lt;/b&gt; hold if plt &amp;lt;50&lt;/p&gt;", "text/html", ["hold if plt <50"]),
        ("<b>Plan:</b> 1<sup>1</sup>/<sub>2</sub> tabs", "text/html", ["1¹/₂ tabs"]),
        ("<h2>Plan</h2><p>rest</p><h2>Medications</h2><p>aspirin</p>", "text/html", ["rest"]),
        ("Plan:\n~~start warfarin~~ start apixaban\n- **AF**", "text/markdown", ["start apixaban", "AF"]),
        ("ASSESSMENT:        PLAN:\nAF        apixaban", "text/plain", None),
        ("<h2>Plan</h2><p>rest</p><h3>Medications</h3><p>aspirin</p>", "text/html", ["rest", "Medications", "aspirin"]),
    ],
)  # fmt: skip
def test_boxes_and_marks_of_a_plan(text: str, kind: str, plan: list[str] | None) -> None:
    assert cut(text, kind).get("plan") == plan


@pytest.mark.parametrize(
    ("table", "kind"),
    [
        ("Plan:\nDrug\tStart\tStop\nWarfarin\t\tX\nApixaban\tX\t\nAspirin\tX\tX", "text/plain"),
        ("Plan:\nDrug        Start      Stop\nWarfarin               X\nApixaban    X\nAspirin   X    X", "text/plain"),
        (r"{\rtf1 Plan:\par\trowd Drug\cell Start\cell Stop\cell\row Warfarin\cell\cell X\cell\row Apixaban\cell X\cell"
         r"\cell\row Aspirin\cell X\cell X\cell\row}", "text/rtf"),
        ("<b>Plan:</b><table><tr><th>Drug<th>Start<th>Stop<tr><td>Warfarin<td><td>X<tr><td>Apixaban<td>X<td></td></tr>"
         "<tr><td>Aspirin<td>X<td>X</table>", "text/html"),
    ],
)  # fmt: skip
def test_no_word_of_a_row_moves_under_another_column(table: str, kind: str) -> None:
    head, warfarin, apixaban, aspirin = cut(table, kind)["plan"]
    assert (warfarin, apixaban) == ("Warfarin | — | X", "Apixaban | X | —")
    assert head.split()[0] == "Drug" and "—" not in head + aspirin


def test_a_line_of_vitals_heads_no_table() -> None:
    assert cut("Plan:\nBP: 120/80\tHR: 72\tT: 98\nSpO2: 98%\tWt: 70")["plan"][1] == "SpO2: 98% Wt: 70"


CDA = """<ClinicalDocument xmlns="urn:hl7-org:v3"><component><structuredBody>
<component><section><code code="51847-2"/><text>AF. Start apixaban.</text></section></component>
<component><section><code code="10157-6"/><title>Antecedentes</title><text>MI</text></section></component>
<component><section><code code="51848-0"/><title>Evaluation</title><text>Stop <delete>no </delete>aspirin</text>
</section></component></structuredBody></component></ClinicalDocument>"""


def test_a_section_of_c_cda_is_known_by_its_code() -> None:
    found = cut(CDA, "application/xml")
    assert found["assessment_plan"] == ["AF. Start apixaban."] and found["history"] == ["MI"]
    assert found["assessment"] == ["Stop aspirin"]


def document(fhir_id: str, text: str, **more: Any) -> Any:
    data = base64.b64encode(text.encode()).decode()
    base = {
        "status": "current",
        "docStatus": "final",
        "type": {"text": "Consult note"},
        "date": "2026-11-20T15:00:00-05:00",
        "content": [{"attachment": {"contentType": "text/plain", "data": data}}],
    }
    return fact("DocumentReference", fhir_id, **{**base, **more})


LIKELY, EXCLUDED = "Assessment: Likely PE.\nPlan: start heparin.", "Assessment: PE excluded.\nPlan: no heparin."
MARK = {"system": "urn:x", "value": "1"}
LATER = "2026-11-20T17:00:00-05:00"


@pytest.mark.parametrize(
    ("older", "newer"),
    [
        ({"masterIdentifier": MARK}, {"relatesTo": [{"code": "replaces", "target": {"identifier": MARK}}]}),
        ({"status": "superseded", "type": {"text": "Progress Note"}}, {"type": {"text": "progress notes"}}),
    ],
)
def test_a_note_that_was_replaced_is_not_quoted_however_that_is_told(older: Any, newer: Any) -> None:
    paper = consult_note(
        material(documents=(document("a", LIKELY, **older), document("b", EXCLUDED, date=LATER, **newer)))
    )
    assert texts(paper, "assessment") == ["PE excluded."] and "not quoted" in texts(paper, "note-others")[0]


def test_two_notes_without_an_author_that_differ_are_asked_about() -> None:
    paper = consult_note(material(documents=(document("a", LIKELY), document("b", EXCLUDED, date=LATER))))
    assert "notes" in [one.code for one in paper.to_settle]


def test_what_amends_an_addendum_stands_with_the_note() -> None:
    def appends(fhir_id: str, target: str, text: str) -> Any:
        relation = [{"code": "appends", "target": {"reference": f"DocumentReference/{target}"}}]
        return document(fhir_id, text, relatesTo=relation, date=LATER)

    those = (document("a", LIKELY), appends("b", "a", "Troponin 0.6."), appends("c", "b", "Cath normal."))
    said = " ".join(texts(consult_note(material(documents=those)), "assessment"))
    assert "Added 20 Nov 2026: Troponin 0.6." in said and "Added 20 Nov 2026: Cath normal." in said


def test_an_attestation_that_is_a_note_of_its_own_stands_first() -> None:
    by_type = document("b", "I do not agree: PE excluded.", type={"text": "Attestation"}, date=LATER)
    said = texts(consult_note(material(documents=(document("a", LIKELY), by_type))), "assessment")
    assert said[1] == "Attestation: I do not agree: PE excluded." and said[-1] == "Likely PE."


@pytest.mark.parametrize(
    "attachment",
    [
        {"contentType": "text/plain", "url": "#in"},
        {"url": "data:text/plain;base64," + base64.b64encode(LIKELY.encode()).decode()},
        {"contentType": "text/plain", "url": "data:text/plain,Assessment%3A%20Likely%20PE."},
    ],
)
def test_words_that_the_address_holds_or_the_note_contains_are_read(attachment: Any) -> None:
    inside = {"resourceType": "Binary", "id": "in", "data": base64.b64encode(LIKELY.encode()).decode()}
    one = document("a", "", content=[{"attachment": attachment}], contained=[inside])
    assert texts(consult_note(material(documents=(one,))), "assessment") == ["Likely PE."]


def test_what_nobody_ticked_is_on_no_page_one() -> None:
    ticked = "Assessment: AF\nPlan:\n☐ Start apixaban\n☑ Stop aspirin"
    page = str(consult_note(material(documents=(document("a", ticked),))).page_one)
    assert "top aspirin" in page and "apixaban" not in page
    to_do = str(consult_note(material(documents=(document("a", "Plan:\n[ ] start apixaban"),))).page_one)
    assert "apixaban" in to_do


@pytest.mark.parametrize("text", ["Please refer to the PDF.", "No text available", "Click here to view the document"])
def test_a_text_that_points_at_another_form_is_a_stub(text: str) -> None:
    assert is_stub("text/plain", text.encode())
    assert not is_stub("text/plain", b"Assessment: stable. Plan: aspirin.")


@pytest.mark.parametrize("path", [r"Plan: see C:\notes\new", r"Plan: \new"])
def test_a_path_is_no_end_of_a_line(path: str) -> None:
    assert words("text/plain", path.encode()) == path
