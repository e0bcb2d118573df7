"""Allergies: how sure, how grave, and what is none at all."""

from __future__ import annotations

from typing import Any

import pytest

from loopclose.drafting.allergies import allergy_section
from loopclose.drafting.consult_note import consult_note
from tests.spec.cast import fact
from tests.unit.drafting.test_papers import material, texts

STATUSES = ("clinicalStatus", "verificationStatus")
SNOMED = "http://snomed.info/sct"


def allergy(code: Any, fhir_id: str = "a", **more: Any) -> Any:
    shape = {"text": code} if isinstance(code, str) else {"coding": [code]} if code else None
    statuses = {
        name: {"coding": [{"code": more.pop(name)}]}
        for name in ("clinicalStatus", "verificationStatus")
        if name in more
    }
    return fact("AllergyIntolerance", fhir_id, **({"code": shape} if shape else {}), **statuses, **more)


def said(*allergies: Any, **more: Any) -> list[str]:
    section = allergy_section(material(allergies=allergies, **more))
    return [one.text for item in section.items for one in item] or [section.empty]


REACTION = [{"manifestation": [{"text": "Anaphylaxis"}], "severity": "severe"}]


@pytest.mark.parametrize(
    ("code", "more", "words"),
    [
        ("Penicillin", {"reaction": REACTION, "criticality": "high"}, "Penicillin: anaphylaxis (severe; high risk)."),
        ("Codeine", {"clinicalStatus": "resolved"}, "Codeine (resolved)."),
        (
            "Latex",
            {"clinicalStatus": "inactive", "verificationStatus": "unconfirmed"},
            "Latex (inactive, unconfirmed).",
        ),
        ("Ibuprofen", {"verificationStatus": "refuted"}, "Ruled out: Ibuprofen."),
        ("Sulfa", {"verificationStatus": "presumed"}, "Sulfa (presumed)."),
        ("Iodine", {"criticality": "high"}, "Iodine (high risk)."),
        (None, {"reaction": [{"substance": {"text": "Wasp"}, "manifestation": [{"text": "Hives"}]}]}, "Wasp: hives."),
        (
            "Codeine",
            {
                "type": "intolerance",
                "reaction": [{"manifestation": [{"text": "nausea"}]}],
                "note": [{"text": "Takes oxycodone."}],
            },
            "Codeine (intolerance): nausea; takes oxycodone.",
        ),
        ({"system": SNOMED, "code": "91936005"}, {}, "Allergy to penicillin (SNOMED 91936005)."),
        ({"system": SNOMED, "code": "5"}, {}, "Allergy, name not in chart (SNOMED 5)."),
        ("No known allergy (situation)", {}, "No known allergies."),
        ("NKDA", {}, "No known drug allergies."),
        ({"system": SNOMED, "code": "409137002"}, {}, "No known drug allergies."),
        ({"system": SNOMED, "code": "419199007"}, {"verificationStatus": "refuted"}, "No known allergies."),
        ({"code": "416098002"}, {"verificationStatus": "refuted"}, "No known drug allergies."),
        ("No known allergies", {"clinicalStatus": "inactive"}, "No known allergies (inactive)."),
        ("Patient not asked", {}, "Allergies: not asked."),
        ("Unable to assess", {}, "Allergies: unable to assess."),
        ("Not on file", {}, "Allergies: not on file."),
    ],
)  # fmt: skip
def test_an_allergy_in_words(code: Any, more: dict[str, Any], words: str) -> None:
    assert said(allergy(code, **more)) == [words]


def test_records_that_say_the_same_stand_once_with_all_their_sources() -> None:
    same = [allergy("Cashew nuts", f"a{n}") for n in range(20)]
    section = allergy_section(material(allergies=(*same, allergy("Cashew nuts", "b", reaction=REACTION))))
    assert [one.text for item in section.items for one in item] == ["Cashew nuts: anaphylaxis (severe)."]
    ((sentence,),) = section.items
    assert {source.resource for source in sentence.sources} == {one.key for one in same} | {"AllergyIntolerance/b"}


def test_a_resolved_record_does_not_hide_in_one_that_stands() -> None:
    found = said(allergy("Latex", "a", clinicalStatus="resolved"), allergy("Latex", "b", reaction=REACTION))
    assert found == ["Latex: anaphylaxis (severe).", "Latex (resolved)."]


def test_the_gravest_stands_first_and_what_is_over_last() -> None:
    given = (
        allergy("Cat dander", "a", clinicalStatus="inactive"),
        allergy("No known drug allergy", "b"),
        allergy("Egg", "c"),
        allergy("Peanut", "d", criticality="high"),
        allergy("Nuts", "e", reaction=[{"manifestation": [{"text": "Hives"}, {"text": "Anaphylaxis"}]}]),
    )
    assert [words.split(" (")[0].rstrip(".") for words in said(*given)] == [
        "Peanut",
        "Nuts: anaphylaxis, hives",
        "Egg",
        "No known drug allergies",
        "Cat dander",
    ]


def test_a_denial_that_is_refuted_denies_nothing_and_claims_nothing() -> None:
    assert said(allergy("No ibuprofen allergy", verificationStatus="refuted")) == [
        "No ibuprofen allergy (refuted, see the chart)."
    ]
    assert said(allergy("Ibuprofen", verificationStatus="refuted")) == ["Ruled out: Ibuprofen."]


def test_an_error_is_silent_and_what_could_not_be_read_is_not() -> None:
    none = "No allergies were recorded in our chart."
    assert said(allergy("Egg", verificationStatus="entered-in-error")) == [none]
    assert said(unsafe=("AllergyIntolerance/q",)) == ["An allergy could not be read safely and stands in quarantine."]
    malformed = allergy("Penicillin", onsetDateTime="00/00/2019")
    assert said(malformed) == ["Penicillin.", "A part of it could not be read: see the chart."]


def test_allergies_stand_on_the_consult_note_as_well() -> None:
    assert texts(consult_note(material(allergies=(allergy("Penicillin"),))), "allergies") == ["Penicillin."]
