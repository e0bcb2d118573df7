"""Charts that real EHRs send, read and drafted: what the consult note says of the visit's notes."""

from __future__ import annotations

import time
from pathlib import Path

import pytest

from tests.interop.drafting import case, drafted

ASSESSMENT, PLAN = "assessment", "plan"
SAID: dict[str, dict[str, list[str]]] = {
    "k01-pasted-report": {
        "assessment": ["Nodule resolved on CT of 2021"],
        "findings": ["CT chest 03/02/2019 (County Hospital)", "IMPRESSION: Findings suspicious for malignancy."],
    },
    "k02-checkbox-html": {
        "note-review-of-systems": ["☐ Chest pain", "☑ Palpitations", "☐ Syncope"],
        "assessment": ["Pregnant: No"],
        "plan": ["No antiarrhythmic"],
    },
    "k04-lt-in-html": {
        "assessment": ["hs-troponin <LOD at 0 h and 2 h, ACS excluded."],
        "plan": ["hold apixaban if platelets <b50 , otherwise continue."],
        "follow_up": ["call if SBP <90 or >180."],
    },
    "k05-two-parts": {"assessment": ["stable angina."], "plan": ["stop diltiazem"]},
    "k06-urlsafe-b64": {"assessment": ["“No” ischaemia"]},
    "k07-data-uri": {"assessment": ["unstable angina."]},
    "k10-bom": {"assessment": ["Paroxysmal AF."]},
    "k11-type-case": {"assessment": ["Paroxysmal AF."]},
    "k12-markdown-type": {"assessment": ["Paroxysmal AF."], "plan": ["start apixaban."]},
    "k13-hash-number": {
        "assessment": [
            "#1 Atrial fibrillation: start apixaban 5 mg BID, stop aspirin",
            "Dispense apixaban #60, 3 refills",
        ]
    },
    "k14-two-authors": {"assessment": ["Hana Heart:", "Not pulmonary embolism", "Sam Student, MS4", "Likely pulm"]},
    "k17-spanish": {"assessment": ["angina estable"], "plan": ["bisoprolol 2,5 mg"], "follow_up": ["3 meses"]},
    "k18-html-img": {
        "findings": ["[image in the note: ECG: ST elevation V1-V3]"],
        "plan": ["3. stop digoxin"],
    },
    "k19-htmlplain": {"assessment": ["No DVT."], "plan": ["none & reassured; BP <140"]},
    "k20-underlined": {"assessment": ["CAD, stable."], "plan": ["Continue statin."]},
    "k37-bidi": {"assessment": ["dose 05 gm daily."], "plan": ["warfarin 5 mg"]},
    "k46-stub": {"assessment": ["could not be read here (PDF); see the chart."]},
    "k51-nbsp-heading": {"assessment": ["Paroxysmal AF. Start apixaban."], "follow_up": ["3 months"]},
    "k52-docstatus-r5": {"assessment": ["(partial, not final)", "(registered, not final)"]},
    "k55-dl": {"assessment": ["Stable angina."], "plan": ["Start bisoprolol."]},
    "k57-report-hidden-plan": {"assessment": ["mild mitral stenosis"], "findings": ["Conclusion: severe mitral"]},
    "k60-whitespace-note": {"assessment": ["is empty."]},
    "k66-heading-case": {
        "assessment": ["1. AF - start apixaban", "Final Diagnosis: AF with RVR", "Working diagnosis: PE"],
        "plan": ["PLAN (revised 11/21): no apixaban, bleeding"],
    },
    "n02-a-and-p": {"assessment": ["#1 Palpitations: No arrhythmia on Holter."], "follow_up": ["RTC 3 months"]},
    "n04-assessment-ampersand-problem": {"assessment": ["Atrial fibrillation: CHA2DS2-VASc 3. Start apixaban."]},
    "n05-markdown": {"assessment": ["No evidence of heart failure.", "Anemia, OSA"], "plan": ["CBC", "Sleep study"]},
    "n07-noheadings": {"note-text": ["I do not think that her pain is cardiac.", "repeat her potassium"]},
    "n08-copied": {"assessment": ["(Word for word as in the note of 20 Sep 2026.)"]},
    "n09-heading-in-sentence": {"assessment": ["Plan of care was discussed", "NSTEMI ruled out"]},
    "n10-plan-with-meds-heading": {"plan": ["STOP lisinopril", "Allergies: reviewed", "2. AF: rate control"]},
    "n11-numbered-heading": {"assessment": ["COPD"], "plan": ["refer to pulmonology"], "follow_up": ["none with us"]},
    "n12-bold-html-table": {"assessment": ["Aspirin: 81 mg", "Warfarin: STOP"], "plan": ["Stop warfarin"]},
    "n13-rtf": {"assessment": ["No MI."], "plan": ["discharge to PCP."]},
    "n14-rtf-textrtf": {"assessment": ["No MI."]},
    "n15-pdf": {"assessment": ["could not be read here (PDF); see the chart."]},
    "n16-ccda": {"assessment": ["No MI."]},
    "n17-binary-url": {"assessment": ["No MI."]},
    "n20-latin1": {"assessment": ["BP 120–80 – fine; temp 37°C, µg dose"]},
    "n21-utf16": {"assessment": ["No MI."], "plan": ["none"]},
    "n22-gzip": {"assessment": ["could not be read here (text)"]},
    "n23-superseded": {"assessment": ["Pericarditis ruled out."], "note-others": ["was replaced and is not quoted."]},
    "n24-replaces-current": {"plan": ["no colchicine"], "note-others": ["was replaced and is not quoted."]},
    "n26-transforms": {"assessment": ["Stable."], "plan": ["continue."]},
    "n27-other-doctypes": {
        "assessment": ["CAD."],
        "note-others": ["Nurse Note", "Instructions", "Telephone"],
    },
    "n29-docstatus-none-amended-eie": {"assessment": ["amended text.", "no status."]},
    "n30-long": {"assessment": ["Line 0 of the copied"], "note-more-assessment": ["Line 149 of the copied"]},
    "n31-hardwrapped": {"assessment": ["no evidence of acute coronary syndrome and does not need admission."]},
    "n32-question-dropped": {"question": ["In our note: can she stop her aspirin before surgery?"]},
    "n34-attestation": {"assessment": ["Attestation: I saw the patient with the resident and disagree"]},
    "n35-plan-inline": {"assessment": ["chest wall pain"], "plan": ["ibuprofen prn, return if worse"]},
    "n36-dash-heading": {"assessment": ["No MI."], "plan": ["Aspirin."], "follow_up": ["None"]},
    "n39-xhtml-nested": {"assessment": ["No MI."], "plan": ["stop aspirin"]},
    "x06-prelim-then-final": {"assessment": ["PE excluded on CT."], "plan": ["no anticoagulation."]},
    "x07-html-nesting": {"plan": ["Stop aspirin"], "follow_up": ["5² mg, H2O, 1½ tab, 10^6/L", "1. First"]},
    "x08-hl7-escapes": {"assessment": ["No MI."], "plan": ["stop aspirin"]},
    "x10-listed-conflict": {"note-allergies": ["NKDA"], "note-medications": ["warfarin 5 mg daily"]},
    "x11-sensitive": {"assessment": ["(restricted in the chart)"], "note-social-history": ["IV heroin use"]},
    "x12-family-history-heading": {
        "assessment": ["chest wall pain.", "Diagnosis: costochondritis"],
        "note-family-history": ["Mother: breast cancer"],
        "note-past-medical-history": ["COPD"],
    },
    "right-n01-ap-caps": {"assessment": ["1. Stable angina - likely CAD"], "follow_up": ["6 weeks"]},
    "right-n18-two-att": {"assessment": ["Syncope, vasovagal."], "plan": ["none."]},
    "right-n19-wrapped-b64": {"assessment": ["Wrapped base64, no MI."]},
    "right-n28-docstatus-draft": {"assessment": ["(preliminary, not final)", "maybe PE?"], "plan": ["CTPA"]},
    "right-n38-htmlentities": {"assessment": ["EF <40% and K+ >5.5 & rising"], "plan": ["<hold> lisinopril"]},
    "right-x15-neg-heading": {
        "assessment": ["No evidence of: Diagnosis: DVT; PE"],
        "plan": ["Do not: Plan of care"],
    },
}
"""By case and section: what must stand there."""
NOT_SAID = {
    "k01-pasted-report": {"assessment": "suspicious", "plan": "Tissue sampling"},
    "k02-checkbox-html": {"plan": "amiodarone", "assessment": "Yes"},
    "k20-underlined": {"plan": "signed by", "assessment": "===", "note-text": "Page"},
    "k46-stub": {"note-text": "scanned image"},
    "k52-docstatus-r5": {"assessment": "cancelled note", "plan": "deprecated"},
    "k57-report-hidden-plan": {"assessment": "acute MI"},
    "n07-noheadings": {"findings": "potassium"},
    "n23-superseded": {"assessment": "Pericarditis. ", "plan": "colchicine 0.6"},
    "n24-replaces-current": {"plan": "colchicine 0.6"},
    "n27-other-doctypes": {"findings": "Copay", "plan": "see you soon", "note-text": "parking"},
    "n29-docstatus-none-amended-eie": {"assessment": "WRONG PATIENT"},
    "n34-attestation": {"plan": "Attestation", "assessment": "Scribe"},
    "n39-xhtml-nested": {"plan": "metoprolol"},
    "x06-prelim-then-final": {"assessment": "likely PE", "plan": "heparin"},
    "x12-family-history-heading": {"assessment": "Mother"},
}
"""By case and section: what must not."""


