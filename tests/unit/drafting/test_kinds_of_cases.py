"""The kinds of charts that came out wrong, in other words, drugs and shapes than those in which they were met."""

from __future__ import annotations

import base64
import json
from typing import Any

import msgspec
import pytest
from msgspec import structs

from fhir_adapters.facts import CodeableConcept
from loopclose.drafting.allergy_words import denies_allergies
from loopclose.drafting.consult_note import consult_note
from loopclose.drafting.diagnoses import diagnosis_items
from loopclose.drafting.dosing import dosage_words
from loopclose.drafting.drugs import best_name
from loopclose.drafting.notes import attachments
from loopclose.drafting.notes.note import TOO_MANY
from loopclose.drafting.notes.sections import sections_of
from loopclose.drafting.paper import Section, Sentence, Source
from loopclose.drafting.results import observation_item
from loopclose.drafting.to_sign import unreadable_of
from loopclose.drafting.words import forms
from loopclose.drafting.words.encoding import bytes_of
from loopclose.drafting.words.forms import words
from tests.spec.cast import BOSTON, fact
from tests.unit.drafting.test_allergies import REACTION, allergy, said
from tests.unit.drafting.test_conflicts import asked
from tests.unit.drafting.test_medicines import RXNORM, VISIT, sheet
from tests.unit.drafting.test_papers import material, texts
from tests.unit.drafting.test_results import ABOUT, quantity, result
from tests.unit.drafting.test_versions import note, relates
from tests.unit.drafting.test_wording import dosage, dose


def cut(text: str, kind: str = "text/plain") -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    for one in sections_of(words(kind, text.encode())):
        found.setdefault(one.code, []).extend(one.paragraphs)
    return found


@pytest.mark.parametrize(
    ("markup", "plan"),
    [
        ("<style>p.MsoDel, .gone { display : none } #old{display:none}</style><h2>Plan</h2><p class=MsoDel>x</p>"
         "<p id=old>y</p><p>apixaban</p>", ["apixaban"]),
        ("<h2>Plan</h2><span class='strikethrough'>warfarin</span> apixaban", ["apixaban"]),
        ("<h2>Plan</h2><p style='text-decoration: underline line-through'>warfarin</p>apixaban", ["apixaban"]),
        ("<h2>Plan</h2><w:del>warfarin</w:del>apixaban<p style='visibility: collapse'>x</p>", ["apixaban"]),
        ("<h2>Plan</h2><div role=checkbox aria-checked=true>Echo</div><div role=checkbox aria-checked=false>MRI</div>",
         ["☑ Echo", "☐ MRI"]),
        ("<h2>Plan</h2><table><tr><td><input type=checkbox></td><td>MRI</td></tr></table>", ["☐ MRI"]),
        ("<p><b>HPI:</b> well <strong>Plan:</strong> do <b>not</b> drive</p>", ["do not drive"]),
        ("<![CDATA[<h2>Plan</h2><p>K<3.5: replete, INR >4 hold]]>", ["K<3.5: replete, INR >4 hold"]),
    ],
)  # fmt: skip
def test_hidden_struck_ticked_and_bold_words_of_html(markup: str, plan: list[str]) -> None:
    assert cut(markup, "text/html")["plan"] == plan


@pytest.mark.parametrize(
    ("rtf", "plan"),
    [
        (r"{\rtf1\ansi Plan: {\strike warfarin }apixaban\par}", ["apixaban"]),
        (r"{\rtf1\ansi Plan: \striked1 warfarin \striked0 apixaban\par}", ["apixaban"]),
        (r"{\rtf1\ansi Plan: \strike warfarin \plain apixaban\par}", ["apixaban"]),
        ("{\\rtf1\\ansi Plan: apixaban\\par}\x00\r\n", ["apixaban"]),
        (r"{\rtf1\ansi Plan: \u-10179?\u-8704?apixaban\par}", ["\U0001f600apixaban"]),
    ],
)
def test_struck_words_and_odd_characters_of_rtf(rtf: str, plan: list[str]) -> None:
    assert cut(rtf, "application/rtf")["plan"] == plan


TEXT = b"Plan: dose \xe2\x89\xa55 mg; stop aspirin."
DATA = base64.b64encode(TEXT).decode()


