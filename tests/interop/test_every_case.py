"""Every row of the list of charts that came out wrong has a test, and what was wrong stands on no paper any more."""

from __future__ import annotations

import re
import tomllib
from importlib import import_module
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy.exc import MultipleResultsFound, NoResultFound

from loopclose.drafting.page_one_check import problems
from tests.interop.drafting import CASES, case, drafted

ROWS = tomllib.loads((Path(__file__).parent / "rows_of_cases.toml").read_text(encoding="utf-8"))
"""By list and number of a row: the tests that prove it."""
_ROW = re.compile(r"\| (\d{1,3}) \| S[123] \|")
NAMES = sorted(path.stem for path in CASES.glob("*.json"))
WRONG: dict[str, list[str]] = {
    "a01-allergies": ["=Codeine.", "=Latex.", "=Sulfa.", "Not named", "=Bee venom.", "=Penicillin: Anaphylaxis."],
    "a02-nkda": ["(situation)", "Ruled out", "No allergies were recorded"],
    "a04-noknown-refuted": ["Ruled out", "Allergy to substance"],
    "c01-conditions": [
        "(inactive)", "(finding)", "higher education", "No known problems", "STEMI", "Confirmed: Family history",
        "New in our chart: Family history", "Confirmed: Gout", "Family history of MI (",
    ],
    "d01-intent-required": ["No medicine was ordered"],
    "h01-patient": ["Maiden"],
    "k01-pasted-report": ["=Tissue sampling.", "No assessment"],
    "k02-checkbox-html": ["=Chest pain", "=Syncope", "YesNo", "amiodarone"],
    "k04-lt-in-html": ["hs-troponin Plan", "No assessment"],
    "k05-two-parts": ["No assessment", "heading for an assessment"],
    "k06-urlsafe-b64": ["could not be read", "No assessment"],
    "k07-data-uri": ["\ufffd", "could not be read"],
    "k10-bom": ["\ufeff", "No assessment", "heading for an assessment"],
    "k11-type-case": ["No assessment", "was not read here"],
    "k12-markdown-type": ["No assessment", "was not read here"],
    "k14-two-authors": ["By the note: Start heparin"],
    "k15-careplan": ["No assessment"],
    "k17-spanish": ["heading for an assessment"],
    "k18-html-img": ["=stop digoxin"],
    "k19-htmlplain": ["<p>", "&lt;", "&amp;"],
    "k20-underlined": ["==", "----", "___", "Page 1"],
    "k22-several-codings": ["NON-FORMULARY", "=metoprolol."],
    "k24-statement-only": ["No other medicine is listed", "No orders were recorded"],
    "k25-stale-active": ["=Amoxicillin 500 MG Oral Tablet."],
    "k26-orderchain": ["consider", "Lipid panel (ordered", "Lipid panel (done"],
    "k29-laterality": ["Intraocular pressure:", "Cataract extraction (", "photocoagulation, 20"],
    "k30-obs-note": ["=Potassium: See Note."],
    "k32-component-flags": ["78.718", "no reason given"],
    "k33-serial": ["sensitivity: "],
    "k34-corrected": ["9.9", "6.1"],
    "k36-allergy-kinds": ["=Codeine: nausea.", "=Patient not asked.", "=Unable to assess."],
    "k37-bidi": ["\u202e", "\x1b", "\u200b"],
    "k39-order-obs": ["=Cardiac MRI (ordered)."],
    "k40-cond-dup": ["began 2 Oct", "Family history of sudden cardiac death (", "Confirmed: Family"],
    "k43-quarantined": ["No allergies", "No medicine was ordered", "No other medicine"],
    "k44-lenient-numbers": ["No medicine was ordered", "quarantine"],
    "k45-no-encounter": ["No findings", "No orders"],
    "k46-stub": ["scanned image", "No assessment"],
    "k51-nbsp-heading": ["No assessment", "heading for an assessment", "Follow\u2011up: 3"],
    "k52-docstatus-r5": ["cancelled note", "deprecated note"],
    "k55-dl": ["AssessmentStable", "PlanStart"],
    "k56-versioned-ref": ["No findings"],
    "k57-report-hidden-plan": ["=Acute MI pattern", "heading for an assessment"],
    "k59-role-performer": ["=Heart rate: 160 /min.", "=Heart rate: 72 /min."],
    "k60-whitespace-note": ["No assessment", "No separate plan"],
    "k61-hold-in-sig": ["Started: lisinopril", "Ordered: lisinopril"],
    "k64-two-same-started": ["Started: atorvastatin"],
    "k66-heading-case": ["No assessment", "heading for an assessment"],
    "k67-medication-note-conflict": ["(Normal; Critical)", "usual from"],
    "m01-epic-shape": ["Medicine not named", "not drafted"],
    "m02-ref-nodisplay": ["Medicine not named", "not drafted"],
    "m03-contained-wrong": ["Penicillin allergy"],
    "m04-contained-two-meds": ["aspirin"],
    "m05-three-doseandrate": ["10 mg, 1 tablet, 10 mg"],
    "m06-timingcode-codes": ["=1 tablet."],
    "m08-taper": ["then 40 mg daily; then 80", "=40 mg daily."],
    "m09-prn-range-max": ["=1-2 tabs q4-6h."],
    "m12-weekly-mtx": ["{tbl}", "0.5 days", "MORN.early", "1.0"],
    "m13-rate": ["[iU]", "100 mL / 1 h", "=4000 units."],
    "m14-status": ["entered-in-error"],
    "m16-reported": ["By Pat Case", "Started: lisinopril"],
    "m17-refills0-qtytbl": ["{tbl}"],
    "m18-listed": ["listed in our chart, not reviewed"],
    "m19-controlled": ["not drafted", "codeine 100-10 MG/5ML syrup: not"],
    "m20-freetext-only": [": not drafted"],
    "m21-codeonly": ["not named"],
    "m22-nullflavour": ["=Unknown.", "Unknown:"],
    "m23-newline-sig": ["..", "\n"],
    "m24-dup-changed": ["not drafted", "Started: lisinopril 20"],
    "m25-medstatement": ["No other medicine is listed"],
    "m26-decimal-units": ["30.0", "1.0", "imperative"],
    "n02-a-and-p": ["No assessment", "=Do not start anticoagulation. No"],
    "n04-assessment-ampersand-problem": ["=CHA2DS2-VASc 3. Start apixaban.", "=Renally dose.", "=No change."],
    "n05-markdown": ["- - CBC", "**", "##"],
    "n07-noheadings": ["No assessment was recorded"],
    "n09-heading-in-sentence": ["No assessment"],
    "n10-plan-with-meds-heading": ["=reviewed"],
    "n11-numbered-heading": ["No assessment", "2. ASSESSMENT"],
    "n12-bold-html-table": ["NoteAssessment", "Aspirin81", "WarfarinSTOP", "PlanStop"],
    "n13-rtf": ["\\rtf", "No assessment"],
    "n14-rtf-textrtf": ["\\rtf", "No assessment"],
    "n15-pdf": ["No assessment", "No separate plan", "No findings"],
    "n16-ccda": ["<", "No assessment"],
    "n17-binary-url": ["No assessment", "No separate plan"],
    "n20-latin1": ["\ufffd"],
    "n21-utf16": ["\x00", "\ufffd"],
    "n22-gzip": ["\x00", "\ufffd", "No assessment"],
    "n23-superseded": ["=Pericarditis.", "colchicine 0.6"],
    "n24-replaces-current": ["=Pericarditis.", "colchicine 0.6"],
    "n27-other-doctypes": ["Copay", "see you soon", "parking"],
    "n29-docstatus-none-amended-eie": ["WRONG PATIENT"],
    "n31-hardwrapped": ["=need admission.", "=take ibuprofen.", "=acute coronary syndrome and does not"],
    "n32-question-dropped": ["=reviewed"],
    "n34-attestation": ["Time spent", "Dictated", "Scribe"],
    "n35-plan-inline": ["Plan: ibuprofen"],
    "n36-dash-heading": ["No assessment"],
    "n39-xhtml-nested": ["metoprolol", "hidden"],
    "o01-obs": ["no value recorded", "(High)", "=Potassium: 6.1 mmol/L.", "=(18 Nov 2026)"],
    "o02-report-pdf": ["no conclusion recorded"],
    "p01-procs": ["=Ablation.", "=Not done: Cardiac catheterization.", "Pacemaker"],
    "q02-question-ref-only": ["No question", "Referral to cardiology"],
    "q03-codeonly": ["No question", "=R07.9"],
    "x01-codeonly": ["=91936005.", "=I48.0.", "=8480-6: 132 mmHg.", "=LAB1234 (ordered).", "=1 tablet, every 8 hours."],
    "x02-note-no-encounter": ["No assessment"],
    "x03-child-encounter": ["No findings"],
    "x06-prelim-then-final": ["likely PE", "heparin"],
    "x07-html-nesting": ["52 mg", "106/L", "NoteAssessment"],
    "x08-hl7-escapes": ["\\.br\\"],
    "x09-enc-reason": ["No question"],
    "x10-listed-conflict": ["No other medicine is listed"],
    "x11-sensitive": ["Insurance", "unpaid balance", "heterosexual"],
    "x12-family-history-heading": ["=Mother: breast cancer, MI at 50; COPD", "Diagnosis: costochondritis Mother"],
}  # fmt: skip
"""By case: words that stand nowhere on its papers; behind ``=`` a sentence that is none of theirs."""


