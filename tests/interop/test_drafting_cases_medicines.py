"""Charts that real EHRs send, read and drafted: medicines in their groups, allergies, and what is asked."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from loopclose.drafting.paper import Paper
from tests.interop.drafting import case, drafted

TABLE: dict[str, dict[str, list[str]]] = {
    "m01-epic-shape": {"ordered": ["metoprolol succinate XL", "by mouth daily", "Refills 3."]},
    "m02-ref-nodisplay": {"ordered": ["lisinopril 10 MG Oral Tablet.", "1 tab daily."]},
    "m03-contained-wrong": {"ordered": ["lisinopril 10 MG Oral Tablet."]},
    "m04-contained-two-meds": {"ordered": ["lisinopril 10 MG Oral Tablet."]},
    "m14-status": {
        "on_hold": ["On hold (cough): lisinopril", "[on-hold]"],
        "ordered": ["[active]", "Status unknown (x): lisinopril"],
        "stopped": ["Cancelled (x):", "Completed (x):", "Stopped (cough):", "at the visit or since"],
        "proposed": ["Not yet signed (x):"],
    },
    "m15-intents": {
        "ordered": ["[order]", "[original-order]", "[reflex-order]", "[filler-order]", "[instance-order]"],
        "proposed": ["[proposal]", "[plan]", "[option]"],
    },
    "m16-reported": {
        "reported": ["lisinopril", "Reported by the patient, not ordered here."],
        "given": ["aspirin 81 MG Oral Tablet."],
    },
    "m17-refills0-qtytbl": {
        "ordered": [
            "Quantity 30 tablets.", "First fill 14 tablets.", "Refills 0.", "No substitution (brand necessary).",
            "Supply for 30 days.", "May be dispensed until 19 Nov 2027.", "Course: Continuous.", "Hypertension.",
            "Recheck K in 1 week.", "By Hana Heart, MD.", "We renew until 20 Dec 2026",
            "Replaces an earlier prescription that was not read here.",
        ],
    },
    "m18-listed": {
        "listed": ["1 tab daily.", "Ordered 1 Jan 2024.", "2 tabs daily.", "Ordered 1 Jan 2025."],
        "on_hold": ["On hold: Furosemide"],
        "stopped": ["Stopped (AKI): Furosemide"],
        "avoided": ["Not to be given: Warfarin"],
        "proposed": ["aspirin 81 MG"],
        "ordered": ["oxycodone 5 MG Oral Tablet."],
    },
    "m19-controlled": {"ordered": ["it contains a controlled ingredient, codeine", "schedule III"]},
    "m21-codeonly": {"ordered": ["lisinopril 10 MG Oral Tablet.", "1 tab daily."]},
    "m22-nullflavour": {"ordered": ["Medicine not named in the chart (code unknown).", "lisinopril 10 mg."]},
    "m24-dup-changed": {
        "changed": ["Changed: 10 → 20 mg", "ordered 1 Jan 2025"],
        "allergies": ["Lisinopril: angioedema"],
    },
    "m25-medstatement": {"listed": ["lisinopril 10 MG Oral Tablet.", "1 daily."]},
    "k22-several-codings": {
        "ordered": ["24 HR metoprolol succinate 100 MG Extended Release Oral Tablet.", "apixaban 5 MG Oral Tablet."]
    },
    "k23-requester-role": {"ordered": ["By Dr. Olga Other.", "By Wes Ward."]},
    "k24-statement-only": {
        "listed": ["apixaban 5 MG Oral Tablet.", "5 mg twice daily."],
        "given": ["Given here: iron sucrose 200 mg IV.", "200 mg over 15 min.", "Given here: pneumococcal vaccine."],
    },
    "k25-stale-active": {"listed": ["lisinopril"], "ended": ["Amoxicillin", "course ended 9 Mar 2019"]},
    "k26-orderchain": {"ordered": ["lisinopril 10 MG Oral Tablet.", "1 tablet daily."]},
    "k36-allergy-kinds": {
        "allergies": [
            "Codeine (intolerance): nausea; tolerates hydrocodone.", "Allergies: not asked.",
            "Allergies: unable to assess.",
        ]
    },
    "k43-quarantined": {
        "ordered": ["apixaban 5 MG Oral Tablet.", "Refills 3.", "A medicine could not be read safely"],
        "allergies": ["Penicillin: anaphylaxis."],
    },
    "k44-lenient-numbers": {"ordered": ["1 tablet, twice a day.", "Refills 2."]},
    "k61-hold-in-sig": {
        "on_hold": ["On hold (GI bleed): apixaban"],
        "ordered": ["DO NOT START until creatinine back: lisinopril"],
    },
    "k64-two-same-started": {"changed": ["atorvastatin 40 MG Oral Tablet.", "Lipitor 40 mg tablet"]},
    "a01-allergies": {
        "allergies": [
            "Penicillin: anaphylaxis (severe; high risk)", "Codeine (resolved).", "Latex (inactive, unconfirmed).",
            "Sulfa (presumed).", "Bee venom: hives.", "Ruled out: Ibuprofen.",
        ]
    },
    "a02-nkda": {"allergies": ["No known allergies."]},
    "a04-noknown-refuted": {"allergies": ["No known allergies."]},
    "x01-codeonly": {"allergies": ["Allergy to penicillin (SNOMED 91936005): anaphylaxis (SNOMED 39579001)."]},
    "x10-listed-conflict": {"listed": ["Warfarin Sodium 5 MG Oral Tablet.", "The note stops it."]},
}  # fmt: skip
"""By case and section of the sheet: what must stand there."""
NOT_SAID = {
    "m03-contained-wrong": ["Penicillin allergy"],
    "m04-contained-two-meds": ["aspirin"],
    "m14-status": ["entered-in-error"],
    "m16-reported": ["By Pat Case."],
    "m22-nullflavour": ["Unknown."],
    "m25-medstatement": ["No other medicine is listed"],
    "k22-several-codings": ["NON-FORMULARY"],
    "k24-statement-only": ["No other medicine is listed"],
    "k26-orderchain": ["consider"],
    "k43-quarantined": ["No allergies", "No other medicine", "No medicine"],
    "a01-allergies": ["Egg", "Not named"],
    "a02-nkda": ["(situation)", "were recorded"],
    "a04-noknown-refuted": ["Ruled out"],
}
"""By case: what must stand nowhere on the sheet."""
ASKED = {
    "m11-text-conflict": ["text_structure"],
    "m18-listed": ["duplicate"],
    "m24-dup-changed": ["allergy", "still_listed"],
    "k64-two-same-started": ["still_listed"],
    "x10-listed-conflict": ["note_allergies", "note_dose", "note_starts", "note_stops"],
    "right-a05-none": [],
    "k25-stale-active": [],
}
ONCE = {"k26-orderchain": "lisinopril 10 MG Oral Tablet."}


def said(paper: Paper, code: str | None = None) -> str:
    sections = [one for one in paper.sections if code in (None, one.code)]
    return "\n".join(s.text for one in sections for item in one.everything for s in item)


@pytest.mark.parametrize("name", sorted({*TABLE, *ASKED}))
def test_a_chart_is_told_as_it_is(name: str, tmp_path: Path) -> None:
    paper = drafted(case(name), tmp_path)["prescription-sheet"]
    for code, words in TABLE.get(name, {}).items():
        assert [one for one in words if one not in said(paper, code)] == [], said(paper)
    assert [words for words in NOT_SAID.get(name, ()) if words in said(paper)] == []
    if name in ASKED:
        assert sorted({one.code for one in paper.to_settle}) == ASKED[name]
    if name in ONCE:
        assert said(paper).count(ONCE[name]) == 1


def test_the_consult_note_holds_the_allergies(tmp_path: Path) -> None:
    papers = drafted(case("a01-allergies"), tmp_path)
    assert said(papers["consult-note"], "allergies") == said(papers["prescription-sheet"], "allergies") != ""


def _of(kind: str, **more: Any) -> dict[str, Any]:
    drug = {"text": "lisinopril 10 MG Oral Tablet"}
    base = {"resourceType": kind, "subject": {"reference": "Patient/x05"}, "medicationCodeableConcept": drug}
    return {**base, "requester": {"reference": "Practitioner/heart"}, **more}


def test_a_change_without_encounter_is_of_the_visit_and_a_stop_is_listed(tmp_path: Path) -> None:
    """A chart whose orders name no visit: tied to it by their time and prescriber."""
    found = case("right-a05-none")
    (patient,) = [one["id"] for one in found if one["resourceType"] == "Patient"]
    dose = [{"text": "Take 2 tablets daily (increased today)"}]
    at = {"authoredOn": "2026-11-20T10:30:00-05:00", "subject": {"reference": f"Patient/{patient}"}}
    kinds = [
        _of("MedicationRequest", id="today", status="active", intent="order", dosageInstruction=dose, **at),
        _of(
            "MedicationRequest",
            id="stop",
            status="stopped",
            intent="order",
            **at | {"medicationCodeableConcept": {"text": "metoprolol 25 MG Oral Tablet"}},
        ),
    ]
    paper = drafted([*found, *kinds], tmp_path)["prescription-sheet"]
    assert "Take 2 tablets daily (increased today)." in said(paper, "ordered")
    assert "Stopped: metoprolol 25 MG Oral Tablet." in said(paper, "stopped")


def test_an_order_since_the_visit_is_not_on_our_list(tmp_path: Path) -> None:
    found = case("right-a05-none")
    (patient,) = [one["id"] for one in found if one["resourceType"] == "Patient"]
    since = _of(
        "MedicationRequest",
        id="since",
        status="active",
        intent="order",
        authoredOn="2026-11-23",
        subject={"reference": f"Patient/{patient}"},
        requester={"reference": "Practitioner/lee"},
    )
    paper = drafted([*found, since], tmp_path)["prescription-sheet"]
    assert "Started since the visit, 23 Nov 2026, by Dr. Lin Lee." in said(paper, "since")
    assert "lisinopril" not in said(paper, "listed")
