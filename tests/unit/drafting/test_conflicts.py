"""What cannot both hold is asked, each once; what agrees is not."""

from __future__ import annotations

from typing import Any

import pytest

from loopclose.drafting.conflicts import CODES
from loopclose.drafting.prescription_sheet import prescription_sheet
from loopclose.letters.html import to_html
from loopclose.letters.text import to_text
from tests.spec.cast import fact
from tests.unit.drafting.test_allergies import allergy
from tests.unit.drafting.test_papers import material, note

WARFARIN, LISINOPRIL = "Warfarin Sodium 5 MG Oral Tablet", "lisinopril 10 MG Oral Tablet"


def order(name: str, dose: Any = "1 tablet daily", fhir_id: str = "m", **more: Any) -> Any:
    instruction = [{"text": dose}] if isinstance(dose, str) else [dose]
    shape = {"status": "active", "intent": "order", "medicationCodeableConcept": {"text": name}, **more}
    return fact("MedicationRequest", fhir_id, dosageInstruction=instruction, **shape)


def asked(**more: Any) -> list[str]:
    found = prescription_sheet(material(**more)).to_settle
    assert {one.code for one in found} <= CODES.keys() and all(one.sources for one in found)
    return [one.code for one in found]


@pytest.mark.parametrize(
    ("drug", "substance", "more", "codes"),
    [
        (LISINOPRIL, "Lisinopril", {}, ["allergy"]),
        (LISINOPRIL, "ACE inhibitors", {}, ["allergy"]),
        ("enalapril 5 MG Oral Tablet", "Lisinopril", {}, ["allergy"]),
        ("amoxicillin 500 MG Oral Capsule", "Penicillin", {}, ["allergy"]),
        ("Augmentin 875 MG tablet", "Allergy to penicillin", {}, ["allergy"]),
        ("cephalexin 500 MG Oral Capsule", "Penicillin", {}, ["allergy"]),
        ("Bactrim DS tablet", "Sulfa", {}, ["allergy"]),
        ("Advil 200 MG", "Aspirin", {}, ["allergy"]),
        ("oxycodone 5 MG", "Codeine", {"type": "intolerance"}, []),
        ("Tylenol with codeine", "Codeine", {"type": "intolerance"}, ["allergy"]),
        (LISINOPRIL, "Lisinopril", {"clinicalStatus": "resolved"}, []),
        (LISINOPRIL, "Lisinopril", {"verificationStatus": "refuted"}, []),
        (LISINOPRIL, "Peanut", {}, []),
        ("losartan 50 MG Oral Tablet", "Lisinopril", {}, []),
        ("amoxicillin 500 MG", "PCN", {}, ["allergy"]),
        ("cephalexin 500 MG", "Beta-lactam antibiotics", {}, ["allergy"]),
        ("Bactrim DS", "Sulfonamides", {}, ["allergy"]),
        ("furosemide 40 MG", "Sulfonamides", {}, []),
        ("glipizide 5 MG", "Sulfa", {}, []),
        ("ferrous sulfate 325 MG", "Sulfites", {}, []),
        ("sulindac 150 MG", "Nonsteroidal antiinflammatory drugs", {}, ["allergy"]),
        ("aspirin 81 MG", "NSAIDs", {"type": "intolerance"}, ["allergy"]),
        ("atorvastatin 40 MG", "Statins", {"type": "intolerance"}, ["allergy"]),
        ("atorvastatin 40 MG", "Rosuvastatin", {"type": "intolerance"}, []),
        ("atorvastatin 40 MG", "Nystatin", {}, []),
        ("penicillamine 250 MG", "Penicillin", {}, []),
        ("lisinopril 10 MG", "ACEI", {}, ["allergy"]),
        ("Entresto 24-26 MG", "Lisinopril", {}, ["allergy"]),
        ("losartan 50 MG", "ARBs", {}, ["allergy"]),
        ("fentanyl 25 MCG/HR patch", "Opioids", {}, ["allergy"]),
        ("fentanyl 25 MCG/HR patch", "Codeine", {}, []),
        ("Tylenol #3", "Codeine", {}, ["allergy"]),
        ("diltiazem 120 MG", "Calcium channel blockers", {}, ["allergy"]),
        ("diltiazem 120 MG", "Amlodipine", {}, []),
        ("enoxaparin 40 MG", "Heparin induced thrombocytopenia", {}, ["allergy"]),
        ("apixaban 5 MG", "Warfarin", {}, []),
        ("Omnipaque 350", "IV contrast dye", {}, ["allergy"]),
        ("Depo-Medrol 40 MG", "Iodinated contrast", {}, []),
    ],
)
def test_a_medicine_against_an_allergy(drug: str, substance: str, more: dict[str, Any], codes: list[str]) -> None:
    assert asked(medications=(order(drug),), allergies=(allergy(substance, **more),)) == codes