@pytest.mark.parametrize(
    "data",
    [
        DATA.rstrip("="),
        f"{DATA[:20]} {DATA[20:]}",
        f"{DATA[:20]}\\n{DATA[20:]}",
        DATA.replace("=", "%3D"),
        f"DATA:text/plain;charset=utf-8;BASE64,{DATA}",
        base64.b64encode(DATA.encode()).decode(),
    ],
)
def test_odd_writings_of_base64_are_read(data: str) -> None:
    found = bytes_of(data)
    assert found is not None and found.data == TEXT


@pytest.mark.parametrize("data", ["Plan none", "Assessment Stable Angina", "Plan: rest", "Stop aspirin today now"])
def test_plain_text_is_no_base64(data: str) -> None:
    found = bytes_of(data)
    assert found is None or found.data.decode("ascii", "replace") != data


@pytest.mark.parametrize(
    "kind", ["TEXT", "txt", "plain/text", "text/plain; charset=utf-16", "Text/Plain;Charset=UTF-8"]
)
def test_types_by_their_short_names_and_a_charset_that_is_not_true(kind: str) -> None:
    assert words(kind, TEXT) == TEXT.decode()
    assert words("text/plain; charset=utf-8", TEXT.decode().encode("utf-16-le")) == TEXT.decode()


@pytest.mark.parametrize(
    ("text", "code", "those"),
    [
        ("Assessments\n1. HTN\n\nTreatment\n1. HTN\nStart lisinopril", "plan", ["1. HTN", "Start lisinopril"]),
        ("Plan\nStart Lisinopril Tablet, 10 MG, 1 tablet, Orally, Once a day, 30 days, Refill 1\nStop Amlodipine, 5 MG",
         "plan", ["Start Lisinopril Tablet, 10 MG, 1 tablet, Orally, Once a day, 30 days, Refill 1",
                  "Stop Amlodipine, 5 MG"]),
        ("Diagnoses and all orders for this visit:\nChest pain\n-     ECG", "assessment_plan", ["Chest pain", "ECG"]),
        ("A S S E S S M E N T\nAF\n\nP L A N\nnone", "plan", ["none"]),
        ("Beurteilung: Angina\nProzedere: Bisoprolol\nVerlaufskontrolle: 3 Monate", "follow_up", ["3 Monate"]),
        ("Conclusion : angor\nConduite à tenir : ASA\nAntécédents familiaux : père IDM", "plan", ["ASA"]),
        ("Evaluación: angina\nPlan terapéutico: AAS\nAntecedentes familiares: IAM", "plan", ["AAS"]),
        ("Assessment: pain\n\nAddendum (11/22/2026 9:00 AM): troponin 0.6", "addendum", ["troponin 0.6"]),
    ],
)  # fmt: skip
def test_headings_of_other_vendors_and_languages(text: str, code: str, those: list[str]) -> None:
    assert cut(text)[code] == those


def test_the_history_of_a_family_is_no_plan_in_any_language() -> None:
    for text in ("Conduite à tenir : ASA\nAntécédents familiaux : IDM", "Therapie: ASS\nFamilienanamnese: IDM"):
        assert cut(text)["history"] == ["IDM"]


@pytest.mark.parametrize(
    ("line", "called"),
    [
        ("N.K.D.A.", "No known drug allergies"), ("No Known Drug Allergies (NKDA)", "No known drug allergies"),
        ("NKMA", "No known drug allergies"), ("no known medicine allergies", "No known drug allergies"),
        ("ALLERGIES: None.", "No known allergies"), ("Allergies - none known", "No known allergies"),
        ("She denies any allergies", "No known allergies"), ("Drug allergies: nil", "No known drug allergies"),
        ("*No Known Allergies", "No known allergies"), ("sin alergias conocidas", "No known allergies"),
        ("NKDA except codeine", None), ("no allergies to penicillin", None), ("no new allergies", None),
        ("Allergies: none of the statins", None), ("Allergies: latex", None), ("unknown allergy", None),
    ],
)  # fmt: skip
def test_that_there_is_no_allergy_in_any_writing(line: str, called: str | None) -> None:
    assert denies_allergies(line) == called
    if called:
        assert said(allergy(line)) == [f"{called}."]
    documents = (note("n", f"Exam: well\n{line}"),)
    assert asked(documents=documents, allergies=(allergy("Penicillin"),)) == (["note_allergies"] if called else [])


def test_none_under_the_notes_heading_of_allergies_is_asked_too() -> None:
    documents = (note("n", "Allergies:\nNone\n\nAssessment: AF"),)
    assert asked(documents=documents, allergies=(allergy("Penicillin"),)) == ["note_allergies"]


