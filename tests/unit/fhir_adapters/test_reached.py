"""Fax numbers and Direct addresses as EHRs tell them; never a plain e-mail, never one that is over."""

from __future__ import annotations

import json
from datetime import date
from typing import Any

import pytest

from fhir_adapters.facts.reached import cared_for_by, reached_at, requester_of

TODAY = date(2026, 11, 24)
DIRECT = {"url": "http://hl7.org/fhir/us/core/StructureDefinition/us-core-direct", "valueBoolean": True}


def found(kind: str = "PractitionerRole", **elements: Any) -> list[tuple[str, str, str]]:
    raw = json.dumps({"resourceType": kind, **elements}).encode()
    return [(one.channel, one.to, one.element) for one in reached_at(raw, TODAY)]


def test_a_fax_and_a_direct_address_are_told_in_the_order_of_their_ranks() -> None:
    telecom = [
        {"system": "phone", "value": "617-555-0110"},
        {"system": "fax", "value": "617-555-0199", "rank": 2},
        {"system": "email", "value": "lee@hisp.example.org", "extension": [DIRECT], "rank": 1},
        {"system": "fax", "value": "tel:617-555-0198"},
    ]
    where = "PractitionerRole.telecom"
    assert found(telecom=telecom) == [
        ("direct", "lee@hisp.example.org", where),
        ("fax", "617-555-0199", where),
        ("fax", "617-555-0198", where),
    ]


@pytest.mark.parametrize(
    "point",
    [
        {"system": "email", "value": "lee@clinic.example.org"},
        {"system": "email", "value": "lee@direct.example.org", "extension": [{**DIRECT, "valueBoolean": False}]},
        {"system": "fax", "value": "617-555-0199", "use": "old"},
        {"system": "fax", "value": "617-555-0199", "use": "home"},
        {"system": "fax", "value": "617-555-0199", "period": {"end": "2026-11-23"}},
        {"system": "fax", "value": "617-555-0199", "period": {"end": "2025"}},
        {"system": "fax"},
        {"system": "fax", "value": 6175550199},
        "617-555-0199",
    ],
)
def test_what_is_over_or_none_of_either_is_left_out(point: Any) -> None:
    assert found(telecom=[point]) == []


@pytest.mark.parametrize(
    "point",
    [
        {"system": "email", "value": "lee@direct.clinic.example.org"},
        {"system": "email", "value": "mailto:lee@direct.clinic.example.org", "extension": [DIRECT]},
        {"system": "other", "value": "lee@direct.clinic.example.org", "extension": [{"url": DIRECT["url"]}]},
        {"system": "email", "value": "lee@direct.clinic.example.org", "period": {"end": "2026"}},
    ],
)
def test_spellings_of_a_direct_address(point: dict[str, Any]) -> None:
    where = "Practitioner.telecom"
    assert found("Practitioner", telecom=point) == [("direct", "lee@direct.clinic.example.org", where)]


@pytest.mark.parametrize(
    ("kind", "is_one"),
    [
        ({"code": "direct-project"}, True),
        ([{"coding": [{"code": "direct-project"}]}], True),
        ({"code": "hl7-fhir-rest"}, False),
        (None, False),
    ],
)
@pytest.mark.parametrize(("status", "works"), [("active", True), ("off", False), ("entered-in-error", False)])
def test_an_endpoint_for_direct_messages_counts_while_it_works(
    kind: Any, is_one: bool, status: str, works: bool
) -> None:
    endpoint = {"resourceType": "Endpoint", "id": "e", "status": status, "connectionType": kind}
    endpoint["address"] = "mailto:Lee@direct.example.org"
    expected = [("direct", "Lee@direct.example.org", "Organization.contained Endpoint.address")]
    assert found("Organization", contained=[endpoint]) == (expected if is_one and works else [])


def test_a_contained_requester_is_read_with_what_it_refers_to_and_nobody_else() -> None:
    contained = [
        {"resourceType": "PractitionerRole", "id": "asker", "organization": {"reference": "#practice"}},
        {"resourceType": "Organization", "id": "practice", "telecom": [{"system": "fax", "value": "617-555-0142"}]},
        {"resourceType": "Practitioner", "id": "other", "telecom": [{"system": "fax", "value": "617-555-0100"}]},
    ]
    raw = json.dumps(
        {"resourceType": "ServiceRequest", "requester": {"reference": "#asker"}, "contained": contained}
    ).encode()
    assert requester_of(raw) == "#asker"
    assert [one.to for one in reached_at(raw, TODAY, "#asker")] == ["617-555-0142"]
    assert reached_at(raw, TODAY, "#nobody") == ()


@pytest.mark.parametrize("raw", [b"", b"[]", b"{", b"null", b'{"telecom": 1, "contained": "x"}', b"\xff"])
def test_what_cannot_be_read_tells_nothing(raw: bytes) -> None:
    assert reached_at(raw, TODAY) == () and requester_of(raw) is None and cared_for_by(raw) == ()


def test_the_primary_care_providers_of_a_patient() -> None:
    raw = json.dumps({"generalPractitioner": [{"reference": "Practitioner/7"}, {"display": "Dr. Lee"}]}).encode()
    assert cared_for_by(raw) == ("Practitioner/7",)