@pytest.mark.parametrize(
    ("one", "other", "codes"),
    [
        (("Lipitor 40 mg tablet", "1 daily"), ("atorvastatin 40 MG Oral Tablet", "1 at bedtime"), ["duplicate"]),
        ((LISINOPRIL, "1 daily"), (LISINOPRIL, "2 daily"), ["duplicate"]),
        ((LISINOPRIL, "1 daily"), (LISINOPRIL, "1 daily"), []),
        (("Percocet 5/325", "1"), ("acetaminophen 500 MG Oral Tablet", "2"), ["duplicate"]),
        (("vitamin D3 1000 UNT", "1"), ("vitamin B12 100 MCG", "1"), []),
        (("insulin glargine 100 UNT/ML", "20 units"), ("insulin lispro 100 UNT/ML", "5 units"), []),
    ],
)
def test_one_ingredient_twice_on_the_list(one: Any, other: Any, codes: list[str]) -> None:
    assert asked(listed=(order(*one, fhir_id="a"), order(*other, fhir_id="b"))) == codes


def test_an_allergy_that_is_named_by_two_elements_cites_both() -> None:
    one = allergy("Penicillins", reaction=[{"substance": {"text": "Amoxicillin 500"}}])
    (found,) = prescription_sheet(material(medications=(order("Augmentin"),), allergies=(one,))).to_settle
    assert "“Penicillins (Amoxicillin 500)”" in found.text
    assert "AllergyIntolerance.reaction.substance" in {source.path for source in found.sources}


@pytest.mark.parametrize(
    ("code", "drug"),
    [
        ("764146007", "amoxicillin 500 MG"),
        ("387406002", "Bactrim DS"),
        ("372665008", "ibuprofen 600 MG"),
        ("41549009", "lisinopril 10 MG"),
    ],
)
def test_an_allergy_that_is_a_code_alone_is_asked_about(code: str, drug: str) -> None:
    substance = {"coding": [{"system": "http://snomed.info/sct", "code": code}]}
    assert asked(medications=(order(drug),), allergies=(fact("AllergyIntolerance", "a", code=substance),)) == [
        "allergy"
    ]


@pytest.mark.parametrize(
    ("one", "other", "more", "codes"),
    [
        ("apixaban 5 MG", WARFARIN, {}, ["same_kind"]),
        ("Lovenox 80 MG", "Coumadin 5 MG", {}, ["same_kind"]),
        (LISINOPRIL, "enalapril 5 MG", {}, ["same_kind"]),
        (LISINOPRIL, "Hyzaar 50-12.5 MG", {}, ["same_kind"]),
        ("Entresto 24-26 MG", LISINOPRIL, {}, ["same_kind"]),
        ("Crestor 10 MG", "atorvastatin 40 MG", {}, ["same_kind"]),
        ("ibuprofen 600 MG", "naproxen 500 MG", {}, ["same_kind"]),
        ("ibuprofen 600 MG", "aspirin 81 MG", {}, []),
        ("ibuprofen 600 MG", "diclofenac 1 % gel", {}, []),
        ("apixaban 5 MG", "heparin lock flush 10 UNT/ML", {}, []),
        ("apixaban 5 MG", WARFARIN, {"status": "on-hold"}, []),
        ("apixaban 5 MG", WARFARIN, {"status": "stopped"}, []),
        ("apixaban 5 MG", "clopidogrel 75 MG", {}, []),
    ],
)
def test_two_of_a_kind_of_which_one_is_usually_taken(one: str, other: str, more: Any, codes: list[str]) -> None:
    found = {"medications": (order(one, fhir_id="a"),), "listed": (order(other, fhir_id="b", **more),)}
    assert asked(**found) == codes


def test_two_of_a_kind_are_asked_about_once_where_the_note_stops_one() -> None:
    found = {"medications": (order("apixaban 5 MG", fhir_id="a"),), "listed": (order(WARFARIN, fhir_id="b"),)}
    assert asked(**found, documents=(note("Plan:\nStop warfarin, start apixaban."),)) == ["note_stops"]


def test_what_is_replaced_and_still_active_is_asked_about() -> None:
    old = order(LISINOPRIL, fhir_id="old")
    new = order("lisinopril 20 MG Oral Tablet", priorPrescription={"reference": "MedicationRequest/old"})
    assert asked(medications=(new,), listed=(old,)) == ["still_listed"]
    stopped = order(LISINOPRIL, fhir_id="old", status="completed")
    assert asked(medications=(new,), listed=(stopped,)) == []


@pytest.mark.parametrize(
    ("line", "codes"),
    [
        ("stop warfarin, start apixaban", ["note_stops", "note_starts"]),
        ("Discontinue Coumadin.", ["note_stops"]),
        ("hold warfarin 3 days before the procedure", ["note_stops"]),
        ("do not stop warfarin", []),
        ("Continue warfarin 5 mg daily", []),
        ("continue aspirin and warfarin; stop smoking", []),
        ("warfarin 2.5 mg daily", ["note_dose"]),
        ("She was on warfarin for AF.", []),
    ],
)
def test_a_note_against_the_list(line: str, codes: list[str]) -> None:
    assert asked(listed=(order(WARFARIN),), documents=(note(f"Plan: {line}"),)) == codes