@pytest.mark.parametrize("name", NAMES)
def test_a_case_has_a_whole_page_one_and_says_nothing_wrong(name: str, tmp_path: Path) -> None:
    try:
        papers = drafted(case(name), tmp_path)
    except (NoResultFound, MultipleResultsFound):
        assert name not in WRONG  # a case of two reports, or of none
        return
    assert [*problems(papers["consult-note"])] == []
    sentences = [said for paper in papers.values() for said in _said(paper)]
    wrong = WRONG.get(name, [])
    whole = [words for words in wrong if words.startswith("=") and words[1:] in sentences]
    inside = [words for words in wrong if not words.startswith("=") and any(words in said for said in sentences)]
    assert whole + inside == [], sentences


def _said(paper: Any) -> list[str]:
    """The head of a paper, its page one, its sections, and what stands where they are empty."""
    sections = [*(paper.first.sections if paper.first else ()), *paper.sections]
    items = [one.text for section in sections for item in section.everything for one in item]
    return [paper.patient, paper.seen, *items, *(one.empty for one in sections if not [*one.everything])]


def test_every_row_names_its_tests_and_each_of_them_is_there() -> None:
    first, second = (CASES / "CASES.md").read_text(encoding="utf-8").split("## Second list")
    found = {"first": _ROW.findall(first), "second": _ROW.findall(second.split("## What referrers want")[0])}
    assert len(found["first"]) == 67 and len(found["second"]) == 48
    assert {name: sorted(set(rows) ^ set(ROWS[name])) for name, rows in found.items()} == {"first": [], "second": []}
    named = {test for rows in ROWS.values() for tests in rows.values() for test in tests}
    assert [test for test in sorted(named) if not _is_there(test)] == []
    assert [number for rows in ROWS.values() for number, tests in rows.items() if not tests] == []


def _is_there(test: str) -> bool:
    """Whether a test is there by its file, its function and, where it names one, its parameter."""
    path, _, name = test.partition("::")
    function, _, parameter = name.partition("[")
    found = getattr(import_module(f"tests.{path.removesuffix('.py').replace('/', '.')}"), function, None)
    if found is None or not parameter:
        return found is not None
    marks = [mark for mark in getattr(found, "pytestmark", ()) if mark.name == "parametrize"]
    return any(parameter.rstrip("]") in map(str, mark.args[1]) for mark in marks)
