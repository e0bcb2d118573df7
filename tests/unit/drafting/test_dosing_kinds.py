"""Instructions of orders in other shapes than those in which they were met: codes, units, steps, contradictions."""

from __future__ import annotations

from typing import Any

import pytest

from loopclose.drafting.dosing import dosage_words, dosages_words
from loopclose.drafting.dosing_conflicts import contradicted, said_otherwise
from loopclose.drafting.often import differ
from tests.spec.cast import BOSTON
from tests.unit.drafting.test_wording import dosage, dose


def coded(code: str, **more: Any) -> dict[str, Any]:
    return {"timing": {"code": {"coding": [{"code": code}]}, **more}}


def repeat(**elements: Any) -> dict[str, Any]:
    return {"timing": {"repeat": elements}}


@pytest.mark.parametrize(
    ("code", "words"),
    [
        ("BIDWM", "twice a day, with meals"), ("TID AC", "3 times a day, before meals"),
        ("QIDACHS", "4 times a day, before meals and at bedtime"), ("QAC&HS", "before meals and at bedtime"),
        ("QAMAC", "every morning, before meals"), ("QODHS", "every other day, at bedtime"),
        ("Q4-6HPRN", "every 4 to 6 hours, as needed"), ("Q4H WA", "every 4 hours, while awake"),
        ("TIDPRN", "3 times a day, as needed"), ("5XD", "5 times a day"), ("3X/WEEK", "3 times a week"),
        ("q6hr", "every 6 hours"), ("Q 8 HOURS", "every 8 hours"), ("Q1H", "every hour"), ("Q2WEEKS", "every 2 weeks"),
        ("QMONTH", "once a month"), ("MWF", "on Mon, Wed, Fri"), ("MO,WE,FR", "on Mon, Wed, Fri"),
        ("BD", "twice a day"), ("TDS", "3 times a day"), ("PRN", "as needed"), ("CONTINUOUS", "continuously"),
        ("OD", "OD"), ("Q3M", "Q3M"), ("DAILY0900", "DAILY0900"), ("396125000", "timing code 396125000"),
    ],
)  # fmt: skip
def test_a_timing_code_of_any_vendor_is_told_or_stands_as_it_is(code: str, words: str) -> None:
    assert dosage_words(dosage(**coded(code)), BOSTON) == words


@pytest.mark.parametrize(
    ("reason", "words"),
    [
        ({"text": "for pain"}, "as needed for pain"), ({"text": "PRN"}, "as needed"),
        ({"text": "as needed for nausea"}, "as needed for nausea"), ({"text": "Prn: itch."}, "as needed for itch"),
        ({"coding": [{"code": "1", "display": "As required"}]}, "as needed"), ({}, "as needed"),
        ({"coding": [{"code": "R51.9"}]}, "as needed (reason code R51.9)"),
    ],
)  # fmt: skip
def test_as_needed_is_said_once(reason: Any, words: str) -> None:
    assert dosage_words(dosage(asNeededCodeableConcept=reason), BOSTON) == words
    every = dosage_words(dosage(asNeededCodeableConcept=reason, **coded("Q6HPRN")), BOSTON)
    assert every == f"every 6 hours, {words}"


@pytest.mark.parametrize(
    ("value", "unit", "words"),
    [
        (2, "{actuat}", "2 actuations"), (1, "{patch}", "1 patch"), (2, "Tablet(s)", "2 tablets"), (1, "EA", "1 each"),
        (5000, "[USP'U]", "5,000 units"), (50, "MCG", "50 mcg"), (5, "ug/kg", "5 mcg/kg"),
        (18, "U/kg/h", "18 units/kg/h"),
        (2, "gtt", "2 drops"), (2, "MU", "2 million units"), (2, "mU", "2 milliunits"), (2, "patches", "2 patches"),
        (0.5, "{application}", "half an application"), (2, "Pen Injector", "2 Pen Injector"),
    ],
)  # fmt: skip
def test_units_are_told_as_they_are_safe_to_read(value: float, unit: str, words: str) -> None:
    assert dosage_words(dosage(**dose(value, unit)), BOSTON) == words


def test_a_unit_that_its_code_contradicts_says_so() -> None:
    two = {"doseAndRate": [{"doseQuantity": {"value": 125, "unit": "mg", "code": "ug"}}]}
    assert dosage_words(dosage(**two), BOSTON) == "125 mg (coded as ug)"
    same = {"doseAndRate": [{"doseQuantity": {"value": 125, "unit": "mcg", "code": "ug"}}]}
    assert dosage_words(dosage(**same), BOSTON) == "125 mcg"


@pytest.mark.parametrize(
    ("over", "words"),
    [({"value": 1, "unit": "hr"}, "an hour"), ({"value": 1, "unit": "Day(s)"}, "a day"),
     ({"value": 24, "unit": "Hours"}, "in 24 hours"), ({"value": 1, "unit": "day", "code": "d"}, "a day")],
)  # fmt: skip
def test_lengths_of_time_however_their_unit_is_written(over: Any, words: str) -> None:
    most = {"numerator": {"value": 4, "unit": "g"}, "denominator": over}
    assert dosage_words(dosage(maxDosePerPeriod=most), BOSTON) == f"at most 4 g {words}"


def test_thirds_of_a_day_and_moments_in_small_letters() -> None:
    assert dosage_words(dosage(**repeat(frequency=1, period=0.33, periodUnit="d")), BOSTON) == "3 times a day"
    assert dosage_words(dosage(**repeat(when=["hs", "Morn.Early"])), BOSTON) == "at bedtime, early in the morning"


