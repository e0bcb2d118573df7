"""Codes and words, and what a site lays over them."""

from __future__ import annotations

from importlib.resources import files
from typing import Any

import pytest

from loopclose.domain.code_map import parse_code_map, texts_of
from loopclose.domain.code_tables import CLASSES
from tests.spec.cast import CODES, fact

SHIPPED = (files("loopclose.defaults") / "code_map.toml").read_text(encoding="utf-8")


def concepts(*some: dict[str, Any]) -> Any:
    """Concepts as a resource carries them."""
    return fact("Encounter", "x", type=list(some)).type


def coding(**elements: str) -> Any:
    """A class as an Encounter carries it."""
    return fact("Encounter", "x", **{"class": elements}).class_


def test_a_site_adds_tokens_words_and_texts_and_moves_a_token() -> None:
    own = """
    [referral]
    tokens = ["urn:site|R1"]
    words = ["hand over"]
    [documentation_only]
    tokens = ["http://snomed.info/sct|185317003"]
    texts = ["Form"]
    """
    site = parse_code_map(SHIPPED, own)
    ask = ("referral", "phone", "documentation_only")
    assert site.meaning(concepts({"coding": [{"system": "urn:site", "code": "R1"}]}), ask) == "referral"
    assert site.meaning(concepts({"text": "Please hand  over care"}), ask) == "referral"
    assert site.meaning(concepts({"text": "Referral"}), ask) == "referral"
    moved = concepts({"coding": [{"system": "http://snomed.info/sct", "code": "185317003"}]})
    assert (CODES.coded(moved, ask), site.coded(moved, ask)) == ("phone", "documentation_only")
    assert site.meaning(concepts({"text": " FORM "}), ask) == "documentation_only"
    assert site.meaning(concepts({"text": "Form of the spine"}), ask) is None
    assert site.version != CODES.version == parse_code_map(SHIPPED).version


def test_codes_count_before_words_in_the_order_asked() -> None:
    both = concepts({"coding": [{"system": "http://snomed.info/sct", "code": "363679005"}], "text": "Referral"})
    assert CODES.meaning(both, ("referral", "imaging")) == "imaging"
    assert CODES.said(both, ("imaging", "referral")) == "referral"
    two = concepts({"text": "Laboratory"}, {"text": "Imaging"})
    assert CODES.said(two, ("imaging", "laboratory")) == "imaging"
    assert CODES.said(two, ("laboratory", "imaging")) == "laboratory"
    assert CODES.meaning(concepts({"text": "x"}), ("referral",)) is None
    assert CODES.says("Ref to cardiology", ("referral",)) == "referral"


def test_a_phrase_is_not_put_together_from_two_texts() -> None:
    assert CODES.said(concepts({"text": "phone"}, {"text": "visit at noon"}), ("nurse_only",)) is None
    assert CODES.said(concepts({"text": "A nurse"}, {"text": "visit"}), ("nurse_only",)) is None


def test_a_site_says_what_its_classes_mean() -> None:
    own = """
    [visit_classes.inpatient]
    tokens = ["urn:site|5", "http://terminology.hl7.org/CodeSystem/v2-0004|R"]
    [visit_classes.emergency]
    words = ["outpatient emergency"]
    """
    site = parse_code_map(SHIPPED, own)
    assert site.visit_class(coding(system="urn:site", code="5", display="Outpatient")) == "inpatient"
    recurring = coding(system="http://terminology.hl7.org/CodeSystem/v2-0004", code="r")
    assert (CODES.visit_class(recurring), site.visit_class(recurring)) == ("office", "inpatient")
    assert site.visit_class(coding(display="Outpatient Emergency")) == "emergency"
    assert site.visit_class(coding(display="Outpatient")) == "office"
    assert site.visit_class(coding(system="urn:other", code="5")) is None
    assert site.visit_class(None) is None


def test_every_class_is_known_by_its_v3_code_in_any_system() -> None:
    for name, code in CLASSES.items():
        for system in ("http://terminology.hl7.org/CodeSystem/v3-ActCode", "http://hl7.org/fhir/v3/ActCode", "urn:x"):
            assert CODES.visit_class(coding(system=system, code=code)) == name
        assert CODES.visit_class(coding(code=code.lower())) == name
    assert CODES.visit_class(coding(code="O")) is None


@pytest.mark.parametrize("text", ["[visits]\nwords = []", "[visit_classes.ward]\nwords = []"])
def test_a_table_that_nobody_knows_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match=r"is not known; expected are"):
        parse_code_map(SHIPPED, text)


def test_specialties_are_told_by_how_a_word_begins_or_by_code() -> None:
    assert CODES.specialties_in(("Orthopedics and hand",)) == {"orthopedics"}
    assert CODES.specialties_in(("http://snomed.info/sct|394579002",)) == {"cardiology"}
    assert CODES.specialties_in(("Cardiac electrophysiology",)) == {"electrophysiology"}
    assert CODES.specialties_in(("Cardiology", "Vascular")) == {"cardiology", "vascular"}
    assert CODES.specialties_in(("Geocardial",)) == frozenset()


def test_a_code_that_only_begins_like_that_of_a_specialty_is_another() -> None:
    assert CODES.specialties_in(("http://snomed.info/sct|3945790029",)) == frozenset()


def test_only_types_of_notes_count_as_notes() -> None:
    assert "http://loinc.org|11488-4" in CODES.notes
    assert not CODES.notes & {"http://snomed.info/sct|103696004", "http://snomed.info/sct|14152002"}


def test_the_texts_of_a_concept_are_its_text_displays_tokens_and_codes() -> None:
    found = texts_of(concepts({"text": "T", "coding": [{"system": "urn:s", "code": "c", "display": "D"}]}))
    assert found == ["T", "D", "urn:s|c", "c"]