def test_no_known_drug_allergies_and_penicillin_on_one_list_are_asked_and_both_shown() -> None:
    both = (allergy("No known drug allergies", "n"), allergy("Penicillin", "p"))
    assert said(*both) == ["Penicillin.", "No known drug allergies."] and asked(allergies=both) == ["allergies"]


STATED = "http://terminology.hl7.org/CodeSystem/allergyintolerance-verification"


@pytest.mark.parametrize(
    ("status", "words_"),
    [
        ({"text": "Refuted"}, "Ruled out: Penicillin: anaphylaxis (severe)."),
        ({"coding": [{"system": "urn:x", "code": "7"}, {"system": STATED, "code": "refuted"}]}, "Ruled out: "),
        ({"coding": [{"code": "Entered-In-Error"}]}, "No allergies were recorded in our chart."),
        ({"text": "Entered in Error"}, "No allergies were recorded in our chart."),
        ({"coding": [{"display": "Unconfirmed"}]}, "Penicillin (unconfirmed)"),
    ],
)
def test_how_sure_an_allergy_is_however_it_is_written(status: dict[str, Any], words_: str) -> None:
    one = fact(
        "AllergyIntolerance", "a", code={"text": "Penicillin"}, verificationStatus=status, reaction=REACTION
    )  # fmt: skip
    assert said(one)[0].startswith(words_)


def test_a_reaction_by_code_alone_is_told() -> None:
    coded = [{"manifestation": [{"coding": [{"system": "http://snomed.info/sct", "code": "247472004"}]}]}]
    assert said(allergy("Sulfa", reaction=coded)) == ["Sulfa: hives (SNOMED 247472004)."]


def diagnoses(**more: Any) -> list[str]:
    one = fact("Condition", "c", **{"code": {"text": "Pulmonary embolism"}, **more})
    return [item[0].text for item in diagnosis_items([one], ABOUT)]


@pytest.mark.parametrize("status", [{"text": "Refuted"}, {"coding": [{"code": "REFUTED"}]}, {"text": "Ruled Out"}])
def test_what_was_ruled_out_is_not_a_diagnosis_however_it_is_written(status: dict[str, Any]) -> None:
    assert diagnoses(verificationStatus=status) == ["Ruled out: Pulmonary embolism."]
    page = consult_note(material(conditions=(fact("Condition", "c", code={"text": "PE"}, verificationStatus=status),)))
    assert "Ruled out: PE." in str(page.page_one)


def test_an_error_in_words_is_silent_and_what_is_over_says_so() -> None:
    assert diagnoses(verificationStatus={"text": "Entered in Error"}) == []
    assert diagnoses(clinicalStatus={"text": "Resolved"}) == ["Pulmonary embolism (resolved)."]
    assert diagnoses(code={"text": "No Known Active Problems"}) == []


@pytest.mark.parametrize(
    ("name", "on_page_one"),
    [
        ("Family history of MI", None), ("FH: breast cancer", None), ("FHx sudden death", None),
        ("Maternal history of stroke", None), ("r/o PE", "r/o PE"), ("Rule out sarcoidosis", "Rule out sarcoidosis"),
        ("PE ruled out", "PE ruled out"), ("No history of stroke", "No history of stroke"),
        ("Screening for colon cancer", "Screening for colon cancer"), ("Possible TIA", "Possible TIA"),
    ],
)  # fmt: skip
def test_relatives_and_doubts_are_never_new_diagnoses(name: str, on_page_one: str | None) -> None:
    one = fact("Condition", "c", code={"text": name}, recordedDate="2026-11-19")
    page = consult_note(material(conditions=(one,))).page_one
    those = [item[0].text for section in page.sections if section.code == "diagnoses" for item in section.items]
    assert those == ([f"{on_page_one}."] if on_page_one else [])


@pytest.mark.parametrize(
    ("site", "words_"),
    [("OS", "left eye (OS)"), ("od", "right eye (OD)"), ("OU", "both eyes (OU)"), ("Rt arm", "right arm"),
     ("L knee", "left knee"), ("Left Eye", "left Eye"), ("MCA", "MCA")],
)  # fmt: skip
def test_a_side_is_spelt_out(site: str, words_: str) -> None:
    one = result(valueQuantity=quantity(34, "mmHg"), bodySite={"text": site}, code={"text": "Pressure"})
    assert observation_item(one, ABOUT)[0].text == f"Pressure, {words_}: 34 mmHg."


