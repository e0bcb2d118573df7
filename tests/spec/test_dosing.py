"""The grammar of an instruction: each part of FHIR's Dosage and Timing, and the words that it gets."""

from __future__ import annotations

import json
from typing import Any

import pytest

from loopclose.drafting.dosing import dosage_words, dosages_words
from tests.generative.dosage_reader import read_one
from tests.generative.dosages import meant
from tests.generative.test_dosage import made
from tests.spec.cast import BOSTON

TITLE = "How to take it, in words"
TEXT = """
Every part of a [Dosage](https://hl7.org/fhir/R4/dosage.html) and its Timing, and what it is called on the sheet, in
the order in which the words stand, between commas. A part that is not whole (a number without its unit, a bound without
the other) says what is missing. Where an instruction has a `text`, that stands first as it was written, and of the rest
what it does not say, behind *also coded in the order*. Instructions follow each other by *then* (their `sequence`, or
their days), and stand side by side with *also*. Not told: `doseAndRate.type` (ordered or calculated, it is one dose).
"""
COLUMNS = ["part", "for example", "words"]


def _doses(**elements: Any) -> dict[str, Any]:
    return {"doseAndRate": [elements]}


def _repeat(**elements: Any) -> dict[str, Any]:
    return {"timing": {"repeat": elements}}


def _of(value: float, unit: str = "") -> dict[str, Any]:
    return {"value": value, "unit": unit} if unit else {"value": value}


_TABLETS, _DAILY = {"low": _of(1, "tablet"), "high": _of(2, "tablet")}, {"period": 1, "periodUnit": "d"}
_PER_DAY = {"numerator": _of(4, "g"), "denominator": _of(1, "d")}
CASES: list[tuple[str, dict[str, Any], str]] = [
    ("doseQuantity", _doses(doseQuantity=_of(2, "tablet")), "2 tablets"),
    ("doseQuantity, a half", _doses(doseQuantity=_of(0.5, "tablet")), "half a tablet"),
    ("doseQuantity, a unit that is misread", _doses(doseQuantity=_of(1000, "U")), "1,000 units"),
    ("doseQuantity without a unit", _doses(doseQuantity=_of(1)), "1 (no unit given)"),
    ("doseRange", _doses(doseRange=_TABLETS), "1 to 2 tablets"),
    ("doseRange, low alone", _doses(doseRange={"low": _of(1, "tablet")}), "1 tablet or more"),
    ("doseRange, high alone", _doses(doseRange={"high": _of(2, "tablet")}), "up to 2 tablets"),
    ("rateQuantity", _doses(doseQuantity=_of(5, "mL"), rateQuantity=_of(2, "mL/h")), "5 mL at 2 mL/h"),
    ("rateRange", _doses(rateRange={"low": _of(1, "mL/h"), "high": _of(2, "mL/h")}), "at 1 to 2 mL/h"),
    ("rateRatio", _doses(rateRatio={"numerator": _of(5, "mg"), "denominator": _of(1, "h")}), "at 5 mg an hour"),
    (
        "doseAndRate, several",
        {"doseAndRate": [{"doseQuantity": _of(10, "mg")}, {"doseQuantity": _of(1, "tablet")}]},
        "1 tablet (10 mg)",
    ),
    ("frequency, period", _repeat(frequency=2, **_DAILY), "twice a day"),
    ("frequencyMax", _repeat(frequency=1, frequencyMax=3, **_DAILY), "1 to 3 times a day"),
    ("frequencyMax alone", _repeat(frequencyMax=3, **_DAILY), "up to 3 times a day"),
    ("frequency without a period", _repeat(frequency=2), "twice"),
    ("period", _repeat(frequency=1, period=6, periodUnit="h"), "every 6 hours"),
    ("period, a half", _repeat(frequency=1, period=0.5, periodUnit="d"), "twice a day"),
    ("period without a unit", _repeat(frequency=2, period=3), "twice every 3 (no unit given)"),
    ("periodUnit without a period", _repeat(frequency=1, periodUnit="d"), "once every so many days (no number given)"),
    ("periodMax", _repeat(period=4, periodMax=6, periodUnit="h"), "every 4 to 6 hours"),
    ("periodMax alone", _repeat(frequency=2, periodMax=3, periodUnit="d"), "twice every up to 3 days"),
    ("timing.code", {"timing": {"code": {"coding": [{"code": "BID"}]}}}, "twice a day"),
    ("dayOfWeek", _repeat(dayOfWeek=["mon", "thu"]), "on Mon, Thu"),
    ("timeOfDay", _repeat(timeOfDay=["08:00:00", "20:30:00"]), "at 08:00, 20:30"),
    ("when", _repeat(when=["HS", "ACM"]), "at bedtime, before breakfast"),
    ("when, offset", _repeat(when=["AC"], offset=30), "30 minutes before meals"),
    ("when, offset, where it has no before and after", _repeat(when=["MORN"], offset=30),
     "in the morning (offset 30 minutes)"),
    ("offset alone", _repeat(offset=30), "offset 30 minutes (from what is not said)"),
    ("duration", _repeat(duration=30, durationUnit="min"), "over 30 minutes"),
    ("durationMax", _repeat(duration=1, durationMax=2, durationUnit="h"), "over 1 to 2 hours"),
    ("count", _repeat(count=3), "3 times in all"),
    ("countMax", _repeat(count=3, countMax=5), "3 to 5 times in all"),
    ("boundsDuration", _repeat(boundsDuration=_of(10, "days")), "for 10 days"),
    ("boundsRange", _repeat(boundsRange={"low": _of(5, "d"), "high": _of(7, "d")}), "for 5 to 7 days"),
    (
        "boundsPeriod",
        _repeat(boundsPeriod={"start": "2026-11-19", "end": "2026-11-29T20:00:00-05:00"}),
        "from 19 Nov 2026, until 29 Nov 2026 at 20:00",
    ),
    ("event", {"timing": {"event": ["2026-12-01T14:30:00-05:00"]}}, "on 1 Dec 2026 at 14:30"),
    ("asNeededBoolean", {"asNeededBoolean": True}, "as needed"),
    ("asNeededCodeableConcept", {"asNeededCodeableConcept": {"text": "pain"}}, "as needed for pain"),
    ("asNeededCodeableConcept without words", {"asNeededCodeableConcept": {"coding": [{"code": "25064002"}]}},
     "as needed (reason code 25064002)"),
    ("route", {"route": {"text": "Nasal"}}, "Nasal"),
    ("method", {"method": {"text": "Chew"}}, "Chew"),
    ("site", {"site": {"text": "left eye"}}, "left eye"),
    ("site, method, route without words", {"site": {"coding": [{"code": "8966001"}]}}, "site code 8966001"),
    ("maxDosePerPeriod", {"maxDosePerPeriod": _PER_DAY}, "at most 4 g a day"),
    ("maxDosePerAdministration", {"maxDosePerAdministration": _of(2, "tablet")}, "at most 2 tablets at a time"),
    ("maxDosePerLifetime", {"maxDosePerLifetime": _of(300, "mg")}, "at most 300 mg in a lifetime"),
    ("patientInstruction", {"patientInstruction": "Shake well"}, "Shake well"),
    ("additionalInstruction", {"additionalInstruction": [{"text": "Take with food"}]}, "Take with food"),
]  # fmt: skip
SEVERAL: list[tuple[str, list[dict[str, Any]], str]] = [
    ("text", [{"text": "1-2 tabs q4-6h PRN", **_repeat(count=20)}],
     "1-2 tabs q4-6h PRN; also coded in the order: 20 times in all"),
    ("sequence", [{"sequence": 2, "text": "20 mg daily"}, {"sequence": 1, "text": "40 mg daily"}],
     "40 mg daily; then 20 mg daily"),
    ("sequence, the same", [{"sequence": 1, "text": "1 now"}, {"sequence": 1, "text": "1 at night"}],
     "1 now; also 1 at night"),
    ("sequence of some alone", [{"text": "5 mg if dizzy"}, {"sequence": 1, "text": "10 mg daily"}],
     "10 mg daily; besides, at a time not said: 5 mg if dizzy"),
]  # fmt: skip


