"""Charts that real EHRs send, read and drafted: results, orders, diagnoses, procedures, and whose paper it is."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from loopclose.letters.text import to_text
from loopclose.sandbox.faults import Fault
from tests.interop.drafting import case, drafted, practice
from tests.interop.made import PATIENT, VISIT, chart, medicine, note, order
from tests.store.line import NOW

RIGHT: dict[str, tuple[list[str], list[str]]] = {
    "o01-obs": (
        [
            "Potassium 6.1 mmol/L, critically high (usual 3.5–5.1).",
            "Laboratory: Hemolyzed specimen.",
            "Never smoked tobacco (SNOMED 266919005)",
            "from 1 Jan 2026 to 1 Feb 2026",
            "SampledECG: recorded as a curve",
            "Lipid panel: Cholesterol.",
            "Cholesterol: 180 mg/dL.",
            "Hemoglobin: cancelled.",
            "Blood pressure, left arm: ",
            "Diastolic blood pressure not available (not performed)",
            "Titer: 1:128.",
            "EF: 55–60%.",
            "<5 ng/L, normal (usual up to 14)",
            "not all of its results could be read",
            "Comment: line1 line2",
        ],
        ["no value recorded", "drunk", "(High)"],
    ),
    "x03-child-encounter": (["Potassium 6.4 mmol/L, critically high."], []),
    "p01-procs": (
        [
            "Not done: Cardiac catheterization (Patient refused).",
            "Complication: Skin tear.",
            "To follow: Repeat ECG in 1 week.",
            "Normal sinus rhythm.",
            "Status unknown: Ablation.",
            "Planned: Stress test.",
            "Electrocardiogram, 20 Nov 2026.",
        ],
        ["Pacemaker"],
    ),
    "c01-conditions": (
        [
            "Chest pain (diagnosis of this visit).",
            "Ruled out: Pulmonary embolism.",
            "Suspected: Angina, left (severe; CCS class II), since last summer.",
            "Only on exertion.",
            "Gout (resolved 2020).",
        ],
        ["higher education", "No known problems", "STEMI", "(finding)", "embolism (inactive)"],
    ),
    "k40-cond-dup": (
        ["Pregnancy (resolved 2 Oct 2026)", "Myocardial infarction, at age 48.", "Possible: Deep vein thrombosis"],
        ["Pregnancy (resolved)."],
    ),
    "k45-no-encounter": (
        [
            "Systolic blood pressure: 212 mmHg (tied to this visit by time",
            "Severe aortic stenosis (tied",
            "Transesophageal",
        ],
        ["No orders", "No findings"],
    ),
    "k56-versioned-ref": (["Potassium: 6.6 mmol/L (tied to this visit by time", "Hemoglobin: 6.1 g/dL."], []),
    "k39-order-obs": (
        [
            "Cardiac MRI (ordered, result pending, quantity 3, as needed).",
            "PCP to check creatinine first.",
            "Told to the patient: Fast from midnight.",
            "INR twice a week",
        ],
        [],
    ),
    "k29-laterality": (
        [
            "Intraocular pressure, left eye: 34 mmHg.",
            "Intraocular pressure, right eye: 15 mmHg.",
            "Proliferative retinopathy, left eye",
            "Panretinal photocoagulation, left eye, 20 Nov 2026.",
            "Cataract extraction, right eye (ordered",
        ],
        [],
    ),
    "k30-obs-note": (
        [
            "Potassium: 6.8 mmol/L. Laboratory: Specimen grossly hemolyzed, result unreliable; recollect.",
            "now growing gram-positive cocci.",
        ],
        [],
    ),
    "k54-see-note": (["Laboratory: Result 6.9 mmol/L, called to Dr. Heart 14:20."], []),
    "k32-component-flags": (
        ["Blood pressure 212/124 mmHg, critically high", "systolic usual up to 130", "(not performed)", "78.72 kg"],
        ["78.718", "no reason given"],
    ),
    "k33-serial": (
        ["sensitivity, 10:00: 9 ng/L.", "sensitivity, 12:00: 88 ng/L.", "sensitivity, 15:00: 812 ng/L (rising)."],
        [],
    ),
    "k34-corrected": (
        ["Potassium: 4.1 mmol/L (corrected).", "Potassium: cancelled.", "Creatinine: not available (not yet known)"],
        ["9.9", "6.1"],
    ),
    "k59-role-performer": (
        ["160 /min (patient-reported home device; measured by the patient)", "72 /min (12-lead ECG)"],
        [],
    ),
    "k15-careplan": (["severe aortic stenosis.", "refer to surgery this week; no exertion."], ["No assessment"]),
    "h01-patient": (["Pat Q Case Jr., born 5 Mar 1970, died 22 Nov 2026"], ["Maiden", "Patty"]),
    "o02-report-pdf": (
        [
            "Echocardiogram: report attached (PDF), not quoted.",
            "CT chest: No PE. Incidental 8 mm nodule; recommend CT in 6 months; Pulmonary nodule.",
            "syncope",
            "MRI: cancelled.",
            "Holter (added to): NSVT 8 beats.",
        ],
        ["no conclusion recorded", "History and physical note: "],
    ),
    "x01-codeonly": (
        [
            "Paroxysmal atrial fibrillation (ICD-10 I48.0)",
            "Systolic blood pressure (LOINC 8480-6): 132 mmHg.",
            "Name not in chart (CPT 93000)",
            "Name not in chart (code LAB1234)",
            "(SNOMED 91936005)",
        ],
        [" I48.0.", " 93000."],
    ),
    "q02-question-ref-only": (["Exertional chest pain"], ["No question", "Referral to cardiology"]),
    "q03-codeonly": (["Chest pain (ICD-10 R07.9)"], ["No question"]),
    "x09-enc-reason": (["Reason for the visit: Syncope"], ["No question"]),
    "k43-quarantined": (
        ["A medicine could not be read safely", "Potassium: 7.1 mmol/L.", "Penicillin"],
        ["No allergies", "No medicine", "No findings"],
    ),
}
"""By case: what must stand on the papers, and what must not."""


MOVED = ["HIV disease", "7.1 mmol/L", "apixaban 5 MG", "Penicillin"]
"""What the wrong patient's papers said."""


