"""Orders, diets, devices and procedures in the shapes of other EHRs: how often, how much, and whether it was done."""

from __future__ import annotations

from typing import Any

import pytest

from loopclose.drafting.orders import order_item
from loopclose.drafting.procedures import procedure_item
from loopclose.drafting.supplies import supply_items
from tests.spec.cast import fact
from tests.unit.drafting.test_orders import ABOUT, order, words

MONTHS = {"repeat": {"frequency": 1, "period": 3, "periodUnit": "mo"}}


@pytest.mark.parametrize(
    ("more", "said"),
    [
        ({"occurrenceTiming": MONTHS}, "result pending, every 3 months"),
        ({"occurrenceTiming": {"code": {"text": "Every 6 months"}}}, "result pending, Every 6 months"),
        ({"occurrenceTiming": {"event": ["2027-01-05"]}}, "result pending, on 5 Jan 2027"),
        ({"asNeededCodeableConcept": {"text": "chest pain"}}, "as needed for chest pain"),
        ({"quantityRange": {"low": {"value": 2}, "high": {"value": 4}}}, "quantity 2 to 4"),
        ({"quantityRatio": {"numerator": {"value": 2, "unit": "visits"}, "denominator": {"value": 1, "unit": "wk"}}},
         "quantity 2 visits a week"),
        ({"intent": "recommendation"}, "Recommended, not ordered: CT chest."),
    ],
)  # fmt: skip
def test_an_order_says_how_often_how_much_and_if_it_is_one(more: dict[str, Any], said: str) -> None:
    assert said in words(order_item(order(**more), ABOUT, ()))


@pytest.mark.parametrize(
    ("status", "head"),
    [("aborted", "Stopped: "), ("suspended", "On hold: "), ("cancelled", "Not done: "), ("finished", ""),
     ("declined", "Status “declined”: "), ("completed", "")],
)  # fmt: skip
def test_no_status_but_done_reads_as_done(status: str, head: str) -> None:
    one = fact("Procedure", "p", status=status, code={"text": "Ablation"})
    assert words(procedure_item(one, ABOUT)) == f"{head}Ablation."


def test_a_procedure_says_what_was_put_in_and_what_went_wrong() -> None:
    device = {"manipulated": {"display": "Pacemaker, two leads"}, "action": {"text": "Implanted"}}
    one = fact("Procedure", "p", status="completed", code={"text": "Implant"}, focalDevice=[device],
               complicationDetail=[{"display": "Hematoma"}], reasonReference=[{"display": "AV block"}])  # fmt: skip
    assert words(procedure_item(one, ABOUT)) == (
        "Implant. Reason: AV block. Device: Pacemaker, two leads, Implanted. Complication: Hematoma."
    )


def test_a_revoked_request_takes_no_device_away_and_a_device_says_how_often() -> None:
    shape = {"intent": "order", "codeCodeableConcept": {"text": "Glucometer"}}
    first = fact("DeviceRequest", "a", status="active", occurrenceTiming=MONTHS, **shape)
    second = fact("DeviceRequest", "b", status="revoked", priorRequest=[{"reference": "DeviceRequest/a"}], **shape)
    assert [words(one) for one in supply_items([first, second], ABOUT)] == [
        "Glucometer (ordered, every 3 months).", "Glucometer (revoked).",
    ]  # fmt: skip


def test_what_is_given_by_tube_says_how_much_how_fast_and_the_most() -> None:
    way = {"quantity": {"value": 250, "unit": "mL"}, "rateQuantity": {"value": 60, "unit": "mL/h"}}
    formula = {"baseFormulaProductName": "Formula X", "administration": [way],
               "maxVolumeToDeliver": {"value": 1500, "unit": "mL"}}  # fmt: skip
    can = {"productName": "Shake", "schedule": [{"repeat": {"frequency": 2, "period": 1, "periodUnit": "d"}}]}
    orders = [fact("NutritionOrder", "n", status="active", intent="order", enteralFormula=formula),
              fact("NutritionOrder", "m", status="active", intent="order", supplement=[can])]  # fmt: skip
    assert [words(one) for one in supply_items(orders, ABOUT)] == [
        "by tube: Formula X (ordered, 250 mL at 60 mL/h, at most 1500 mL).", "Shake (ordered, twice a day).",
    ]  # fmt: skip