@pytest.mark.parametrize(
    ("value", "words_"),
    [
        ({"value": 72, "code": "{beats}/min"}, "72 /min."), ({"value": 2.2, "code": "u[IU]/mL"}, "2.2 µIU/mL."),
        ({"value": 0.3, "comparator": "<", "unit": "ng/mL"}, "<0.3 ng/mL."),
        ({"value": 38.9, "code": "Cel"}, "38.9 °C."),
        ({"value": 90, "comparator": ">=", "code": "mL/min/{1.73_m2}"}, ">=90 mL/min/1.73 m²."),
        ({"value": 2.5, "code": "{INR}"}, "2.5."),
    ],
)  # fmt: skip
def test_units_and_comparators_of_results(value: dict[str, Any], words_: str) -> None:
    assert observation_item(result(valueQuantity=value), ABOUT)[0].text == f"Potassium: {words_}"


def test_high_and_low_at_once_contradict_each_other() -> None:
    flags = [{"coding": [{"code": "H"}]}, {"text": "Critical low"}]
    words_ = observation_item(result(valueQuantity=quantity(6), interpretation=flags), ABOUT)[0].text
    assert "flags contradict each other: high and critically low" in words_


def page(*documents: Any, **more: Any) -> tuple[list[str], list[str]]:
    found = consult_note(material(documents=documents, **more)).page_one
    medicines = [item[0].text for one in found.sections if one.code == "medicines" for item in one.items]
    return [item[0].text for item in found.candidates], medicines


@pytest.mark.parametrize(
    ("text", "candidates", "medicines"),
    [
        ("Assessment: ACS ruled out.\nAttestation: I disagree: she needs a catheter.",
         ["I disagree: she needs a catheter.", "ACS ruled out."], []),
        ("Assessment: left DVT\nPlan: rest\nCORRECTION: right DVT, not left",
         ["Left DVT.", "Right DVT, not left."], []),
        ("A/P: 1. AF - start apixaban\nPLAN (revised 11/21): no apixaban, bleeding", ["AF - start apixaban."],
         ["By the note: AF - start apixaban.", "By the note: No apixaban, bleeding."]),
        ("Assessment: AF\nPlan: start aspirin\nLATE ENTRY 11/21: aspirin stopped, GI bleed",
         ["AF.", "Aspirin stopped, GI bleed."],
         ["By the note: Start aspirin.", "By the note: Aspirin stopped, GI bleed."]),
        ("Plan: declined to start atorvastatin; previously stopped lisinopril; do not start warfarin", [], []),
        ("Assessment: AF\nFamily history: mother: start warfarin", ["AF."], []),
    ],
)  # fmt: skip
def test_page_one_tells_of_what_holds_now(text: str, candidates: list[str], medicines: list[str]) -> None:
    assert page(note("a", text)) == (candidates, medicines)


def test_page_one_says_whose_word_it_is_where_several_wrote() -> None:
    student = note("a", "Assessment: PE.\nPlan: start heparin", hour=10, by="Sam Student, MS4", docStatus="preliminary")
    attending = note("b", "Assessment: No PE.\nPlan: none", hour=16)
    assert page(student, attending) == (
        ["No PE."], ["By the note (Sam Student, MS4, preliminary, not final): Start heparin."],
    )  # fmt: skip


def test_an_amended_note_comes_before_the_one_of_the_morning_and_it_is_asked_which_holds() -> None:
    first = note("a", "Assessment: PE.", hour=10)
    amended = note("b", "Assessment: No PE.", hour=18, docStatus="amended")
    assert page(first, amended)[0] == ["No PE."]
    (one,) = consult_note(material(documents=(first, amended))).to_settle
    assert one.code == "notes" and "Hana Heart, MD, 20 Nov 2026, 10:00" in one.text
    again = note("c", "Assessment: PE.", hour=18, relatesTo=relates("appends", "a"))
    assert consult_note(material(documents=(first, again))).to_settle == ()


@pytest.mark.parametrize("status", ["Entered-In-Error", "entered in error", "CANCELLED"])
def test_a_note_that_does_not_count_however_it_is_written(status: str) -> None:
    assert "WRONG" not in str(consult_note(material(documents=(note("a", "Assessment: WRONG", docStatus=status),))))


