"""What a result says: value, flag, range, comment, day and time; in words, and never a bare code."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any

import pytest
from msgspec import structs

from fhir_adapters.facts import CodeableConcept, Coding
from fhir_adapters.facts.elements import Quantity
from loopclose.drafting.names import coded, named
from loopclose.drafting.results import observation_item, result_items
from loopclose.drafting.sentences import About, collapsed
from loopclose.drafting.units import between, measure
from tests.spec.cast import BOSTON, fact

ABOUT = About(BOSTON, date(2026, 11, 20), sex="female", born=date(1970, 1, 1))
LOINC, SNOMED = "http://loinc.org", "http://snomed.info/sct"


def result(**elements: Any) -> Any:
    return fact("Observation", "o", **{"status": "final", "code": {"text": "Potassium"}, **elements})


def said(**elements: Any) -> str:
    return " ".join(one.text for one in observation_item(result(**elements), ABOUT))


def quantity(value: float, unit: str = "mmol/L") -> dict[str, Any]:
    return {"value": value, "unit": unit}


@pytest.mark.parametrize(
    ("flag", "words"),
    [
        ({"coding": [{"code": "HH"}]}, "6.1 mmol/L, critically high."),
        ({"coding": [{"code": "LL"}]}, "6.1 mmol/L, critically low."),
        ({"coding": [{"code": "H", "display": "Above normal"}]}, "6.1 mmol/L, high."),
        ({"coding": [{"code": "AA"}]}, "6.1 mmol/L, critically abnormal."),
        ({"coding": [{"code": "N"}]}, "6.1 mmol/L, normal."),
        ({"text": "Critical high"}, "6.1 mmol/L, critically high."),
        ({"text": "H"}, "6.1 mmol/L, high."),
        ({"text": "Borderline"}, "6.1 mmol/L, borderline."),
        ({"coding": [{"system": "urn:x", "code": "Q7"}]}, "6.1 mmol/L, name not in chart (code Q7)."),
    ],
)
def test_a_flag_stands_in_words_behind_the_value(flag: dict[str, Any], words: str) -> None:
    assert said(valueQuantity=quantity(6.1), interpretation=[flag]) == f"Potassium {words}"


def test_flags_that_cannot_both_hold_are_said_to_contradict_each_other() -> None:
    flags = [{"coding": [{"code": "N"}]}, {"text": "Critical"}]
    assert "flags contradict each other: normal and critical" in said(valueQuantity=quantity(6.1), interpretation=flags)


LOW, HIGH = {"value": 12, "unit": "g/dL"}, {"value": 15.5, "unit": "g/dL"}
MEN = {"low": {"value": 13.5, "unit": "g/dL"}, "high": {"value": 17.5, "unit": "g/dL"}}


@pytest.mark.parametrize(
    ("ranges", "words"),
    [
        ([{"low": LOW, "high": HIGH}], "(usual 12–15.5)"),
        ([{**MEN, "appliesTo": [{"coding": [{"code": "248153007"}]}]}, {"low": LOW, "high": HIGH,
          "appliesTo": [{"coding": [{"code": "248152002"}]}]}], "(usual 12–15.5)"),
        ([{**MEN, "appliesTo": [{"text": "Male"}]}, {"low": LOW, "appliesTo": [{"text": "Female"}]}],
         "(usual 12 or more)"),
        ([{**MEN, "age": {"high": {"value": 17, "unit": "years"}}}, {"low": LOW, "high": HIGH}], "(usual 12–15.5)"),
        ([{**MEN, "age": {"low": {"value": 18, "code": "a"}}}], "(usual 13.5–17.5)"),
        ([{**MEN, "age": {"high": {"value": 30, "unit": "d"}}}, {"high": HIGH}], "(usual up to 15.5)"),
        ([{"low": LOW, "type": {"coding": [{"code": "critical"}]}}, {"low": LOW, "high": HIGH,
          "type": {"coding": [{"code": "therapeutic"}]}}], "(critical 12 or more; therapeutic 12–15.5)"),
        ([{"low": LOW, "appliesTo": [{"text": "Pregnant"}]}, {"high": HIGH}],
         "(usual for Pregnant 12 or more; usual up to 15.5)"),
        ([{"text": "12 - 16"}], "(usual 12 - 16)"),
        ([{"low": {"value": 120, "unit": "g/L"}}], "(usual 120 g/L or more)"),
    ],
)  # fmt: skip
def test_the_range_is_this_patients_and_of_its_kind(ranges: list[dict[str, Any]], words: str) -> None:
    assert said(valueQuantity=quantity(12.5, "g/dL"), referenceRange=ranges) == f"Potassium: 12.5 g/dL {words}."


@pytest.mark.parametrize(
    ("value", "words"),
    [
        ("78.71823456789012", "78.72 kg"), ("5.0", "5.0 kg"), ("0.012", "0.012 kg"), ("0.0123456789", "0.01235 kg"),
        ("1234.56789", "1235 kg"), ("123456.789012", "123457 kg"), ("0.00004", "0.00004 kg"), ("1.025", "1.025 kg"),
        ("1e999999999", "1E+999999999 kg"),
    ],
)  # fmt: skip
def test_a_number_has_the_digits_that_a_chart_shows(value: str, words: str) -> None:
    assert measure(Quantity(value=Decimal(value), unit="kg")) == words


@pytest.mark.parametrize(
    ("unit", "words"),
    [
        ("mm[Hg]", "7 mmHg"),
        ("{score}", "7"),
        ("%", "7%"),
        ("[iU]/L", "7 IU/L"),
        ("1", "7"),
        ("10*3/uL", "7 thousand/µL"),
    ],
)
def test_units_are_written_as_clinicians_do(unit: str, words: str) -> None:
    assert measure(Quantity(value=Decimal(7), code=unit)) == words
    assert between(None, None) is None


def concept(system: str, code: str | None, display: str | None = None, text: str | None = None) -> CodeableConcept:
    return CodeableConcept(coding=(Coding(system=system, code=code, display=display),), text=text)


@pytest.mark.parametrize(
    ("one", "words"),
    [
        (concept(LOINC, "1234-5"), "Name not in chart (LOINC 1234-5)"),
        (concept(LOINC, "2823-3"), "Potassium (LOINC 2823-3)"),
        (concept(SNOMED, "91936005", text="91936005"), "Name not in chart (SNOMED 91936005)"),
        (concept(SNOMED, "38341003", "Hypertensive disorder (disorder)"), "Hypertensive disorder"),
        (concept(SNOMED, "1", "Chronic pain (severe)"), "Chronic pain (severe)"),
        (concept(LOINC, "2823-3", "Potassium [Moles/volume] in Blood"), "Potassium in Blood"),
        (concept("urn:local", "LAB1", text="Line one\n  Line two"), "Line one; Line two"),
        (concept("urn:local", None), "Name not in chart"),
        (CodeableConcept(), "Not named"),
    ],
)
def test_a_thing_has_a_name_or_is_said_to_have_none(one: CodeableConcept, words: str) -> None:
    assert named(one) == words
    assert coded(CodeableConcept()) is None and coded(None) is None


def test_results_of_one_day_stand_in_order_with_their_time_and_others_with_their_day() -> None:
    times = {"c": "2026-11-20T15:00:00-05:00", "b": "2026-11-20T10:00:00-05:00", "a": "2026-11-18T10:00:00-05:00",
             "d": "2025-01-01"}  # fmt: skip
    serial = [
        structs.replace(result(valueQuantity=quantity(no), effectiveDateTime=when), id=name)
        for no, (name, when) in enumerate(times.items(), 1)
    ]
    assert [item[0].text for item in result_items(serial, ABOUT)] == [
        "Potassium, 1 Jan 2025 (before this visit): 4 mmol/L.",
        "Potassium, 18 Nov 2026: 3 mmol/L.",
        "Potassium, 10:00: 2 mmol/L.",
        "Potassium, 15:00: 1 mmol/L.",
    ]


def test_an_early_value_is_dropped_beside_its_correction_alone() -> None:
    when = {"effectiveDateTime": "2026-11-20T10:10:00-05:00"}
    early = structs.replace(result(valueQuantity=quantity(6.1), **when), id="e", status="preliminary")
    later = structs.replace(result(valueQuantity=quantity(4.1), **when), id="l", status="corrected")
    other = structs.replace(
        early, id="x", effective_date_time=later.effective_date_time, code=CodeableConcept(text="Na")
    )
    assert [item[0].text for item in result_items([early, later, other], ABOUT)] == [
        "Potassium: 4.1 mmol/L (corrected).",
        "Na: 6.1 mmol/L (preliminary, not final).",
    ]
    assert len(result_items([early], ABOUT)) == 1


def test_a_comment_stands_beside_and_an_impossible_value_is_marked() -> None:
    assert (
        said(valueString="See Note", note=[{"text": "6.9,\ncalled"}]) == "Potassium: See Note. Laboratory: 6.9, called."
    )
    vital = [{"coding": [{"code": "vital-signs"}]}]
    assert "Comment: sitting." in said(valueQuantity=quantity(60), category=vital, note=[{"text": "sitting"}])
    assert "check it in the chart" in said(valueQuantity={**quantity(0), "comparator": "<"})


def test_what_could_not_be_read_of_a_result_is_said() -> None:
    assert said(valueQuantity=quantity(6.1), bodySite=5).endswith("(part of it could not be read; see the chart).")


def test_the_same_said_twice_is_said_once_with_both_sources() -> None:
    twice = [structs.replace(result(valueQuantity=quantity(4)), id=name) for name in "ab"]
    (item,) = collapsed(observation_item(one, ABOUT) for one in twice)
    assert {source.resource for source in item[0].sources} == {"Observation/a", "Observation/b"}


UNKNOWN = {"coding": [{"code": "unknown"}]}


@pytest.mark.parametrize(
    ("elements", "words"),
    [
        (
            {"valueQuantity": quantity(6.1), "dataAbsentReason": UNKNOWN},
            "Potassium: 6.1 mmol/L (also recorded as not available, not known; check it in the chart).",
        ),
        (
            {"valueString": "see scan", "dataAbsentReason": {"text": "machine down"}},
            "Potassium: see scan (also recorded as not available, machine down; check it in the chart).",
        ),
        (
            {"component": [{"code": {"text": "Free"}, "valueInteger": 4, "dataAbsentReason": UNKNOWN}]},
            "Potassium: Free 4 (also recorded as not available, not known; check it in the chart).",
        ),
        (
            {"component": [{"code": {"text": "Free"}, "valueInteger": 4}], "dataAbsentReason": UNKNOWN},
            "Potassium: not available (not known), Free 4.",
        ),
        ({"dataAbsentReason": UNKNOWN}, "Potassium: not available (not known)."),
        (
            {"status": "registered", "valueQuantity": quantity(6.1), "interpretation": [{"text": "H"}]},
            "Potassium: not yet available (registered with 6.1 mmol/L, high, which its status calls no result; check it"
            " in the chart).",
        ),
        (
            {"status": "registered", "component": [{"code": {"text": "Free"}, "valueInteger": 4}]},
            "Potassium: not yet available (registered with Free 4, which its status calls no result; check it in the"
            " chart).",
        ),
        ({"status": "registered"}, "Potassium: not yet available."),
        ({"status": "registered", "dataAbsentReason": UNKNOWN}, "Potassium: not available (not known)."),
    ],
)
def test_a_value_that_is_said_to_be_none_is_told_with_that(elements: dict[str, Any], words: str) -> None:
    assert said(**elements) == words


def several(*those: dict[str, Any]) -> list[str]:
    when = {"effectiveDateTime": "2026-11-20T10:10:00-05:00"}
    found = [structs.replace(result(**when, **one), id=f"o{no}") for no, one in enumerate(those)]
    return [" ".join(sentence.text for sentence in item) for item in result_items(found, ABOUT)]


SINCE = "(since corrected; the corrected value stands beside it)"


@pytest.mark.parametrize(
    ("those", "words"),
    [
        (
            [{"valueQuantity": quantity(6.1)}, {"status": "corrected", "valueQuantity": quantity(4.1)}],
            [f"Potassium: 6.1 mmol/L {SINCE}.", "Potassium: 4.1 mmol/L (corrected)."],
        ),
        (
            [
                {"status": "corrected", "issued": "2026-11-20T16:00:00Z", "valueQuantity": quantity(6.1)},
                {"status": "amended", "issued": "2026-11-20T18:00:00Z", "valueQuantity": quantity(4.1)},
            ],
            [f"Potassium: 6.1 mmol/L {SINCE[:-1]}; corrected).", "Potassium: 4.1 mmol/L (amended)."],
        ),
        (
            [{"valueQuantity": quantity(6.1)}, {"status": "corrected", "code": {"text": "Sodium"}, "valueString": "x"}],
            ["Potassium: 6.1 mmol/L.", "Sodium: x (corrected)."],
        ),
        (
            [{"status": "entered-in-error", "valueQuantity": quantity(6.1)}, {"valueQuantity": quantity(4.1)}],
            ["Potassium: 4.1 mmol/L."],
        ),
        ([{"status": "CORRECTED", "valueQuantity": quantity(4.1)}], ["Potassium: 4.1 mmol/L (corrected)."]),
        ([{"status": "Entered in Error", "valueQuantity": quantity(4.1)}], []),
        ([{"status": "Canceled", "valueQuantity": quantity(6.1)}], ["Potassium: cancelled."]),
        (
            [{"status": "cancelled", "dataAbsentReason": {"text": "specimen clotted"}}],
            ["Potassium: cancelled (specimen clotted)."],
        ),
        ([{"status": "cancelled", "valueString": "CANCELED: QNS"}], ["Potassium: cancelled (CANCELED: QNS)."]),
        ([{"status": "cancelled", "valueString": "6.1"}], ["Potassium: cancelled."]),
    ],
)
def test_what_was_corrected_or_cancelled_does_not_stand_as_if_it_held(those: Any, words: list[str]) -> None:
    assert several(*those) == words
