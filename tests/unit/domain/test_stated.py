"""What a chart names as a visit's referral, by key or by business identifier."""

from __future__ import annotations

from typing import Any

from tests.spec.cast import fact, referral
from tests.unit.domain.test_case import judged, met

MINE = referral(identifier=[{"system": "urn:a", "value": "7"}])


def named(**elements: Any) -> tuple[str | None, tuple[str, ...], tuple[str, ...]]:
    """By what the visit is tied to which referrals, and what is unseen."""
    found = judged(met(**{"basedOn": [], **elements}), service_requests=(MINE,)).verdicts["Encounter/v"]
    return found.method, found.referrals, found.unseen


def test_an_identifier_names_a_request_by_its_system_and_value_or_by_the_value_alone() -> None:
    ours = ("Encounter.basedOn", ("ServiceRequest/r",), ())
    assert named(basedOn=[{"identifier": {"system": "urn:a", "value": "7"}}]) == ours
    assert named(basedOn=[{"identifier": {"value": "7"}}]) == ours
    assert named(basedOn=[{"identifier": {"system": "urn:b", "value": "7"}}]) == (None, (), ("urn:b|7",))


def test_an_identifier_without_a_value_is_shown_as_the_ehr_displays_it() -> None:
    assert named(basedOn=[{"identifier": {"system": "urn:a"}, "display": "Order 7"}])[2] == ("Order 7",)


def test_an_identifier_of_the_visit_itself_ties_it_only_with_its_system() -> None:
    assert named(identifier=[{"system": "urn:a", "value": "7"}])[0] == "identifier"
    assert named(identifier=[{"value": "7"}])[0] == "inferred"
    assert named(identifier=[{"system": "urn:b", "value": "7"}])[0] == "inferred"


def test_a_task_about_two_unseen_requests_is_one_question() -> None:
    code = {"coding": [{"system": "http://snomed.info/sct", "code": "103696004"}]}
    two = [{"reference": "ServiceRequest/x"}, {"reference": "ServiceRequest/y"}]
    task = fact("Task", "t", status="requested", code=code, focus=two[0], basedOn=two[1:], authoredOn="2026-11-20")
    found = judged(met(status="cancelled"), service_requests=(), tasks=(task,))
    assert [one.referral for one in found.owed] == ["ServiceRequest/x"]