def _shown(example: Any) -> str:
    return f"`{json.dumps(example, separators=(',', ':'))}`"


ROWS = [
    *([f"`{part}`" if part.isalpha() else part, _shown(example), words] for part, example, words in CASES),
    *([f"`{part}`" if part.isalpha() else part, _shown(steps), words] for part, steps, words in SEVERAL),
]


@pytest.mark.parametrize(("part", "example", "words"), CASES, ids=[part for part, *_ in CASES])
def test_each_part_has_its_words_and_they_are_read_back(part: str, example: dict[str, Any], words: str) -> None:
    assert dosage_words(made(example), BOSTON) == words
    assert read_one(words) == meant(example)


@pytest.mark.parametrize(("part", "steps", "words"), SEVERAL, ids=[part for part, *_ in SEVERAL])
def test_several_and_those_with_words_of_their_own(part: str, steps: list[dict[str, Any]], words: str) -> None:
    assert dosages_words([made(one) for one in steps], BOSTON) == words


def test_every_element_of_a_dosage_and_its_timing_stands_in_the_table() -> None:
    elements = """
        text sequence additionalInstruction patientInstruction asNeededBoolean asNeededCodeableConcept site route method
        doseQuantity doseRange rateQuantity rateRange rateRatio maxDosePerPeriod maxDosePerAdministration
        maxDosePerLifetime event code boundsDuration boundsRange boundsPeriod count countMax duration durationMax
        durationUnit frequency frequencyMax period periodMax periodUnit dayOfWeek timeOfDay when offset
    """
    table = json.dumps([[part, example] for part, example, _ in [*CASES, *SEVERAL]])
    assert [one for one in elements.split() if f'"{one}"' not in table] == []
