"""Reading resources as real servers send them."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest

from fhir_adapters.facts import Encounter, ServiceRequest, When
from fhir_adapters.facts.elements import Identifier, Reference
from fhir_adapters.facts.reading import Unreadable, read
from fhir_adapters.facts.references import resolve

BOSTON = ZoneInfo("America/New_York")


def request(**more: object) -> bytes:
    return json.dumps(
        {"resourceType": "ServiceRequest", "id": "r1", "subject": {"reference": "Patient/p"}, **more}
    ).encode()


def test_what_is_not_looked_at_does_not_stop_reading() -> None:
    fact = read("ServiceRequest", request(supportingInfo="wrong shape", authoredOn="2026-11-02"))
    assert isinstance(fact, ServiceRequest) and fact.authored_on == "2026-11-02" and fact.key == "ServiceRequest/r1"


@pytest.mark.parametrize(
    ("more", "code"),
    [
        ({"performer": {"reference": "Practitioner/2"}}, "unreadable"),
        ({"authoredOn": "2026-02-30"}, "unreadable"),
        ({"modifierExtension": [{"url": "http://example.org/not"}]}, "modifier_extension"),
        ({"code": {"coding": [{"modifierExtension": [{"url": "x"}]}]}}, "modifier_extension"),
        ({"implicitRules": "http://example.org/rules"}, "implicit_rules"),
        ({"subject": None}, "no_subject"),
    ],
)
def test_what_cannot_be_read_safely_says_why(more: dict[str, object], code: str) -> None:
    found = read("ServiceRequest", request(**more))
    assert isinstance(found, Unreadable) and found.code == code and found.sentence.endswith(".")


def test_a_refused_value_is_not_repeated_in_the_reason() -> None:
    found = read("ServiceRequest", request(authoredOn="Alma Sample"))
    assert isinstance(found, Unreadable) and "Alma" not in found.sentence and "authoredOn" in found.sentence


def test_the_class_of_an_encounter_is_read() -> None:
    raw = b'{"resourceType":"Encounter","id":"e","subject":{"reference":"Patient/p"},"class":{"code":"AMB"}}'
    fact = read("Encounter", raw)
    assert isinstance(fact, Encounter) and fact.class_ is not None and fact.class_.code == "AMB"


@pytest.mark.parametrize(
    ("written", "start", "end"),
    [
        ("2026-11-19", "2026-11-19T05:00:00Z", "2026-11-20T04:59:59Z"),
        ("2026-11", "2026-11-01T04:00:00Z", "2026-12-01T04:59:59Z"),
        ("2026", "2026-01-01T05:00:00Z", "2027-01-01T04:59:59Z"),
        ("2026-11-19T09:00:00-05:00", "2026-11-19T14:00:00Z", "2026-11-19T14:00:00Z"),
        ("2026-11-19T09:00", "2026-11-19T14:00:00Z", "2026-11-19T14:00:00Z"),
        ("2026-11-19T14:00:00Z", "2026-11-19T14:00:00Z", "2026-11-19T14:00:00Z"),
    ],
)
def test_times_of_any_precision_have_a_first_and_a_last_moment(written: str, start: str, end: str) -> None:
    assert When(written).start(BOSTON) == datetime.fromisoformat(start)
    assert When(written).end(BOSTON) == datetime.fromisoformat(end)
    assert When(written).start(BOSTON).tzinfo is UTC


@pytest.mark.parametrize("written", ["19.11.2026", "2026-13-01", "2026-02-30", "", "2026-11-19T25:00:00Z"])
def test_what_is_no_date_is_refused(written: str) -> None:
    with pytest.raises(ValueError):
        When(written)


@pytest.mark.parametrize(
    ("text", "kind", "key"),
    [
        ("Practitioner/123", "local", "Practitioner/123"),
        ("Practitioner/123/_history/2", "local", "Practitioner/123"),
        ("https://ehr.example/fhir/Practitioner/123", "local", "Practitioner/123"),
        ("https://other.example/fhir/Practitioner/123", "foreign", None),
        ("urn:uuid:618787f5-2588-3dca-b90e-5e8fd27b1a36", "urn", None),
        ("#x", "contained", None),
        ("Practitioner?identifier=http://hl7.org/fhir/sid/us-npi|1234567893", "identifier", None),
    ],
)
def test_every_form_of_reference_is_understood(text: str, kind: str, key: str | None) -> None:
    target = resolve(Reference(reference=text), "https://ehr.example/fhir/")
    assert (target.kind, target.key) == (kind, key)
    if kind == "identifier":
        assert (target.system, target.value) == ("http://hl7.org/fhir/sid/us-npi", "1234567893")


def test_a_reference_by_identifier_or_display_alone_is_understood() -> None:
    assert resolve(Reference(identifier=Identifier(system="s", value="v"))).kind == "identifier"
    assert resolve(Reference(display="Dr. Sample")).display == "Dr. Sample"
    assert resolve(None).kind == "nothing"
