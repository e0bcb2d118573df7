"""Devices and diets that were ordered stand among the orders; where the EHR has none to give, they are not denied."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest

from loopclose.drafting.consult_note import consult_note
from loopclose.drafting.gaps import refused
from loopclose.drafting.sentences import About
from loopclose.drafting.supplies import supply_item, supply_items
from tests.spec.cast import BOSTON, fact
from tests.unit.drafting.test_papers import material

ABOUT = About(BOSTON, date(2026, 11, 20), names={"Organization/elm": "Elm Supplies"})
SODIUM = {"modifier": {"text": "sodium"}, "amount": {"value": 2, "unit": "g"}}


def device(key: str = "d", **more: Any) -> Any:
    named = {"codeCodeableConcept": {"text": "Event monitor"}}
    return fact("DeviceRequest", key, **{"status": "active", "intent": "order", **named, **more})


def diet(**more: Any) -> Any:
    return fact("NutritionOrder", "n", **{"status": "active", "intent": "order", **more})


@pytest.mark.parametrize(
    ("one", "said"),
    [
        (device(), "Event monitor (ordered)."),
        (device(intent="plan"), "Planned, not ordered: Event monitor."),
        (device(status="revoked"), "Event monitor (revoked)."),
        (device(status="entered-in-error"), ""),
        (device(codeCodeableConcept=None, codeReference={"display": "Walker"}), "Walker (ordered)."),
        (device(codeCodeableConcept=None), "Device, not named (ordered)."),
        (
            device(codeCodeableConcept={"coding": [{"system": "http://snomed.info/sct", "code": "1"}]}),
            "Name not in chart (SNOMED 1) (ordered).",
        ),
        (
            device(
                priority="urgent",
                occurrenceDateTime="2026-12-01",
                performer={"reference": "Organization/elm"},
                reasonCode=[{"text": "syncope"}],
                note=[{"text": "Wear it for 14 days"}],
            ),
            "Event monitor (ordered, urgent, due 1 Dec 2026, by Elm Supplies, for syncope). Wear it for 14 days.",
        ),
        (
            diet(oralDiet={"type": [{"text": "Cardiac diet"}], "nutrient": [SODIUM], "instruction": "No added salt"}),
            "Cardiac diet, sodium 2 g (ordered). No added salt.",
        ),
        (diet(supplement=[{"productName": "High protein shake"}]), "High protein shake (ordered)."),
        (
            diet(enteralFormula={"baseFormulaType": {"text": "Fibre formula"}}, excludeFoodModifier=[{"text": "nuts"}]),
            "by tube: Fibre formula, without nuts (ordered).",
        ),
        (diet(), "Diet, not named (ordered)."),
    ],
)
def test_what_was_ordered_is_told_with_where_it_stands(one: Any, said: str) -> None:
    item = supply_item(one, ABOUT)
    assert " ".join(sentence.text for sentence in item) == said
    assert all(source.resource == one.key for sentence in item for source in sentence.sources[:1])


def test_an_order_that_a_later_one_replaces_is_told_once() -> None:
    later = device("later", priorRequest=[{"reference": "DeviceRequest/d"}])
    (item,) = supply_items([device(), later], ABOUT)
    assert item[0].sources[0].resource == "DeviceRequest/later"


def orders(**more: Any) -> tuple[list[str], str]:
    (section,) = (one for one in consult_note(material(**more)).sections if one.code == "orders")
    return [one.text for item in section.items for one in item], section.empty


def test_orders_are_denied_only_as_far_as_the_ehr_gives_them() -> None:
    assert orders() == ([], "No orders were recorded at this visit.")
    assert orders(supplies=(device(),))[0] == ["Event monitor (ordered)."]
    for kind in ("DeviceRequest", "NutritionOrder"):
        assert orders(not_given=frozenset({kind})) == (
            [],
            "No orders of tests or services were recorded at this visit.",
        )
        why = refused(kind, "forbidden")
        assert orders(gaps={kind: why}) == ([why], why)
        said, empty = orders(unsafe=(f"{kind}/q",))
        assert "quarantine" in said[0] and "quarantine" in empty


def test_page_one_tells_of_a_device_and_of_no_proposal() -> None:
    page = consult_note(material(supplies=(device(), device("e", intent="proposal")))).page_one
    (section,) = (one for one in page.sections if one.code == "requested")
    assert [one.text for item in section.items for one in item] == ["Event monitor (ordered)."]
