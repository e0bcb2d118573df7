"""Dosages as real EHRs send them: by code alone, in halves, as needed, in words and in structure at once."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest

from loopclose.drafting.dosing import dosage_words, dosages_words
from loopclose.drafting.dosing_words import plain
from tests.spec.cast import BOSTON
from tests.unit.drafting.test_wording import dosage, dose, repeat

TABLET = dose(1, "tablet")
ONCE = {"frequency": 1, "period": 1, "periodUnit": "d"}


def coded(code: str, **more: Any) -> dict[str, Any]:
    return {"timing": {"code": {"coding": [{"code": code}]}, **more}}


@pytest.mark.parametrize(
    ("code", "said"),
    [
        ("BID", "twice a day"),
        ("QID", "4 times a day"),
        ("QHS", "at bedtime"),
        ("Q4H", "every 4 hours"),
        ("q12h", "every 12 hours"),
        ("QOD", "every other day"),
        ("AM", "every morning"),
        ("229799001", "twice a day"),
        ("XYZ", "XYZ"),
    ],
)
def test_a_timing_by_code_alone_is_said(code: str, said: str) -> None:
    assert dosage_words(dosage(**TABLET, **coded(code)), BOSTON) == f"1 tablet, {said}"


def test_a_timing_code_is_said_beside_what_the_structure_says() -> None:
    bounds = {"repeat": {"boundsDuration": {"value": 10, "unit": "d"}}}
    assert dosage_words(dosage(**TABLET, **coded("BID", **bounds)), BOSTON) == "1 tablet, twice a day, for 10 days"
    same = dosage(timing={"repeat": ONCE, "code": {"text": "Daily"}})
    assert dosage_words(same, BOSTON) == "once a day"
    apart = dosage(timing={"repeat": {"frequency": 1, "period": 8, "periodUnit": "h"}, "code": {"text": "BID"}})
    assert dosage_words(apart, BOSTON) == "every 8 hours or twice a day (BID) (the order gives both)"


@pytest.mark.parametrize(
    ("text", "besides"),
    [
        ("1 tablet daily", None),
        ("Take one tablet by mouth once daily.", None),
        ("1 tab BID", "once a day"),
        ("Take 2 tablets daily", "1 tablet"),
        ("Take 1 tablet by mouth.", "once a day"),
        ("1 tablet 3 times a day", "once a day"),
        ("Take 1 tablet twice daily", "once a day"),
    ],
)
def test_what_the_text_does_not_say_is_added_and_marked(text: str, besides: str | None) -> None:
    said = dosage_words(dosage(text=text, **TABLET, timing={"repeat": ONCE}, route={"text": "by mouth"}), BOSTON)
    marked = said.partition("; also coded in the order: ")[2].removesuffix(", by mouth") if said else ""
    assert marked.removesuffix("by mouth") == (besides or "")


@pytest.mark.parametrize(
    "text", ["1 1/2 tabs daily", "1½ tablets daily", "One and a half tablets daily", "1-1/2 tab daily"]
)
def test_one_and_a_half_is_not_a_half(text: str) -> None:
    half = {"doseAndRate": [{"doseQuantity": {"value": 0.5, "unit": "tablet"}}]}
    more = {"doseAndRate": [{"doseQuantity": {"value": 1.5, "unit": "tablet"}}]}
    assert dosage_words(dosage(text=text, **half), BOSTON) == f"{text}; also coded in the order: half a tablet"
    assert dosage_words(dosage(text=text, **more), BOSTON) == text


def test_as_needed_and_the_most_are_never_lost() -> None:
    most = {
        "maxDosePerPeriod": {"numerator": {"value": 8, "unit": "tablet"}, "denominator": {"value": 24, "unit": "h"}}
    }
    said = dosage_words(dosage(text="1-2 tabs q4-6h", asNeededBoolean=True, **most), BOSTON)
    assert said == "1-2 tabs q4-6h; also coded in the order: as needed, at most 8 tablets in 24 hours"
    told = dosage(text="1-2 tabs q4-6h PRN, max 8 per day", asNeededBoolean=True, **most)
    assert dosage_words(told, BOSTON) == "1-2 tabs q4-6h PRN, max 8 per day"
    range_ = {"repeat": {"frequency": 1, "period": 4, "periodMax": 6, "periodUnit": "h"}}
    assert "coded" not in str(dosage_words(dosage(text="1 tab q4-6h", timing=range_), BOSTON))
    assert dosage_words(dosage(asNeededCodeableConcept={"coding": [{"code": "22253000"}]}), BOSTON) == (
        "as needed (reason code 22253000)"
    )


def test_the_most_at_a_time_and_in_a_lifetime() -> None:
    once = dosage(text="50 mg IV once", maxDosePerLifetime={"value": 300, "unit": "mg/m2"})
    assert str(dosage_words(once, BOSTON)).endswith("at most 300 mg/m2 in a lifetime")
    most = dosage(**TABLET, maxDosePerAdministration={"value": 2, "unit": "tablet"})
    assert dosage_words(most, BOSTON) == "1 tablet, at most 2 tablets at a time"


def test_one_dose_in_several_measures_is_one_dose() -> None:
    measures = (("calculated", 10, "mg"), ("admin-amount", 1, "tablet"), ("ordered", 10, "mg"))
    given = [{"type": {"text": how}, "doseQuantity": {"value": value, "unit": unit}} for how, value, unit in measures]
    assert dosage_words(dosage(doseAndRate=given, timing={"repeat": ONCE}, route={"text": "Oral"}), BOSTON) == (
        "1 tablet (10 mg), once a day, by mouth"
    )


@pytest.mark.parametrize(
    ("instruction", "said"),
    [
        (dosage(**dose(5.0, "U"), **coded("QOD")), "5 units, every other day"),
        (dosage(**dose(4000, "[iU]")), "4,000 units"),
        (dosage(**dose(50, "ug")), "50 mcg"),
        (dosage(**dose(0.5, "{tbl}")), "half a tablet"),
        (dosage(**dose(6, "tablet")), "6 tablets"),
        (dosage(**dose(1, "1")), "1 (no unit given)"),
        (dosage(doseAndRate=[{"doseQuantity": {"value": 1.0}}]), "1 (no unit given)"),
        (repeat(frequency=1, period=0.5, periodUnit="d"), "twice a day"),
        (repeat(when=["HS", "PC"], offset=30), "30 minutes before bedtime, 30 minutes after meals"),
        (repeat(when=["MORN.early"]), "early in the morning"),
        (dosage(route={"coding": [{"code": "26643006"}]}), "by mouth"),
        (dosage(additionalInstruction=[{"coding": [{"code": "311504000"}]}]), "instruction code 311504000"),
        (dosage(text="Take 1 tablet\nby mouth daily..\r\n"), "Take 1 tablet by mouth daily"),
    ],
)
def test_units_halves_and_moments_are_safe_to_read(instruction: Any, said: str) -> None:
    assert dosage_words(instruction, BOSTON) == said


def test_instructions_stand_in_the_order_of_their_numbers() -> None:
    first, then = dosage(sequence=1, text="80 mg daily for 3 days."), dosage(sequence=2, text="then 40 mg daily")
    assert dosages_words((then, first), BOSTON) == "80 mg daily for 3 days; then 40 mg daily"
    morning, night = dosage(sequence=1, text="81 mg in the morning"), dosage(sequence=1, text="81 mg at night")
    assert dosages_words((morning, night, dosage(sequence=2, text="81 mg daily")), BOSTON) == (
        "81 mg in the morning; also 81 mg at night; then 81 mg daily"
    )
    assert dosages_words((dosage(text="1 now"), dosage(text="1 later")), BOSTON) == "1 now; also 1 later"


def test_no_number_however_odd_takes_long() -> None:
    assert plain(Decimal("1E-999999")) == "1E-999999" and plain(Decimal("1E+999999")) == "1E+999999"
    assert dosage_words(repeat(frequency=1, period=0.0000001, periodUnit="d"), BOSTON) == "every 0.0000001 days"


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("Take 1 tablet daily\nAvoid grapefruit", "Take 1 tablet daily; Avoid grapefruit"),
        ("Take 1 tablet daily\r\nmax 3 per day", "Take 1 tablet daily; max 3 per day"),
        ("Take 1 tablet.\nTake with food.", "Take 1 tablet. Take with food"),
        ("Week 1: 5 mg\n\nWeek 2: 10 mg", "Week 1: 5 mg; Week 2: 10 mg"),
        ("Take 1 tablet\ntwice daily\nwith food", "Take 1 tablet twice daily with food"),
        ("1 tab AM<br>2 tabs PM", "1 tab AM; 2 tabs PM"),
    ],
)
def test_the_lines_of_an_instruction_stand_apart(text: str, words: str) -> None:
    assert dosage_words(dosage(text=text), BOSTON) == words
