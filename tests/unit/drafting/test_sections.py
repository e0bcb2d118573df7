"""Notes cut into sections by the headings that clinicians write; nothing goes where it would be false."""

from __future__ import annotations

import pytest

from loopclose.drafting.notes.sections import sections_of
from loopclose.drafting.words.forms import words


def cut(text: str) -> dict[str, list[str]]:
    """What stands under each code; the title before what goes behind."""
    found: dict[str, list[str]] = {}
    for one in sections_of(words("text/plain", text.encode())):
        own = f"{one.code}:{one.title}" if one.code in {"history", "other"} else one.code
        found.setdefault(own, []).extend(f"{one.lead}> {said}" if one.lead else said for said in one.paragraphs)
    return found


@pytest.mark.parametrize(
    "heading",
    [
        "A&P", "A/P:", "Impression/Plan", "ASSESSMENT & PLAN BY PROBLEM:", "Assessment and Plan - Cardiology",
        "Assessment\u00a0and\u00a0Plan:", "**Assessment & Plan:**", "## Assessment and plan", "[Assessment/Plan]",
        "===ASSESSMENT AND PLAN===", "3. ASSESSMENT AND PLAN:", "IMPRESSION AND RECOMMENDATIONS:",
        "ASSESSMENT/PLAN\n----",
        "Summary and Recommendations:", "Imp/Plan:", "Impression & Plan for today:", "Assessment + Plan:",
    ],
)  # fmt: skip
def test_assessment_and_plan_under_its_many_names(heading: str) -> None:
    assert cut(f"HPI: well\n{heading}\nStable.")["assessment_plan"][-1] == "Stable."


@pytest.mark.parametrize(
    ("text", "code", "said"),
    [
        ("2. ASSESSMENT: COPD", "assessment", ["COPD"]),
        ("ASSESSMENT -- \nNo MI.", "assessment", ["No MI."]),
        ("ASSESSMENT ==> AF", "assessment", ["AF"]),
        ("Final Diagnosis: AF", "assessment", ["AF"]),
        ("Medical Decision Making:\nlow risk", "assessment", ["low risk"]),
        ("Impresión diagnóstica: angina estable", "assessment", ["angina estable"]),
        ("\ufeffAssessment: AF", "assessment", ["AF"]),
        ("Recommendations to PCP: repeat potassium", "plan", ["repeat potassium"]),
        ("PLAN (revised 11/21):\nno apixaban", "plan", ["no apixaban"]),
        ("[Follow-up]\nNone", "follow_up", ["None"]),
        ("Follow\u2011up: 3 months", "follow_up", ["3 months"]),
        ("Return to clinic: 3 months", "follow_up", ["3 months"]),
        ("Plan: rest\nRTC 3 months", "follow_up", ["RTC 3 months"]),
        ("S: well\nA: angina\nP: aspirin", "plan", ["aspirin"]),
        ("Reason for consultation: may she stop aspirin?\nHPI: well", "question", ["may she stop aspirin?"]),
        ("Assessment:\\.br\\No MI.\\.br\\Plan: stop", "plan", ["stop"]),
        ("Assessment: chest wall pain  Plan: ibuprofen", "plan", ["ibuprofen"]),
    ],
)
def test_headings_as_they_are_written(text: str, code: str, said: list[str]) -> None:
    assert cut(text)[code] == said


@pytest.mark.parametrize(
    "text",
    [
        "The plan: continue.", "Plan is to continue.", "No known\nallergies.", "Seen for PE\nPE\nwas ruled out.",
        "We discussed the plan\nof care with her.", "P is normal; A: nothing", "PE", "COPD\nDVT",
    ],
)  # fmt: skip
def test_words_that_are_no_heading_stay_words(text: str) -> None:
    assert set(cut(text)) == {"text"}


def test_what_is_not_the_assessment_is_never_in_it() -> None:
    found = cut(
        "Assessment: chest wall pain.\nFamily Hx:\nMother: MI at 50\nInterval events:\nfell twice"
        "\n\nBILLING CODES\n99214"
    )
    assert found == {
        "assessment": ["chest wall pain."],
        "history:Family Hx": ["Mother: MI at 50"],
        "other:Interval events": ["fell twice"],
        "other:BILLING CODES": ["99214"],
    }