FIVE = repeat(boundsDuration={"value": 5, "code": "d"})
TEN = repeat(boundsDuration={"value": 10, "code": "d"}, when=["MORN"])


@pytest.mark.parametrize(
    ("steps", "words"),
    [
        ([{**dose(40, "mg"), **FIVE}, {**dose(20, "mg"), **FIVE}], "40 mg, for 5 days; then 20 mg, for 5 days"),
        ([{"text": "30 mg daily for 3 days"}, {"text": "20 mg daily"}], "30 mg daily for 3 days; then 20 mg daily"),
        ([{"text": "Days 1-3: 1 tab"}, {"text": "Days 4-7: 2 tabs"}], "Days 1-3: 1 tab; then Days 4-7: 2 tabs"),
        ([{"text": "2 tabs on day 1"}, {"text": "then 1 tab daily"}], "2 tabs on day 1; then 1 tab daily"),
        ([{**dose(40, "mg"), **repeat(boundsPeriod={"end": "2026-11-24"})},
          {**dose(20, "mg"), **repeat(boundsPeriod={"start": "2026-11-25"})}],
         "40 mg, until 24 Nov 2026; then 20 mg, from 25 Nov 2026"),
        ([{**dose(2, "mg"), **TEN}, {**dose(1, "mg"), **TEN}],
         "2 mg, in the morning, for 10 days; also 1 mg, in the morning, for 10 days"),
        ([{"text": "1 tab"}, {"text": "2 tabs"}], "1 tab; also 2 tabs"),
        ([{"text": "1 tab daily"}, {"text": "1 tab daily"}], "1 tab daily"),
    ],
)  # fmt: skip
def test_steps_that_nothing_numbers_do_not_add_up(steps: Any, words: str) -> None:
    assert dosages_words([dosage(**one) for one in steps], BOSTON) == words


DAY, WEEK = {"frequency": 1, "period": 1, "periodUnit": "d"}, {"frequency": 1, "period": 1, "periodUnit": "wk"}


@pytest.mark.parametrize(
    ("text", "elements", "is_other"),
    [
        ("1 tab q6h", repeat(frequency=1, period=8, periodUnit="h"), True),
        ("1 tab q4-6h prn", repeat(frequency=1, period=6, periodUnit="h"), False),
        ("inject once a month", repeat(**WEEK), True), ("inject monthly", coded("Q4WK"), False),
        ("1 tab daily for 7 days then bid", coded("BID"), False),
        ("1 in the morning, 2 at bedtime", coded("BID"), False),
        ("1 tab daily with meals", coded("TID"), False), ("Take 125 mcg daily", dose(125, "mg"), True),
        ("Take 0.125 mg daily", dose(125, "mcg"), False), ("Take five tablets", dose(4, "tablet"), True),
        ("Take 2 tablets (5 mg each)", dose(10, "mg"), False), ("1 cap TID x 10 days", FIVE, True),
        ("1 cap TID for 5 days", FIVE, False), ("1 g by mouth", {"route": {"text": "Intravenous"}}, True),
        ("1 g PO", {"route": {"text": "Oral"}}, False), ("2 drops right eye", {"site": {"text": "Left eye"}}, True),
        ("2 drops both eyes", {"site": {"text": "Left eye"}}, False),
        ("1 tab q6h prn, max 4 tabs/day",
         {"maxDosePerPeriod": {"numerator": {"value": 8, "unit": "tablet"}, "denominator": {"value": 1, "code": "d"}}},
         True),
    ],
)  # fmt: skip
def test_what_the_words_and_the_codes_of_an_order_cannot_both_mean(text: str, elements: Any, is_other: bool) -> None:
    assert bool(contradicted(dosage(text=text, **elements), BOSTON)) is is_other


@pytest.mark.parametrize(
    ("elements", "said"),
    [
        ({"timing": {"repeat": {**DAY, "frequency": 2}, "code": {"coding": [{"code": "TID"}]}}},
         "twice a day or 3 times a day (the order gives both)"),
        ({"doseAndRate": [*dose(10, "mg")["doseAndRate"], *dose(20, "mg")["doseAndRate"]]},
         "10 mg or 20 mg (the order gives each)"),
        ({"timing": {"repeat": DAY, "code": {"coding": [{"code": "QHS"}]}}}, None),
        ({"timing": {"repeat": {**DAY, "frequency": 2}, "code": {"coding": [{"code": "Q12H"}]}}}, None),
    ],
)  # fmt: skip
def test_codes_that_contradict_each_other_are_said_and_asked(elements: Any, said: str | None) -> None:
    one = dosage(**elements)
    assert [*said_otherwise(one, BOSTON)] == ([f"{said}. Which is meant?"] if said else [])
    assert said is None or said in (dosage_words(one, BOSTON) or "")


def test_another_dose_told_to_the_patient_is_asked() -> None:
    (asked,) = said_otherwise(dosage(text="1 tab daily", patientInstruction="Take 2 tablets daily"), BOSTON)
    assert asked == "the order says “1 tab daily”, and the patient is told “Take 2 tablets daily”."
    same = dosage(text="Take 1 tablet by mouth daily.", patientInstruction="1 tablet each morning with food")
    assert [*said_otherwise(same, BOSTON)] == []


def test_a_month_is_four_weeks_and_a_week_is_no_day() -> None:
    assert not differ("every 4 weeks", "monthly") and differ("weekly", "daily") and not differ("as directed", "daily")
