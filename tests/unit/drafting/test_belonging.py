"""Which facts are of a visit, and why: one row a rule."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest

from loopclose.drafting.belonging import Visit, belonging, results_by_order
from tests.spec.cast import BOSTON, fact

START, END = datetime(2026, 11, 20, 15, 0, tzinfo=UTC), datetime(2026, 11, 20, 15, 40, tzinfo=UTC)
VISIT = Visit("Encounter/v", START, END, BOSTON, frozenset({"Practitioner/heart"}), "Organization/cardio")
AT_TEN = {"effectiveDateTime": "2026-11-20T10:10:00-05:00"}
HEART, LEE = {"reference": "Practitioner/heart"}, {"reference": "Practitioner/lee"}


def at(key: str) -> dict[str, Any]:
    return {"reference": key}


def encounter(fhir_id: str, **more: Any) -> Any:
    return fact("Encounter", fhir_id, status="finished", **more)


CHART = [
    encounter("v"),
    encounter("lab", partOf=at("Encounter/v")),
    encounter("draw", partOf=at("Encounter/lab")),
    encounter("round1", partOf=at("Encounter/round2")),
    encounter("round2", partOf=at("Encounter/round1")),
    encounter("other", period={"start": "2026-11-20T16:00:00Z", "end": "2026-11-20T16:30:00Z"}),
    fact("ServiceRequest", "s", encounter=at("Encounter/v")),
    fact("ServiceRequest", "order", encounter=at("Encounter/v")),
]


@pytest.mark.parametrize(
    ("kind", "elements", "why"),
    [
        ("Observation", {"encounter": at("Encounter/v")}, "visit"),
        ("Observation", {"encounter": at("Encounter/v/_history/2")}, "visit"),
        ("Observation", {"encounter": at("Encounter/lab")}, "part"),
        ("Observation", {"encounter": at("Encounter/draw")}, "part"),
        ("Observation", {"encounter": at("Encounter/round1")}, None),
        ("Observation", {"encounter": at("Encounter/other")}, None),
        ("DiagnosticReport", {"basedOn": [at("ServiceRequest/order")]}, "order"),
        ("DiagnosticReport", {"basedOn": [at("ServiceRequest/order")], "encounter": at("Encounter/other")}, "order"),
        ("DiagnosticReport", {"basedOn": [at("ServiceRequest/s")]}, None),
        ("Procedure", {"basedOn": [at("ServiceRequest/order")]}, "order"),
        ("Observation", {**AT_TEN, "performer": [HEART]}, "time"),
        ("Observation", AT_TEN, "time"),
        ("Observation", {**AT_TEN, "performer": [LEE]}, None),
        ("Observation", {**AT_TEN, "performer": [at("Organization/cardio")]}, "time"),
        ("Observation", {**AT_TEN, "performer": [at("Organization/lab")]}, None),
        ("Observation", {"effectiveDateTime": "2026-11-20T14:00:00-05:00"}, None),
        ("Observation", {"effectiveDateTime": "2026-11-20", "performer": [HEART]}, "time"),
        ("Observation", {"effectiveDateTime": "2026-11-20"}, None),
        ("Observation", {"effectiveDateTime": "2026-11", "performer": [HEART]}, None),
        ("Observation", {"effectiveDateTime": "2026-11-21T10:10:00-05:00", "performer": [HEART]}, None),
        ("Observation", {"effectiveDateTime": "2026-11-20T11:10:00-05:00", "performer": [HEART]}, None),
        (
            "Observation",
            {"encounter": {"identifier": {"value": "v1"}}, "effectiveDateTime": "2026-11-20T10:10:00-05:00"},
            "time",
        ),
        ("Condition", {"recordedDate": "2026-11-20T10:30:00-05:00", "recorder": HEART}, "time"),
        ("Condition", {"recordedDate": "2019-11-20", "recorder": HEART}, None),
        ("Condition", {}, None),
        ("ServiceRequest", {"authoredOn": "2026-11-20T10:35:00-05:00", "requester": HEART}, "time"),
        ("ServiceRequest", {"authoredOn": "2026-11-20T10:35:00-05:00", "requester": LEE}, None),
        ("DocumentReference", {"date": "2026-11-20T17:00:00-05:00", "author": [HEART]}, "time"),
        ("DocumentReference", {"context": {"encounter": [at("Encounter/other")]}, "author": [HEART]}, None),
        ("CarePlan", {"encounter": at("Encounter/v")}, "visit"),
    ],
)  # fmt: skip
def test_a_fact_is_of_the_visit_for_a_reason(kind: str, elements: dict[str, Any], why: str | None) -> None:
    one = fact(kind, "x", **elements)
    assert belonging([*CHART, one], VISIT, "ServiceRequest/s").get(one.key) == why


def test_what_a_report_or_panel_of_the_visit_lists_is_of_it_to_any_depth_and_in_a_circle() -> None:
    report = fact("DiagnosticReport", "r", encounter=at("Encounter/v"), result=[at("Observation/panel")])
    panel = fact("Observation", "panel", hasMember=[at("Observation/one"), at("Observation/gone")])
    one = fact("Observation", "one", encounter=at("Encounter/other"), hasMember=[at("Observation/panel")])
    found = belonging([*CHART, report, panel, one], VISIT, None)
    assert (found["Observation/panel"], found["Observation/one"]) == ("member", "member")


def test_the_referral_is_no_order_of_the_visit_that_answers_it() -> None:
    found = belonging(CHART, VISIT, "ServiceRequest/s")
    assert "ServiceRequest/s" not in found and found["ServiceRequest/order"] == "visit"


def test_an_order_has_what_was_reported_of_it_and_nothing_that_was_cancelled() -> None:
    based = {"basedOn": [at("ServiceRequest/order")]}
    listed = fact("Observation", "o", status="final", **based)
    report = fact("DiagnosticReport", "r", status="final", result=[at("Observation/o")], **based)
    dropped = fact("DiagnosticReport", "c", status="cancelled", **based)
    assert results_by_order([listed, report, dropped]) == {"ServiceRequest/order": [report]}
