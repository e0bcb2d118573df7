"""Steps of one order are told once, with what was reported of any of them."""

from __future__ import annotations

from typing import Any

import pytest

from loopclose.drafting.order_chains import newest
from tests.spec.cast import fact


def order(key: str, name: str = "Lipid panel", **more: Any) -> Any:
    named = [{"reference": f"ServiceRequest/{more.pop(how)}"} if how in more else None for how in ("on", "instead")]
    steps = {path: [one] for path, one in zip(("basedOn", "replaces"), named, strict=True) if one}
    return fact(
        "ServiceRequest", key, **{"status": "active", "intent": "order", "code": {"text": name}, **steps, **more}
    )


@pytest.mark.parametrize(
    ("orders", "told"),
    [
        ([order("a"), order("b")], ["a", "b"]),
        ([order("plan", intent="plan"), order("b", on="plan"), order("c", on="b")], ["c"]),
        ([order("a"), order("b", on="a", status="completed"), order("c", "Lipids, fasting", instead="a")], ["c"]),
        ([order("a"), order("b", "Troponin", instead="a")], ["b"]),
        ([order("a", "Chest pain work-up"), order("b", "Troponin", on="a")], ["a", "b"]),
        ([order("a"), order("b", on="a", status="revoked")], ["a", "b"]),
        ([order("a"), order("b", instead="a", status="entered-in-error")], ["a", "b"]),
        ([order("a"), order("b", on="a", doNotPerform=True)], ["a", "b"]),
        ([order("a", doNotPerform=True), order("b", on="a")], ["a", "b"]),
        ([order("a", doNotPerform=False), order("b", on="a")], ["b"]),
        ([order("a", on="b"), order("b", on="a")], ["a", "b"]),
        ([order("a", instead="a")], ["a"]),
        ([order("a", on="elsewhere")], ["a"]),
    ],
)
def test_an_order_is_told_by_its_newest_step(orders: list[Any], told: list[str]) -> None:
    assert [one.id for one in newest(orders, {})[0]] == told


def test_what_was_reported_of_an_earlier_step_is_of_the_newest() -> None:
    report = fact("DiagnosticReport", "r", status="final", code={"text": "Lipid panel"})
    orders, results = newest([order("a"), order("b", on="a")], {"ServiceRequest/a": [report]})
    assert [one.id for one in orders] == ["b"] and [*results["ServiceRequest/b"]] == [report]


def test_a_step_with_a_result_outlives_what_replaced_its_order() -> None:
    report = fact("DiagnosticReport", "r", status="final", code={"text": "Lipid panel"})
    steps = [order("a"), order("b", on="a", status="completed"), order("c", "Lipids, fasting", instead="a")]
    assert [one.id for one in newest(steps, {"ServiceRequest/b": [report]})[0]] == ["b", "c"]
