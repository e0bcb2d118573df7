"""Only what is read can make a resource unreadable, and what is read is borne as far as it can be."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from fhir_adapters.bundle import Entry
from fhir_adapters.facts import Appointment, Patient, When
from fhir_adapters.facts.reading import Unreadable, read
from fhir_adapters.facts.references import OwnServer
from loopclose.flows.arrivals import Arrival, arrive, patient_in
from loopclose.flows.reading.tally import Tally

OWN = OwnServer("https://ehr.example/gw/fhir", ["http://inner:8080/fhir"])


def arrival(kind: str, **more: Any) -> Arrival:
    raw = json.dumps({"resourceType": kind, "id": "x", **more}).encode()
    return arrive(Entry(kind, "x", raw, None), OWN)


@pytest.mark.parametrize(
    "more",
    [
        {"minutesDuration": 30.5},
        {"created": "last week"},
        {"meta": {"versionId": 3, "security": "none", "profile": 7}},
        {"comment": 5, "description": []},
    ],
)
def test_what_nobody_reads_does_not_make_an_appointment_unreadable(more: dict[str, Any]) -> None:
    found = arrival("Appointment", status="booked", participant=[{"actor": {"reference": "Patient/p"}}], **more)
    assert isinstance(found.fact, Appointment) and found.patient == "Patient/p"


@pytest.mark.parametrize(
    ("kind", "more"),
    [
        ("Appointment", {"reasonCode": {"text": "x"}, "reasonReference": {}, "slot": 5}),
        ("Appointment", {"participant": [{"actor": {"reference": "Patient/p"}, "type": "x", "status": ["accepted"]}]}),
        (
            "ServiceRequest",
            {"patientInstruction": [{"instructionMarkdown": "x"}], "basedOn": {"reference": "CarePlan/c"}},
        ),
        ("ServiceRequest", {"reasonReference": {"reference": "Condition/c"}, "supportingInfo": "x"}),
        ("Task", {"businessStatus": "open", "intent": 5, "priority": ["routine"], "input": {}}),
        ("EpisodeOfCare", {"period": {"start": "soon"}, "status": 5, "identifier": {}}),
        ("PractitionerRole", {"period": {"start": "2020-13-01"}, "location": {}, "code": {"text": "MD"}}),
        ("Organization", {"type": {"text": "Clinic"}, "partOf": "Organization/o"}),
        ("DocumentReference", {"category": {"text": "Note"}, "identifier": {}, "contained": [{"name": 5}]}),
        ("DiagnosticReport", {"category": {"text": "LAB"}, "performer": {"display": "x"}, "identifier": {}}),
        ("Procedure", {"reasonCode": {"text": "x"}, "performer": {}, "note": "done", "category": []}),
        ("Communication", {"category": {"text": "x"}, "sender": "x", "basedOn": {}}),
        ("Patient", {"link": [{"other": {"reference": "Patient/q"}, "type": 5}], "telecom": "x", "address": {}}),
    ],
)
def test_what_nobody_reads_makes_nothing_unreadable(kind: str, more: dict[str, Any]) -> None:
    """Elements of another version of FHIR, or of another shape than FHIR's."""
    raw = json.dumps({"resourceType": kind, "id": "x", "subject": {"reference": "Patient/p"}, **more}).encode()
    assert not isinstance(read(kind, raw), Unreadable)


@pytest.mark.parametrize("given", [[None, "Ann"], ["Ann", None], [None, "Ann", None]])
def test_a_given_name_of_which_only_an_extension_is_known_is_skipped(given: list[str | None]) -> None:
    fact = arrival("Patient", name=[{"family": "Sample", "given": given, "_given": [{}, None]}]).fact
    assert isinstance(fact, Patient) and fact.name[0].full == "Ann Sample"


@pytest.mark.parametrize("zone", ["America/New_York", "Pacific/Kiritimati", "UTC"])
@pytest.mark.parametrize(
    "text", ["9999-12-31", "9999-12-31T23:59:59-05:00", "9999", "0001-01-01", "0001-01-01T00:00:00Z"]
)
def test_a_date_that_nobody_can_mean_is_read_and_can_be_reckoned_with(text: str, zone: str) -> None:
    for moment in (When(text).start(ZoneInfo(zone)), When(text).end(ZoneInfo(zone))):
        assert moment.tzinfo is UTC and datetime(1, 1, 2, tzinfo=UTC) < moment
        assert moment + timedelta(days=366 * 100) > moment - timedelta(days=366 * 100)
    assert When(text).last_day(ZoneInfo(zone)).year in (1000, 9000)