@pytest.mark.parametrize(
    ("code", "words_"),
    [
        ("ONCE", "once"), ("NOW", "at once"), ("TIW", "3 times a week"), ("BIW", "twice a week"),
        ("AC", "before meals"),
        ("QOW", "every other week"), ("Q4-6H", "every 4 to 6 hours"), ("Q6H PRN", "every 6 hours, as needed"),
        ("q.12.h.", "every 12 hours"), ("DAILY0900", "DAILY0900"),
    ],
)  # fmt: skip
def test_more_timing_codes(code: str, words_: str) -> None:
    assert dosage_words(dosage(**dose(1, "tablet"), timing={"code": {"coding": [{"code": code}]}}), BOSTON) == (
        f"1 tablet, {words_}"
    )


@pytest.mark.parametrize(
    ("text", "display", "name"),
    [
        ("Coumadin 2 mg", "warfarin sodium 5 MG Oral Tablet",
         "Coumadin 2 mg (coded as warfarin sodium 5 MG Oral Tablet)"),
        ("Glucophage 1 g tab", "metformin 1000 MG Oral Tablet", "Glucophage 1 g tab"),
        ("digoxin 125 mcg tab", "digoxin 0.125 MG Oral Tablet", "digoxin 125 mcg tab"),
        ("Percocet 5-325 mg", "oxycodone 5 MG / acetaminophen 325 MG Oral Tablet", "Percocet 5-325 mg"),
        ("insulin 100 units/mL", "insulin glargine 100 UNT/ML Injection", "insulin 100 units/mL"),
    ],
)  # fmt: skip
def test_a_strength_that_differs_from_the_coded_one_is_told(text: str, display: str, name: str) -> None:
    concept = {"text": text, "coding": [{"system": RXNORM, "code": "1", "display": display}]}
    assert best_name(msgspec.json.decode(json.dumps(concept), type=CodeableConcept)) == name


@pytest.mark.parametrize(
    ("reference", "contained", "name"),
    [
        ("#2", [{"id": "3", "code": {"text": "aspirin 81 MG"}}, {"id": "2", "code": {"text": "warfarin 5 MG"}}],
         "warfarin 5 MG."),
        ("#9", [{"id": "3", "code": {"text": "aspirin 81 MG"}}], "Medicine not named in the chart."),
        ("#2", [{"id": "2", "ingredient": [{"itemCodeableConcept": {"text": "morphine"}},
                                           {"itemReference": {"display": "ketamine"}}]}], "morphine / ketamine."),
    ],
)  # fmt: skip
def test_a_contained_drug_is_the_one_that_is_meant(reference: str, contained: Any, name: str) -> None:
    one = fact(
        "MedicationRequest", "m", status="active", intent="order", authoredOn="2026-10-01",
        medicationReference={"reference": reference},
        contained=[{"resourceType": "Medication", **each} for each in contained],
    )  # fmt: skip
    assert VISIT and texts(sheet(one), "listed")[0] == name


WHY = [
    *(one.format(form="PDF") for one in (forms.NOT_READ, forms.NOT_WORDS, forms.TOO_LONG, forms.NO_WORDS)),
    *(one.format(form="PDF") for one in (attachments.NOT_HAD, attachments.ELSEWHERE, attachments.NO_TEXT)),
    *(one.format(form="PDF") for one in (attachments.NOT_DECODED, attachments.NOT_READ)),
    attachments.PARTLY.format(why="is empty"),
    TOO_MANY,
]


@pytest.mark.parametrize("why", WHY)
def test_whatever_could_not_be_read_is_shown_to_whoever_signs(why: str) -> None:
    said_ = Sentence(f"The note of 20 Nov 2026 {why}.", (Source("DocumentReference/n", "DocumentReference.id", "n"),))
    paper = consult_note(material())
    paper = structs.replace(paper, sections=(Section("assessment", "Assessment", ((said_,),), ""),))
    assert unreadable_of([paper]) == (said_.text,)


def test_every_line_that_begins_with_a_hash_stays() -> None:
    lines = ["#1 AF: start apixaban 5 mg", "Dispense apixaban", "#60, 3 refills", "#2 HTN: lisinopril to 20 mg",
             "# DM", "metformin 500 mg", "#3. Gout"]  # fmt: skip
    kept = " ".join(cut("A/P:\n" + "\n".join(lines))["assessment_plan"])
    assert [one for line in lines for one in line.strip("# ").split() if one not in kept] == []
    assert "Dispense apixaban #60, 3 refills" in kept