def test_a_plan_is_not_torn_by_what_it_is_about() -> None:
    plan = [
        "1. HFrEF: start",
        "Medications:",
        "STOP lisinopril",
        "Allergies: reviewed",
        "Question: may he dive?",
        "2. AF",
    ]
    assert cut("Plan:\n" + "\n".join(plan))["plan"] == plan
    by_problem = cut("A/P:\n#1 HTN\nAssessment: at goal\nPlan: continue\n#2 DM\nPlan: metformin")
    assert by_problem == {
        "assessment_plan": ["#1 HTN: Assessment: at goal", "Plan: continue", "#2 DM: Plan: metformin"]
    }
    assert cut("## Plan\n### Labs\nBMP\n## Billing\n99214") == {"plan": ["Labs", "BMP"], "other:Billing": ["99214"]}


def test_problems_keep_their_title_and_their_plan() -> None:
    note = "A&P\n# CKD 3\nRenally dose.\n#1 AF: start apixaban\nDispense apixaban\n#60, 3 refills\n# HTN\n- no change"
    assert cut(note)["assessment_plan"] == [
        "CKD 3: Renally dose.", "#1 AF: start apixaban", "Dispense apixaban #60, 3 refills", "HTN", "no change",
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("The patient has no evidence of\nacute disease and does not\nneed admission.", 1),
        ("I asked her not to\nIbuprofen.", 1),
        ("no heparin\nstart aspirin", 2),
        ("- no heparin\n- aspirin", 2),
        ("No heparin.\naspirin daily", 2),
        ("No heparin\n\naspirin daily", 2),
        ("1. CAD\n2. HTN", 2),
        ("Patient denies:\n- chest pain\n- syncope", 1),
        ("STOP:\naspirin\nwarfarin\n\nStart apixaban", 2),
    ],
)
def test_lines_that_were_wrapped_are_joined_and_no_others(text: str, said: int) -> None:
    found = cut(text)["text"]
    assert len(found) == said, found
    assert set(" ".join(found).replace(";", "").split()) >= set(text.replace("- ", "").split())


def test_what_is_denied_right_above_a_heading_goes_with_what_it_denies() -> None:
    assert cut("No evidence of:\nDiagnosis: DVT\nPE\nPlan: none") == {
        "assessment": ["No evidence of: Diagnosis: DVT; PE"],
        "plan": ["none"],
    }


@pytest.mark.parametrize(
    "report",
    [
        "CT chest 03/02/2019 (County)\nFINDINGS: nodule\nIMPRESSION: malignancy\nRECOMMENDATION: biopsy",
        "MRI brain:\nTECHNIQUE: axial\nIMPRESSION: malignancy\nRecommendations: biopsy",
        "Echo today:\nConclusion: malignancy, biopsy",
        "EKG\nDiagnosis: malignancy (machine read) biopsy",
        "Outside records reviewed:\nImpression: malignancy\nRecommendation: biopsy",
        "Surgical pathology 3/4/2020\nDIAGNOSIS: malignancy\nSummary: biopsy",
    ],
)
def test_what_a_pasted_report_concludes_is_not_what_we_conclude(report: str) -> None:
    found = cut(f"HPI: well\n\n{report}\n\nAssessment: no cancer.\nPlan: none.")
    assert (found["assessment"], found["plan"]) == (["no cancer."], ["none."])
    assert "malignancy" in " ".join(found["findings"]) and "biopsy" in " ".join(found["findings"])


def test_an_impression_below_results_is_ours_where_there_is_no_other() -> None:
    found = cut("Imaging:\nCT: normal\nImpression: stable angina\nPlan:\nCT chest\nEcho")
    assert found["assessment"] == ["stable angina"] and found["plan"] == ["CT chest", "Echo"]


def test_an_addendum_and_an_attestation_are_told_apart() -> None:
    found = cut(
        "Assessment: ACS ruled out.\nPlan: home\nAttestation: I disagree.\n"
        "Electronically signed by: H. Heart MD 11/20/2026\nScribe: J. Doe\nTime spent: 45 min\nDictated but not read."
        "\nPage 1 of 2\n_____\nADDENDUM 11/22: troponin 0.6."
    )
    assert found == {
        "assessment": ["ACS ruled out."],
        "plan": ["home"],
        "attestation": ["I disagree."],
        "addendum": ["troponin 0.6."],
    }
    assert cut("Signed by Dr. Heart: I disagree with the plan above")["text"]


def test_what_no_reader_sees_is_taken_out() -> None:
    assert cut("Plan: dose \u202e05 gm\u202c daily\x1b[2K\u200b, \u2066warfarin\u2069 \x07no\ue0f1")["plan"] == [
        "dose 05 gm daily, warfarin no"
    ]


def test_a_list_has_one_bullet_and_its_numbers() -> None:
    assert cut("Plan:\n- - CBC\n* TSH\n-iron\n• x\n3. stop\n-5 mmol")["plan"] == [
        "CBC", "TSH", "iron", "x", "3. stop", "-5 mmol",
    ]  # fmt: skip
