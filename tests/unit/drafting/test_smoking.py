"""Whether the patient smokes: the newest known value counts, and nothing that says otherwise goes unmarked."""

from __future__ import annotations

from typing import Any

import pytest

from loopclose.drafting.conflicts import CODES
from loopclose.drafting.consult_note import consult_note
from tests.spec.cast import fact
from tests.unit.drafting.test_papers import material, note, texts

UNKNOWN = {"coding": [{"system": "http://terminology.hl7.org/CodeSystem/data-absent-reason", "code": "unknown"}]}


def smokes(key: str, words: str, day: str = "2026-11-19") -> Any:
    said = {"dataAbsentReason": UNKNOWN} if not words else {"valueCodeableConcept": {"text": words}}
    code = {"coding": [{"system": "http://loinc.org", "code": "72166-2", "display": "Tobacco smoking status"}]}
    return fact("Observation", key, status="final", code=code, effectiveDateTime=day, **said)


@pytest.mark.parametrize(
    ("values", "said"),
    [
        ([("Never smoked", "2026-11-19"), ("Unknown if ever smoked", "2026-11-19")],
         ["Tobacco smoking status: Never smoked.", "Also recorded: Unknown if ever smoked."]),
        ([("", "2026-11-19"), ("Former smoker", "2026-11-18")],
         ["Tobacco smoking status, 18 Nov 2026: Former smoker.",
          "Also recorded: not available (not known), 19 Nov 2026."]),
        ([("Current every day smoker", "2026-11-18"), ("Never smoked", "2026-11-19")],
         ["Tobacco smoking status: Never smoked.", "Contradicted by: Current every day smoker, 18 Nov 2026."]),
        ([("Current some day smoker", "2020-11-18"), ("Former smoker", "2026-11-19")],
         ["Tobacco smoking status: Former smoker.", "Also recorded: Current some day smoker, 18 Nov 2020."]),
        ([("Never smoked", "2026-11-19"), ("Never smoker", "2026-11-19")],
         ["Tobacco smoking status: Never smoked.", "Tobacco smoking status: Never smoker."]),
    ],
)  # fmt: skip
def test_the_newest_known_value_counts_and_others_are_named(values: Any, said: list[str]) -> None:
    observations = tuple(smokes(f"o{n}", *value) for n, value in enumerate(values))
    assert texts(consult_note(material(observations=observations)), "findings") == said


def asked(text: str, *values: tuple[str, str]) -> list[str]:
    observations = tuple(smokes(f"o{n}", *value) for n, value in enumerate(values))
    found = consult_note(material(documents=(note(text),), observations=observations)).to_settle
    assert {one.code for one in found} <= CODES.keys() and all(len(one.sources) >= 2 for one in found)
    return [one.text for one in found if one.code == "smoking"]


TODAY = "2026-11-19"


@pytest.mark.parametrize(
    ("words", "value", "is_asked"),
    [
        ("Patient is an active smoker and drinks.", "Never smoked", True),
        ("Patient has never smoked.", "Current every day smoker", True),
        ("He quit smoking at age 20.", "Never smoked", True),
        ("Smokes 1 ppd.", "Former smoker", True),
        ("Tobacco: never", "Heavy tobacco smoker", True),
        ("Denies tobacco.", "Smokes tobacco daily", True),
        ("Former smoker, 20 pack-years.", "Former smoker", False),
        ("Non-smoker.", "Never smoked", False),
        ("Non-smoker.", "Former smoker", False),
        ("Active smoker.", "Smoker, current status unknown", False),
        ("Active smoker.", "Unknown if ever smoked", False),
        ("Mother smokes.", "Never smoked", False),
        ("Counselled on cessation, to quit smoking.", "Current every day smoker", False),
        ("Smokes marijuana.", "Never smoked", False),
        ("No chest pain, lungs clear.", "Never smoked", False),
    ],
)
def test_a_note_against_the_chart(words: str, value: str, is_asked: bool) -> None:
    assert bool(asked(f"Social History:\n{words}\n\nPlan:\nRest.", (value, TODAY))) is is_asked


def test_what_a_family_history_says_is_not_of_the_patient() -> None:
    assert asked("Family History:\nActive smoker, died at 60.\n\nPlan:\nRest.", ("Never smoked", TODAY)) == []


def test_values_of_the_chart_that_contradict_each_other_are_asked_about_once() -> None:
    (said,) = asked("Plan:\nRest.", ("Current every day smoker", TODAY), ("Never smoked", TODAY))
    assert "Never smoked" in said and "Current every day smoker" in said and said.endswith("which one holds?")
    assert asked("Plan:\nRest.", ("Current every day smoker", "2020-01-01"), ("Former smoker", TODAY)) == []