@pytest.mark.parametrize(
    ("line", "dose", "codes"),
    [
        ("Continue warfarin 5 mg BID.", {"repeat": (1, 1, "d")}, ["note_dose"]),
        ("warfarin b.i.d.", {"repeat": (1, 1, "d")}, ["note_dose"]),
        ("warfarin 5 mg, q12h", {"repeat": (1, 1, "d")}, ["note_dose"]),
        ("warfarin 5 mg TID and aspirin", "1 tablet twice daily", ["note_dose"]),
        ("Start warfarin 5 mg daily", {"repeat": (2, 1, "d")}, ["note_dose"]),
        ("warfarin 5 mg every other day", "1 tablet daily", ["note_dose"]),
        ("warfarin weekly", "1 tablet daily", ["note_dose"]),
        ("warfarin 5 mg twice a day", {"repeat": (1, 12, "h")}, []),
        ("warfarin 5 mg daily, carvedilol 6.25 mg BID", "1 tablet daily", []),
        ("warfarin and zorbexil BID", "1 tablet daily", []),
        ("warfarin 5 mg daily to BID", "1 tablet daily", []),
        ("warfarin 5 mg nightly", "1 tablet daily", []),
        ("warfarin 5 mg 3 times weekly", "1 tablet daily", []),
        ("warfarin 5 mg daily", "1 in the morning, 1 at night", []),
        ("warfarin BID", "as directed", []),
    ],
)
def test_how_often_in_the_note_against_the_order(line: str, dose: Any, codes: list[str]) -> None:
    if isinstance(dose, dict):
        names = zip(("frequency", "period", "periodUnit"), dose["repeat"], strict=True)
        dose = {"timing": {"repeat": dict(names)}, "doseAndRate": [{"doseQuantity": {"value": 1, "unit": "tablet"}}]}
    found = asked(listed=(order(WARFARIN, dose),), documents=(note(f"Plan: {line}"),))
    assert [one for one in found if one != "note_starts"] == codes


def test_a_dose_in_the_note_agrees_with_so_many_tablets() -> None:
    two = order(LISINOPRIL, "2 tablets daily")
    assert asked(listed=(two,), documents=(note("Plan: lisinopril 20 mg daily"),)) == []
    assert asked(listed=(two,), documents=(note("Plan: lisinopril 40 mg daily"),)) == ["note_dose"]


@pytest.mark.parametrize("words", ["NKDA", "Allergies: no known drug allergies", "Patient denies allergies."])
def test_no_allergies_in_the_note_against_one_in_the_chart(words: str) -> None:
    documents = (note(f"Exam: {words}"),)
    assert asked(documents=documents, allergies=(allergy("Penicillin"),)) == ["note_allergies"]
    assert asked(documents=documents, allergies=(allergy("Penicillin", verificationStatus="refuted"),)) == []


def test_no_drug_allergies_beside_one_to_food_is_no_conflict() -> None:
    peanut, penicillin = allergy("Peanut", category=["food"]), allergy("Penicillin", "b", category=["medication"])
    assert asked(documents=(note("Exam: NKDA"),), allergies=(peanut,)) == []
    assert asked(allergies=(allergy("NKDA", "n"), peanut)) == []
    assert asked(allergies=(allergy("NKDA", "n"), peanut, penicillin)) == ["allergies"]
    assert asked(allergies=(allergy("No known allergies", "n"), peanut)) == ["allergies"]


def test_no_known_allergies_beside_an_allergy() -> None:
    assert asked(allergies=(allergy("NKDA", "n"), allergy("Penicillin"))) == ["allergies"]


@pytest.mark.parametrize(
    ("text", "dose", "repeat", "codes"),
    [
        ("Take 2 tablets daily", 1, None, ["text_structure"]),
        ("Take two tabs daily", 1, None, ["text_structure"]),
        ("Take 1 tablet daily", 1, None, []),
        ("Take 1-2 tablets daily", 1, None, []),
        ("Take 1 tablet daily", 1, {"frequency": 2, "period": 1, "periodUnit": "d"}, ["text_structure"]),
        ("Take 1 tablet BID", 1, {"frequency": 2, "period": 1, "periodUnit": "d"}, []),
        ("Take as directed", 1, {"frequency": 2, "period": 1, "periodUnit": "d"}, []),
    ],
)
def test_words_against_the_coded_part(text: str, dose: int, repeat: Any, codes: list[str]) -> None:
    instruction = {"text": text, "doseAndRate": [{"doseQuantity": {"value": dose, "unit": "tablet"}}]}
    if repeat:
        instruction["timing"] = {"repeat": repeat}
    assert asked(medications=(order("warfarin 5 MG Oral Tablet", instruction),)) == codes


def test_conflicts_stand_first_in_every_form() -> None:
    paper = prescription_sheet(material(medications=(order(LISINOPRIL),), allergies=(allergy("Lisinopril"),)))
    for shown in (to_text(paper), to_html(paper)):
        low = shown.lower()
        assert 0 < low.index("to settle before signing") < low.index("ordered at this visit")
        assert "it is the same drug." in shown