@pytest.mark.parametrize("name", sorted(RIGHT))
def test_a_case_is_drafted_rightly(name: str, tmp_path: Path) -> None:
    said = shown(name, tmp_path)
    right, wrong = RIGHT[name]
    assert [words for words in right if words not in said] == [], said
    assert [words for words in wrong if words in said] == [], said


def shown(name: str, folder: Path) -> str:
    """What both papers of a case say, without where it came from, on one line."""
    papers = drafted(case(name), folder).values()
    heads = " ".join(f"{paper.patient} {paper.seen}" for paper in papers)
    sections = [section for paper in papers for section in paper.sections]
    items = [one.text for section in sections for item in section.items for one in item]
    return " ".join([heads, *items, *(section.empty for section in sections if not section.items)])


def test_serial_results_stand_in_their_order(tmp_path: Path) -> None:
    said = shown("k33-serial", tmp_path)
    assert said.index(" 9 ng/L") < said.index(" 88 ng/L") < said.index(" 812 ng/L")


@pytest.mark.parametrize("first", ["k41-moved", "k41b-right-patient"])
@pytest.mark.parametrize("change", ["moved", "deleted"])
def test_what_moved_to_its_right_patient_or_was_deleted_stands_in_no_other_paper(
    first: str, change: str, tmp_path: Path
) -> None:
    wrong, right = case("k41-moved"), case("k41b-right-patient")
    moving = [one for one in wrong if one["id"].endswith("-moved") and one["id"][2] == "-"]
    assert len(moving) == 4
    everything = {(one["resourceType"], one["id"]): one for one in (*wrong, *right)}
    with practice([*everything.values()], tmp_path) as ehr:
        before = ehr.said("k41-moved")
        assert all(word in before for word in MOVED)
        for one in moving:
            if change == "deleted":
                ehr.store.delete(one["resourceType"], one["id"])
                continue
            text = json.dumps(one).replace("Patient/k41-moved", "Patient/k41b-right-patient")
            ehr.store.put(json.loads(text.replace("e-k41-moved", "e-k41b-right-patient")), NOW)
        order = [first, *{"k41-moved", "k41b-right-patient"} - {first}]
        after = {name: ehr.said(name) for name in order}
        again = ehr.said("k41-moved")
    assert not [word for word in MOVED if word in after["k41-moved"]]
    for kinds in ("an allergy, a diagnosis, a medicine and a finding or result", "an allergy and a medicine"):
        assert f"An earlier draft told of {kinds}, which the chart of this patient no longer holds" in again
        assert kinds not in after["k41b-right-patient"]
    assert [word for word in MOVED if word in after["k41b-right-patient"]] == (MOVED if change == "moved" else [])


@pytest.mark.parametrize("kind", ["AllergyIntolerance", "MedicationRequest", "Observation", "Condition"])
def test_k47_an_answer_that_says_it_is_not_whole_proves_no_absence(kind: str, tmp_path: Path) -> None:
    denied = {"AllergyIntolerance": ["No allergies"], "MedicationRequest": ["No medicine", "No other medicine"]}
    with practice(case("k47-partial"), tmp_path) as ehr:
        assert "No allergies were recorded in our chart." in ehr.said("k47-partial")
        ehr.faults.append(Fault("withheld", kind, on="search"))
        said = ehr.said("k47-partial")
    assert "The EHR withheld part of its answer about" in said
    assert not [words for words in denied.get(kind, ["No findings"]) if f"\n{words}" in said], said


def test_k42_what_was_deleted_is_gone_from_the_next_draft(tmp_path: Path) -> None:
    own = [
        {"resourceType": "Condition", "id": "cancer", "code": {"text": "Lung cancer"}, "subject": PATIENT,
         "encounter": VISIT, "verificationStatus": {"coding": [{"code": "confirmed"}]}},
        medicine("apixaban", "apixaban 5 MG Oral Tablet", "1 tablet twice daily"),
        order("ct", "CT chest"), note("Assessment: Lung nodule.", fhir_id="stays"),
    ]  # fmt: skip
    with practice(chart(*own), tmp_path) as ehr:
        before = ehr.said("a05-none")
        assert all(words in before for words in ("Lung cancer", "1 tablet twice daily", "CT chest"))
        for one in own[:3]:
            ehr.store.delete(one["resourceType"], one["id"])
        after = ehr.said("a05-none")
    assert not [words for words in ("Lung cancer", "apixaban", "twice daily", "CT chest") if words in _told(after)]
    assert "Lung nodule." in after and "No medicine was ordered at this visit." in after
    assert (
        "An earlier draft told of a diagnosis, a medicine and an order, which the chart of this patient no longer holds"
        in after
    )


def test_what_the_ehr_does_not_offer_is_said_to_be_so(tmp_path: Path) -> None:
    papers = drafted(
        case("k35-type-unsupported"), tmp_path, ("Patient", "Encounter", "ServiceRequest", "DocumentReference")
    )
    said = to_text(papers["prescription-sheet"])
    assert "Allergies: not available from this EHR." in said and "No " not in said


def _told(said: str) -> str:
    """A text without the lines that say where it came from."""
    return "\n".join(line for line in said.splitlines() if not line.strip().startswith("["))
