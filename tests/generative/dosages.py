"""Made-up instructions in the structure of FHIR R4, every part of it, and what each means as the reader reads it."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal
from typing import Any

from hypothesis import strategies as st

from tests.generative.dosage_reader import LENGTHS, METHODS, ROUTES, SITES, WHEN
from tests.generative.visits import some
from tests.spec.cast import BOSTON

Json = dict[str, Any]
CONCEPTS = {"route code 90028008": "90028008", "method code 421521009": "421521009", "site code 8966001": "8966001"}
UNITS = {"mg": "mg", "mL": "mL", "tablet": "tablet", "tablets": "tablet", "U": "unit", "ug": "mcg", "mg/kg": "mg/kg",
         "puff": "puff", "{tbl}": "tablet", "": "", "1": ""}  # fmt: skip
"""By how an EHR writes it: the unit that is meant."""
CODES = {"BID": (2, None, Decimal(1), None, "d"), "Q4H": (1, None, Decimal(4), None, "h"), "AM": "AM", "QPM": "QPM",
         "QOD": (1, None, Decimal(2), None, "d"), "HS": "HS", "STAT": "STAT",
         "WK": (1, None, Decimal(1), None, "wk")}  # fmt: skip
NUMBERS = st.sampled_from([Decimal(text) for text in ("0.25", "0.5", "1", "1.0", "1.5", "2", "4", "10", "24", "1000")])
AMOUNTS = st.builds(
    lambda value, unit: {"value": value, "unit": unit} if unit else {"value": value}, NUMBERS, st.sampled_from([*UNITS])
)
COMPARED = st.builds(lambda one, sign: {**one, **sign}, AMOUNTS, st.sampled_from([{}, {}, {"comparator": "<="}]))
RANGES = some(low=AMOUNTS, high=AMOUNTS).filter(bool)
SPANS = st.builds(
    lambda value, unit, sign: {"value": value, **unit, **sign},
    st.integers(1, 40),
    st.sampled_from([{"unit": "days", "code": "d"}, {"unit": "weeks"}, {"code": "h"}, {"unit": "mo"}]),
    st.sampled_from([{}, {}, {"comparator": "<"}]),
)
RATIOS = st.builds(
    lambda much, over: {"numerator": much, "denominator": over},
    AMOUNTS,
    st.one_of(
        st.sampled_from([{"value": 1, "unit": "h"}, {"value": 24, "code": "h"}, {"value": 1, "code": "d"}]), AMOUNTS
    ),
)
MOMENTS = st.sampled_from(
    ["2026-11-19", "2026-12-01T14:30:00-05:00", "2026-12-01T13:00:20Z", "2027-01-05T00:00:00-05:00"]
)


def optional(*choices: Json) -> st.SearchStrategy[Json]:
    """One of those choices of an element, or none of them."""
    return st.sampled_from([{}, *choices])


def bounded(low: str, high: str, numbers: st.SearchStrategy[Any], **unit: st.SearchStrategy[Any]) -> Any:
    """An amount with its upper bound and its unit, any of which may be missing."""
    return some(**{low: numbers, high: numbers.map(lambda one: one + 40), **unit})


TIMED = st.one_of(
    some(timeOfDay=st.sampled_from([["08:00:00"], ["08:00:00", "20:30:15"]])),
    some(when=st.lists(st.sampled_from(sorted(WHEN.values())), min_size=1, max_size=3, unique=True),
         offset=st.sampled_from([5, 30])),
)  # fmt: skip
REPEATS = st.builds(
    lambda *parts: {name: value for part in parts for name, value in part.items()},
    bounded("frequency", "frequencyMax", st.integers(1, 6)),
    bounded("period", "periodMax", NUMBERS, periodUnit=st.sampled_from([*LENGTHS.values()])),
    bounded("duration", "durationMax", NUMBERS, durationUnit=st.sampled_from(["min", "h"])),
    bounded("count", "countMax", st.integers(1, 30)),
    some(dayOfWeek=st.lists(st.sampled_from(["mon", "thu", "sun"]), min_size=1, max_size=2, unique=True)),
    TIMED,
    st.one_of(some(boundsDuration=SPANS), some(boundsPeriod=some(start=MOMENTS, end=MOMENTS)),
              some(boundsRange=some(low=SPANS, high=SPANS))),
)  # fmt: skip
DOSES = st.builds(
    lambda dose, rate: {**dose, **rate},
    st.one_of(some(doseQuantity=COMPARED), some(doseRange=RANGES)),
    st.one_of(some(rateQuantity=COMPARED), some(rateRange=RANGES), some(rateRatio=RATIOS)),
)
TOLD = st.sampled_from(["Shake well", "Take with food", "Do not drive"])


def concepts(words: set[str]) -> st.SearchStrategy[Json]:
    """By its words, or by a code alone."""
    return st.sampled_from(sorted(words)).map(
        lambda one: {"coding": [{"code": CONCEPTS[one]}]} if one in CONCEPTS else {"text": one}
    )


STRUCTURES = st.builds(
    lambda one, needed: {**one, **needed},
    some(
        sequence=st.integers(1, 3),
        additionalInstruction=st.lists(TOLD.map(lambda text: {"text": text}), min_size=1, max_size=2),
        patientInstruction=TOLD,
        timing=some(repeat=REPEATS, code=st.sampled_from([*CODES]).map(lambda code: {"coding": [{"code": code}]}),
                    event=st.lists(MOMENTS, min_size=1, max_size=2, unique=True)),
        route=concepts(ROUTES), method=concepts(METHODS), site=concepts(SITES),
        doseAndRate=st.lists(DOSES, min_size=1, max_size=2),
        maxDosePerPeriod=RATIOS, maxDosePerAdministration=AMOUNTS, maxDosePerLifetime=AMOUNTS,
    ),
    optional({"asNeededBoolean": True}, {"asNeededBoolean": False}, {"asNeededCodeableConcept": {"text": "pain"}},
             {"asNeededCodeableConcept": {"coding": [{"code": "25064002"}]}}),
)  # fmt: skip

STEPS = st.builds(
    lambda number, much: {**number, "doseAndRate": [{"doseQuantity": {"value": much, "unit": "mg"}}]},
    some(sequence=st.integers(1, 3)),
    st.integers(1, 9),
)


def meant(dosage: Json) -> Json:
    """What an instruction means, in the reader's keys."""
    timing = dosage.get("timing", {})
    told = [*([dosage["patientInstruction"]] if "patientInstruction" in dosage else []),
            *(one["text"] for one in dosage.get("additionalInstruction", []))]  # fmt: skip
    reason = dosage.get("asNeededCodeableConcept", {})
    found: Json = {
        "dose": frozenset(filter(any, map(_dose, dosage.get("doseAndRate", [])))),
        **_timing(timing.get("repeat", {}), timing.get("code")),
        "events": frozenset(_moment(one) for one in timing.get("event", [])),
        "as needed": reason.get("text") or (("code", reason["coding"][0]["code"]) if reason else None)
        or dosage.get("asNeededBoolean"),
        **{key: _concept(dosage.get(key), key) for key in ("route", "method", "site")},
        "most in a period": _ratio(dosage.get("maxDosePerPeriod")),
        "most at a time": _amount(dosage.get("maxDosePerAdministration")),
        "most in a lifetime": _amount(dosage.get("maxDosePerLifetime")),
        "told": ", ".join(told),
    }  # fmt: skip
    return {key: value for key, value in found.items() if value}


