"""Orders as clinicians write them, and what each phrase says in the reader's keys; and structures that stand beside."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from hypothesis import strategies as st

from tests.generative.dosages import Json, meant, optional
from tests.generative.visits import some


def _dose(value: str, unit: str) -> frozenset[Any]:
    return frozenset({(("", Decimal(value).normalize(), unit), None)})


def _often(times: int, period: int, unit: str, longest: int | None = None) -> frozenset[Any]:
    return frozenset({(times, None, Decimal(period), None if longest is None else Decimal(longest), unit)})


def _most(value: int, unit: str) -> Any:
    return "", Decimal(value).normalize(), unit


ONCE, TWICE, FOUR = _often(1, 1, "d"), _often(2, 1, "d"), _often(4, 1, "d")
ONE_TO_TWO = frozenset({((("", Decimal(1), "tablet"), ("", Decimal(2), "tablet")), None)})
DOSES: dict[str, list[Any]] = {
    "Take 1 tablet": [_dose("1", "tablet")],
    "Take one tab": [_dose("1", "tablet")],
    "Take 1 (one) tablet": [_dose("1", "tablet")],
    "Take 1": [_dose("1", "tablet")],
    "2 tabs": [_dose("2", "tablet")],
    "1-2 tabs": [ONE_TO_TWO, _dose("1", "tablet"), _dose("2", "tablet")],
    "1/2 tablet": [_dose("0.5", "tablet")],
    "half a tablet": [_dose("0.5", "tablet")],
    "1 1/2 tabs": [_dose("1.5", "tablet")],
    "1.5 tabs": [_dose("1.5", "tablet")],
    "1 tablet (10 mg)": [_dose("1", "tablet"), _dose("10", "mg")],
    ".5 mg": [_dose("0.5", "mg")],
    "5.0 mg": [_dose("5", "mg")],
    "1,000 mg": [_dose("1000", "mg")],
    "Inject 10 units": [_dose("10", "unit")],
    "Apply a little": [],
}
OFTEN: dict[str, list[Any]] = {
    "": [],
    "daily": [ONCE],
    "once daily": [ONCE],
    "BID": [TWICE],
    "twice a day": [TWICE],
    "three times daily": [_often(3, 1, "d")],
    "q6h": [_often(1, 6, "h"), FOUR],
    "q4-6h": [_often(1, 4, "h", 6)],
    "every 4 hours": [_often(1, 4, "h")],
    "5 times daily": [_often(5, 1, "d")],
    "6 x daily": [_often(6, 1, "d")],
    "every morning and at bedtime": [TWICE],
    "at bedtime": [ONCE],
    "weekly": [_often(1, 1, "wk")],
}
NEEDED: dict[str, list[Any]] = {
    "": [],
    "PRN": [True, ("code", "25064002")],
    "prn pain": [True, "pain", ("code", "25064002")],
    "as needed for nausea": [True, "nausea", ("code", "25064002")],
}
LENGTH: dict[str, list[Any]] = {
    "": [],
    "for 10 days": [_most(10, "d")],
    "x 7 days": [_most(7, "d")],
    "x 4": [],
}
MOST: dict[str, list[Any]] = {"": [], "max 8 per day": [_most(8, "tablet")], "max 4 g in 24 hours": [_most(4, "g")]}
KEYS = (("dose", DOSES), ("often", OFTEN), ("as needed", NEEDED), ("for", LENGTH), ("most in a period", MOST))
TEXTS = st.tuples(*(st.sampled_from([*phrases]) for _, phrases in KEYS))


def _quantity(value: float, unit: str) -> Json:
    return {"value": value, "unit": unit}


BESIDE = st.builds(
    lambda one, needed: {**one, **needed},
    some(
        doseAndRate=st.sampled_from(
            [[{"doseQuantity": _quantity(value, unit)}] for value, unit in (
                (1, "tablet"), (2, "tablet"), (0.5, "tablet"), (1.5, "tablet"), (4, "mg"), (10, "mg"), (0.5, "mg"),
                (5, "mg"), (5, "mg/kg"), (1000, "mg"), (10, "U"))]
            + [[{"doseRange": {"low": _quantity(1, "tablet"), "high": _quantity(2, "tablet")}}]]
        ),
        timing=some(
            repeat=st.builds(
                lambda often, length: {**often, **length},
                st.sampled_from([
                    *({"frequency": n, "period": 1, "periodUnit": "d"} for n in (1, 2, 3, 4, 5)),
                    *({"frequency": 1, "period": n, "periodUnit": "h"} for n in (4, 6)),
                    {"frequency": 1, "period": 4, "periodMax": 6, "periodUnit": "h"},
                    {"frequency": 1, "period": 1, "periodUnit": "wk"},
                ]),
                optional(*({"boundsDuration": _quantity(n, "days")} for n in (4, 7, 10)), {"count": 5},
                         {"duration": 10, "durationUnit": "min"}),
            ),
        ),
        maxDosePerPeriod=st.sampled_from([
            {"numerator": _quantity(much, unit), "denominator": _quantity(over, per)}
            for much, unit, over, per in ((8, "tablet", 24, "h"), (4, "tablet", 24, "h"), (4, "g", 1, "d"))
        ]),
    ),
    optional({"asNeededBoolean": True}, {"asNeededCodeableConcept": {"text": "pain"}},
             {"asNeededCodeableConcept": {"coding": [{"code": "25064002"}]}}),
)  # fmt: skip


def lost(phrases: tuple[str, ...], dosage: Json, told: Json) -> list[str]:
    """Parts of the structure that neither the phrases of the text say nor what is told behind it."""
    found = []
    for key, value in meant(dosage).items():
        if told.get(key) == value:
            continue
        at = next((number for number, (name, _) in enumerate(KEYS) if name == key), None)
        said = KEYS[at][1][phrases[at]] if at is not None else []
        if (value[0] if key == "most in a period" else value) not in said:
            found.append(key)
    return found