@pytest.mark.parametrize(
    "written",
    [
        "Patient/p",
        "/Patient/p",
        "Patient/p/_history/2",
        "/Patient/p/_history/2",
        "https://ehr.example/gw/fhir/Patient/p",
        "http://ehr.example/gw/fhir/Patient/p/_history/7",
        "http://inner:8080/fhir/Patient/p",
        "https://ehr.example:443/gw/fhir/Patient/p",
        "https://EHR.example/GW/FHIR/Patient/p",
        "https://ehr.example/gw/fhir//Patient/p",
        "/gw/fhir/Patient/p",
        "./Patient/p",
        " Patient/p/ ",
    ],
)
@pytest.mark.parametrize("slash", ["/", r"\/"])
def test_a_reference_of_this_server_is_known_in_any_spelling(written: str, slash: str) -> None:
    text = json.dumps({"resourceType": "Encounter", "id": "x", "subject": {"reference": "HERE"}})
    raw = text.replace("HERE", written.replace("/", slash)).encode()
    found = arrive(Entry("Encounter", "x", raw, None), OWN)
    assert found.patient == "Patient/p" and not isinstance(found.fact, Unreadable)


@pytest.mark.parametrize(
    ("subject", "why"),
    [
        ({"reference": "https://other.example/gw/fhir/Patient/p"}, "also_known_as"),
        ({"reference": "https://ehr.example/other/Patient/p"}, "also_known_as"),
        ({"reference": "urn:uuid:618787f5-2588-3dca-b90e-5e8fd27b1a36"}, "URN"),
        ({"reference": "#inside"}, "contained"),
        ({"identifier": {"system": "s", "value": "v"}}, "identifier"),
        ({"display": "Pat Sample"}, "words"),
        ({"reference": "Group/g"}, "no patient"),
        ({}, "nobody"),
    ],
)
@pytest.mark.parametrize("kind", ["Encounter", "ServiceRequest", "DocumentReference", "Condition"])
def test_whoever_cannot_be_told_is_set_aside_with_the_reason_and_without_a_name(
    kind: str, subject: dict[str, Any], why: str
) -> None:
    found = arrival(kind, subject=subject)
    assert found.patient is None and isinstance(found.fact, Unreadable) and found.fact.code == "no_subject"
    assert why in found.fact.sentence and "Sample" not in found.fact.sentence


@pytest.mark.parametrize(
    ("raw", "patient"),
    [
        (b'{"subject": {"reference": "Patient/p"}, "period": 7}', "Patient/p"),
        (
            b'{"participant": [{"actor": {"reference": "Practitioner/d"}}, {"actor": {"reference": "Patient/p"}}]}',
            "Patient/p",
        ),
        (b'{"for": {"display": "x", "reference": "Patient/p/_history/1"}}', "Patient/p"),
        (b'{"subject": {"identifier": {"value": "1"}, "reference": "Patient/p"}}', "Patient/p"),
        (b'{"subject": {"reference": "https://other.example/fhir/Patient/p"}}', None),
        (b'{"a": {"reference": "Patient/p"}, "b": {"reference": "Patient/q"}}', None),
    ],
)
def test_whose_an_unreadable_resource_is_can_be_told_from_its_bytes(raw: bytes, patient: str | None) -> None:
    assert patient_in(raw) == patient


@pytest.mark.parametrize("depth", [400, 3000])
def test_nesting_without_end_is_no_traceback(depth: int) -> None:
    deep = b"[" * depth + b"]" * depth
    raw = b'{"resourceType":"Encounter","id":"x","subject":{"reference":"Patient/p"},"modifierExtension":' + deep + b"}"
    assert isinstance(read("Encounter", raw), Unreadable)


def test_what_was_met_and_became_nothing_does_not_add_up() -> None:
    tally = Tally()
    tally.meet("Encounter", "1")
    tally.meet("Encounter", "1")
    assert not tally.adds_up
    tally.count("Encounter", "1", "ignored", "phone")
    tally.count("Encounter", "1", "admitted", None)
    assert tally.adds_up and tally.as_json()["fetched"] == 1 and tally.as_json()["admitted"] == 0
