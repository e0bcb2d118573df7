"""Kinds of results, allergies, diagnoses, procedures and reports that came out wrong, in other vendors' shapes."""

from __future__ import annotations

from typing import Any

import pytest

from loopclose.drafting.diagnoses import is_of_family
from loopclose.drafting.procedures import procedure_item
from loopclose.drafting.reports import report_item
from loopclose.drafting.results import observation_item
from tests.spec.cast import fact
from tests.unit.drafting.test_allergies import allergy, said
from tests.unit.drafting.test_kinds_of_cases import diagnoses
from tests.unit.drafting.test_results import ABOUT, quantity, result

SCT = "http://snomed.info/sct"
ABSENT = {"coding": [{"system": "http://terminology.hl7.org/CodeSystem/data-absent-reason", "code": "unknown"}]}


def potassium(**more: Any) -> str:
    return observation_item(result(valueQuantity=quantity(6.9, "mmol/L"), **more), ABOUT)[0].text


@pytest.mark.parametrize(
    ("flag", "words"),
    [
        ({"coding": [{"code": "hh"}]}, "critically high"),
        ({"coding": [{"system": "urn:epic", "code": "3", "display": "Low Panic"}]}, "critically low"),
        ({"text": "High Critical"}, "critically high"),
        ({"text": "H*"}, "high"),
        ({"text": "(L)"}, "low"),
        ({"text": "C"}, "critical"),
        ({"text": "*"}, "abnormal"),
        ({"text": "Above High Normal"}, "high"),
        ({"coding": [{"code": "H"}, {"code": "HH"}]}, "critically high"),
        ({"text": "see below"}, "see below"),
    ],
)
def test_flags_in_the_signs_of_laboratories(flag: dict[str, Any], words: str) -> None:
    assert potassium(interpretation=[flag]) == f"Potassium 6.9 mmol/L, {words}."


@pytest.mark.parametrize(
    ("who", "words"),
    [
        ({"type": "Patient", "display": "Pat"}, "measured by the patient"),
        ({"reference": "RelatedPerson/1", "display": "Daughter"}, "measured by Daughter"),
    ],
)
def test_who_measured_at_home(who: dict[str, Any], words: str) -> None:
    assert potassium(performer=[who]) == f"Potassium: 6.9 mmol/L ({words})."


@pytest.mark.parametrize(
    ("record", "words"),
    [
        (fact("AllergyIntolerance", "a", code={"text": "Unknown allergen"},
              reaction=[{"substance": {"text": "Bee venom"}, "manifestation": [{"text": "Hives"}]}]),
         "Bee venom: hives."),
        (fact("AllergyIntolerance", "a", code=ABSENT, criticality="high",
              reaction=[{"substance": {"text": "Wasp"}, "manifestation": [{"text": "Anaphylaxis"}]}]),
         "Wasp: anaphylaxis (high risk)."),
        (fact("AllergyIntolerance", "a", code={"text": "Insect venom"},
              reaction=[{"substance": {"text": "Wasp"}, "manifestation": [{"text": "Hives"}]}]),
         "Insect venom (Wasp): hives."),
        (fact("AllergyIntolerance", "a", code=ABSENT), "Allergies: unknown."),
        (fact("AllergyIntolerance", "a", verificationStatus={"coding": [{"code": "refuted"}]},
              code={"coding": [{"system": SCT, "code": "419511003", "display": "Propensity to adverse reaction"}]}),
         "No known drug allergies."),
        (fact("AllergyIntolerance", "a", verificationStatus={"coding": [{"code": "refuted"}]},
              code={"text": "Allergy to substance"}), "No known allergies."),
        (fact("AllergyIntolerance", "a", code={"coding": [
            {"system": "http://www.nlm.nih.gov/research/umls/rxnorm", "code": "7980"}]}),
         "Penicillin G (RxNorm 7980)."),
        (fact("AllergyIntolerance", "a", code={"coding": [{"system": "urn:x", "code": "7980"}]}),
         "Allergy, name not in chart (code 7980)."),
        (allergy("None known at this time"), "No known allergies."),
        (allergy("Patient denies"), "No known allergies."),
        (allergy("Patient denies penicillin allergy"), "Patient denies penicillin allergy."),
    ],
)  # fmt: skip
def test_an_allergy_by_whatever_names_it(record: Any, words: str) -> None:
    assert said(record) == [words]


@pytest.mark.parametrize(
    "name",
    [
        "Mother - diabetes",
        "Father had MI at 50",
        "Sister with lupus",
        "Z80.3 Family history of",
        "Positive family history of colon cancer",
    ],
)
def test_the_illness_of_a_relative_is_no_diagnosis(name: str) -> None:
    assert is_of_family(fact("Condition", "c", code={"text": name}))


@pytest.mark.parametrize("name", ["Motherhood stress", "Parental counselling", "Sonographic finding", "Asthma"])
def test_the_patients_own_illness_is_one(name: str) -> None:
    assert not is_of_family(fact("Condition", "c", code={"text": name}))


def test_how_grave_by_code_and_until_what_age() -> None:
    grave = {"coding": [{"system": SCT, "code": "24484000"}]}
    assert diagnoses(severity=grave) == ["Pulmonary embolism (severe (SNOMED 24484000))."]
    assert diagnoses(abatementAge={"value": 3, "unit": "years"}) == ["Pulmonary embolism (ended at age 3)."]


def test_a_procedures_reason_and_complication_by_reference() -> None:
    one = fact("Procedure", "p", status="completed", code={"text": "Cath"}, reasonReference=[{"display": "Angina"}],
               complicationDetail=[{"display": "Hematoma (disorder)"}])  # fmt: skip
    words = [sentence.text for sentence in procedure_item(one, ABOUT)]
    assert words == ["Cath.", "Reason: Angina.", "Complication: Hematoma."]


def test_a_report_that_is_its_narrative_or_an_image_is_not_without_a_word() -> None:
    def report(**more: Any) -> list[str]:
        one = fact("DiagnosticReport", "r", status="final", code={"text": "Echo"}, **more)
        return [sentence.text for sentence in report_item(one, ABOUT)]

    assert report(text={"status": "additional", "div": "<div>EF 20%</div>"})[1:] == ["EF 20%"]
    assert report(media=[{"comment": "ST elevation"}]) == ["Echo: ST elevation."]
    assert report(conclusion="Normal", text={"div": "<div>Echo final</div>"}) == ["Echo: Normal."]
    assert report() == ["Echo: no conclusion recorded."]


def test_a_code_in_place_of_words_is_no_name() -> None:
    code = {"text": "786.50", "coding": [{"system": "urn:x", "code": "1", "display": "Chest pain, unspecified"}]}
    assert diagnoses(code=code) == ["Chest pain, unspecified."]