def _dose(one: Json) -> tuple[Any, Any]:
    rate = _amount(one.get("rateQuantity")) or _range(one.get("rateRange")) or _ratio(one.get("rateRatio"))
    return _amount(one.get("doseQuantity")) or _range(one.get("doseRange")), rate


def _timing(repeat: Json, code: Json | None) -> Json:
    often = _frequency(repeat)
    coded = CODES[code["coding"][0]["code"]] if code else None
    offset = repeat.get("offset", 0)
    when = {(one, offset) for one in repeat.get("when", [])} | ({("HS", 0)} if coded == "HS" else set())
    bounds = repeat.get("boundsPeriod", {})
    return {
        "often": frozenset(one for one in (often, None if coded == "HS" else coded) if one),
        "when": frozenset(when),
        "offset": 0 if "when" in repeat else offset,
        "days": tuple(day.capitalize() for day in repeat.get("dayOfWeek", [])),
        "clock": tuple(time.removesuffix(":00") for time in repeat.get("timeOfDay", [])),
        "over": _over(repeat),
        "count": _count(repeat.get("count"), repeat.get("countMax")),
        "for": _amount(repeat.get("boundsDuration")) or _range(repeat.get("boundsRange")),
        "from": _moment(bounds["start"], "00:00") if "start" in bounds else None,
        "until": _moment(bounds["end"]) if "end" in bounds else None,
    }  # fmt: skip


def _frequency(repeat: Json) -> Any:
    often, most = repeat.get("frequency"), repeat.get("frequencyMax")
    period, longest, unit = _number(repeat.get("period")), _number(repeat.get("periodMax")), repeat.get("periodUnit")
    if period is None and longest is None and unit is None:
        return (often, most, None, None, None) if often or most else None
    if unit and most is None and longest is None and period in (Decimal("0.25"), Decimal("0.5")):
        return int((often or 1) / period), None, Decimal(1), None, unit
    return often if often or most else 1, most, period, longest, unit


def _count(least: int | None, most: int | None) -> Any:
    return (_number(least), _number(most)) if least or most else None


def _over(repeat: Json) -> Any:
    low, high, unit = (repeat.get(name) for name in ("duration", "durationMax", "durationUnit"))
    if low is None and high is None:
        return None
    least = None if low is None else ("", _number(low), unit or "")
    return least if high is None else (least, ("", _number(high), unit or ""))


def _range(given: Json | None) -> Any:
    low, high = (_amount((given or {}).get(name)) for name in ("low", "high"))
    return (low, high) if low or high else None


def _ratio(given: Json | None) -> Any:
    return (_amount(given["numerator"]), _amount(given["denominator"])) if given else None


def _amount(given: Json | None) -> Any:
    if given is None:
        return None
    unit = given.get("code") or given.get("unit") or ""
    unit = UNITS.get(unit, LENGTHS.get(unit.removesuffix("s"), unit))
    return given.get("comparator", ""), _number(given["value"]), unit


def _number(value: Any) -> Decimal | None:
    return None if value is None else Decimal(value).normalize()


def _concept(given: Json | None, what: str) -> str | None:
    return None if given is None else given.get("text") or f"{what} code {given['coding'][0]['code']}"


def _moment(written: str, unsaid: str = "") -> tuple[str, str | None]:
    if "T" not in written:
        return written, None
    local = datetime.fromisoformat(written).astimezone(BOSTON)
    clock = f"{local:%H:%M:%S}".removesuffix(":00")
    return f"{local:%Y-%m-%d}", None if clock == unsaid else clock
