"""The ways in which values are written in words, one by one: nothing else may change a value."""

from __future__ import annotations

import json
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

import msgspec
import pytest

from fhir_adapters.facts import When
from fhir_adapters.facts.dosage import Dosage
from fhir_adapters.facts.elements import Quantity, Range, Ratio
from loopclose.drafting.dosing import dosage_words
from loopclose.drafting.wording import amount, date_words, number, per, span, value_of
from tests.spec.cast import BOSTON, fact


def dosage(**elements: Any) -> Dosage:
    return msgspec.json.decode(json.dumps(elements), type=Dosage, dec_hook=lambda cls, value: cls(value))


def repeat(**elements: Any) -> Dosage:
    return dosage(timing={"repeat": elements})


def dose(value: float, unit: str) -> dict[str, Any]:
    return {"doseAndRate": [{"doseQuantity": {"value": value, "unit": unit}}]}


@pytest.mark.parametrize(
    ("written", "said"),
    [
        ("2026-11-19", "19 Nov 2026"),
        ("2026-11", "Nov 2026"),
        ("2026", "2026"),
        ("2026-11-20T02:30:00Z", "19 Nov 2026"),  # still the 19th in Boston
        ("2026-11-19T21:30:00-05:00", "19 Nov 2026"),
    ],
)
def test_a_date_is_the_local_day(written: str, said: str) -> None:
    assert date_words(When(written), BOSTON) == said


def test_a_number_stays_as_it_was_written() -> None:
    assert [number(Decimal(text)) for text in ("5.0", "0.10", "1E+2", "12")] == ["5.0", "0.10", "100", "12"]


def test_amounts() -> None:
    five = Quantity(value=Decimal("5.0"), unit="mg")
    assert amount(five) == "5.0 mg" and amount(Quantity(value=Decimal(1), code="1")) == "1"
    assert amount(Quantity(value=Decimal(3), comparator="<", code="ng/mL")) == "<3 ng/mL"
    assert span(Range(low=five, high=five)) == "5.0 mg to 5.0 mg"
    assert per(Ratio(numerator=five, denominator=Quantity(value=Decimal(1), unit="d"))) == "5.0 mg / 1 d"


@pytest.mark.parametrize(
    ("instruction", "said"),
    [
        (dosage(text="1 tablet daily"), "1 tablet daily"),
        (dosage(text="1 tablet", patientInstruction="Take with food"), "1 tablet; Take with food"),
        (dosage(text="Take with food, 1 tablet", patientInstruction="Take with food"), "Take with food, 1 tablet"),
        (dosage(**dose(1, "tablet"), timing={"repeat": {"frequency": 2, "period": 1, "periodUnit": "d"}}),
         "1 tablet, twice a day"),
        (repeat(frequency=1, period=1, periodUnit="d"), "once a day"),
        (repeat(frequency=3, period=1, periodUnit="d"), "3 times a day"),
        (repeat(frequency=1, frequencyMax=2, period=1, periodUnit="d"), "1 to 2 times a day"),
        (repeat(frequencyMax=4, period=1, periodUnit="d"), "up to 4 times a day"),
        (repeat(period=1, periodUnit="wk"), "every week"),
        (repeat(frequency=1, period=6, periodUnit="h"), "every 6 hours"),
        (repeat(frequency=1, period=4, periodMax=6, periodUnit="h"), "every 4 to 6 hours"),
        (repeat(frequency=2, period=3, periodUnit="d"), "twice every 3 days"),
        (repeat(frequency=1, period=1, periodUnit="d", when=["HS"]), "once a day, at bedtime"),
        (repeat(when=["AC"], offset=30), "30 minutes before meals"),
        (repeat(dayOfWeek=["mon", "thu"]), "on Mon, Thu"),
        (repeat(timeOfDay=["08:00:00", "20:00:00"]), "at 08:00, 20:00"),
        (repeat(duration=30, durationUnit="min"), "over 30 minutes"),
        (repeat(count=3), "3 times in all"),
        (repeat(boundsDuration={"value": 10, "unit": "days"}), "for 10 days"),
        (repeat(boundsPeriod={"start": "2026-11-19", "end": "2026-11-29"}), "from 19 Nov 2026, until 29 Nov 2026"),
        (dosage(timing={"event": ["2026-12-01"]}), "on 1 Dec 2026"),
        (dosage(timing={"code": {"text": "BID"}}), "twice a day (BID)"),
        (dosage(asNeededBoolean=True), "as needed"),
        (dosage(asNeededCodeableConcept={"text": "pain"}), "as needed for pain"),
        (dosage(doseAndRate=[{"rateQuantity": {"value": 2, "unit": "mL/h"}}]), "at 2 mL/h"),
        (dosage(doseAndRate=[{"doseRange": {"low": {"value": 1, "unit": "g"}, "high": {"value": 2, "unit": "g"}}}]),
         "1 to 2 g"),
        (dosage(**dose(500, "mg"), maxDosePerPeriod={"numerator": {"value": 4, "unit": "g"},
                                                     "denominator": {"value": 1, "unit": "d"}}),
         "500 mg, at most 4 g a day"),
        (dosage(route={"text": "by mouth"}, additionalInstruction=[{"text": "Avoid alcohol"}]),
         "by mouth, Avoid alcohol"),
        (dosage(), None),
    ],
)  # fmt: skip
def test_a_dosage_in_words_leaves_nothing_out(instruction: Dosage, said: str | None) -> None:
    assert dosage_words(instruction, BOSTON) == said


@pytest.mark.parametrize(
    ("value", "said"),
    [
        ({"valueQuantity": {"value": 5, "unit": "mg"}}, ("valueQuantity", "5 mg")),
        ({"valueBoolean": False}, ("valueBoolean", "no")),
        ({"valueInteger": 0}, ("valueInteger", "0")),
        ({"valueString": "clear"}, ("valueString", "clear")),
        ({"valueDateTime": "2026-11-19"}, ("valueDateTime", "19 Nov 2026")),
        ({"dataAbsentReason": {"text": "refused"}}, ("dataAbsentReason", "not available (refused)")),
        ({}, None),
    ],
)
def test_a_value_of_any_type_names_its_element(value: dict[str, Any], said: tuple[str, str] | None) -> None:
    assert value_of(fact("Observation", "o", **value), ZoneInfo("UTC")) == said