@pytest.mark.parametrize("name", sorted(SAID))
def test_what_the_notes_of_a_visit_say_stands_where_it_belongs(name: str, tmp_path: Path) -> None:
    paper = drafted(case(name), tmp_path)["consult-note"]
    said = {one.code: " ".join(part.text for item in one.items for part in item) for one in paper.sections}
    for section, expected in SAID[name].items():
        assert [words for words in expected if words not in said.get(section, "")] == [], said
    for section, words in NOT_SAID.get(name, {}).items():
        assert words not in said.get(section, ""), said
    empties = [one.empty for one in paper.sections if not one.items and one.code not in ("question", "orders")]
    assert name == "right-n37-empty-assessment" or not [one for one in empties if "was recorded" in one], empties


@pytest.mark.parametrize("name", ["k48-slow", "k49-slow-html", "k50-slow1"])
def test_a_note_of_many_spaces_takes_no_time(name: str, tmp_path: Path) -> None:
    begun = time.thread_time()
    paper = drafted(case(name), tmp_path)["consult-note"]
    assert time.thread_time() - begun < 5
    said = {one.code: " ".join(part.text for item in one.items for part in item) for one in paper.sections}
    assert "ok." in said["assessment"]


def test_a_note_with_empty_headings_records_nothing(tmp_path: Path) -> None:
    paper = drafted(case("right-n37-empty-assessment"), tmp_path)["consult-note"]
    said = {one.code: one.empty for one in paper.sections if not one.items}
    assert said["assessment"] == "No assessment was recorded at this visit."
    assert said["plan"] == "No separate plan was recorded at this visit."
