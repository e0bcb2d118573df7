"""Each vendor's strict server refuses what that vendor refuses, in its words, and answers what it answers."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack

import pytest

from loopclose.sandbox.server import SandboxServer, serve
from loopclose.sandbox.vendors import VENDORS
from tests.unit.sandbox.cast import box
from tests.unit.sandbox.http import get

FROM, UNTIL = "2026-10-01T00:00:00Z", "2026-12-01T00:00:00Z"
CLOSED = f"date=ge{FROM}&date=lt{UNTIL}"
BY_PATIENT = ("veradigm", "greenway", "modmed")


@pytest.fixture(scope="module")
def servers() -> Iterator[dict[str, SandboxServer]]:
    with ExitStack() as open_ones:
        yield {
            name: open_ones.enter_context(serve(box("tidy"), vendor=name, strict=True))
            for name in VENDORS
            if name not in ("epic", "oracle")
        }


REFUSED = [
    ("athena", "ServiceRequest?performer=heart", 400, "one of _id, patient."),
    ("athena", f"ServiceRequest?authored=ge{FROM}", 400, "one of _id, patient."),
    ("athena", f"Encounter?practitioner=heart&date=ge{FROM}", 400, "one of patient, _id."),
    ("athena", "MedicationRequest?patient=pat1", 400, "one of patient with intent, _id."),
    ("athena", "MedicationRequest?intent=order", 400, "required"),
    ("athena", "Practitioner?identifier=x", 400, "one of _id, identifier with ah-practice."),
    ("athena", "Organization?ah-practice=x", 400, "one of _id."),
    ("athena", "Location", 400, "one of _id."),
    ("athena", "AllergyIntolerance?code=x", 400, "one of patient."),
    ("athena", "AllergyIntolerance?_id=x", 400, "not searched by _id"),
    ("athena", f"Appointment?patient=pat1&date=ge{FROM}", 400, "not searched by date, patient"),
    ("athena", "ServiceRequest?subject=pat1", 400, "not searched by subject"),
    ("athena", "Encounter?patient=pat1&_total=accurate", 400, "not searched by _total"),
    ("athena", "Binary?_id=x", 405, "cannot be searched"),
    ("athena", "PractitionerRole?practitioner=heart", 404, "nothing"),
    ("athena", "Task?patient=pat1", 404, "nothing"),
    ("ecw", f"Encounter?date=ge{FROM}", 400, "practitioner with date"),
    ("ecw", "Encounter?practitioner=heart", 400, "practitioner with date"),
    ("ecw", "Encounter?patient=pat1&_total=accurate", 400, "not searched by _total"),
    ("ecw", "Encounter?patient=pat1&_lastUpdated=ge2026-01-01", 400, "not searched by _lastUpdated"),
    ("ecw", "ServiceRequest?performer=heart", 400, "not searched by performer"),
    ("ecw", "ServiceRequest", 400, "required"),
    ("ecw", "DocumentReference?type=x", 400, "required"),
    ("ecw", "Appointment?patient=pat1", 404, "nothing"),
    ("nextgen-enterprise", "Encounter?patient=pat1&_total=accurate", 400, "not searched by _total"),
    ("nextgen-enterprise", f"Encounter?practitioner=heart&date=ge{FROM}", 400, "not searched by practitioner"),
    ("nextgen-enterprise", "PractitionerRole?practitioner=heart", 400, "not searched by practitioner"),
    ("nextgen-enterprise", "Procedure?date=ge2026-01-01", 400, "required"),
    ("nextgen-enterprise", "Binary/x", 404, "nothing"),
    ("nextgen-office", "Practitioner?_id=heart", 405, "Practitioner cannot be searched"),
    ("nextgen-office", "Location?_id=loc1", 405, "Location cannot be searched"),
    (
        "nextgen-office",
        "Condition?_id=x",
        400,
        "does not know how to handle GET operation[Condition] with parameters [[_id]]",
    ),
    ("nextgen-office", "Encounter?practitioner=heart", 400, "does not know how to handle"),
    ("nextgen-office", "Observation?code=x", 400, "required"),
    ("meditech", "Task?patient=pat1", 405, "Task cannot be searched"),
    ("meditech", f"Encounter?date=ge{FROM}", 400, "required"),
    ("meditech", f"ServiceRequest?authored=ge{FROM}", 400, "required"),
    ("meditech", "Appointment?practitioner=heart", 400, "practitioner with date"),
    ("meditech", f"Appointment?practitioner=heart&date=ge{FROM}", 400, "closed range"),
    ("meditech", f"Appointment?{CLOSED}", 400, "required"),
    ("meditech", f"Appointment?practitioner=heart,beat&{CLOSED}", 400, "takes one value"),
    ("meditech", "Encounter?patient=pat1&_lastUpdated=ge2026-01-01", 400, "not searched by _lastUpdated"),
    ("meditech", "EpisodeOfCare?patient=pat1", 404, "nothing"),
    *((name, f"Encounter?date=ge{FROM}", 400, "one of _id, patient.") for name in BY_PATIENT),
    *((name, f"ServiceRequest?authored=ge{FROM}", 400, "one of _id, patient.") for name in BY_PATIENT),
    *((name, "DiagnosticReport?category=x", 400, "one of patient.") for name in BY_PATIENT),
    *((name, f"Appointment?patient=pat1&{CLOSED}", 404, "nothing") for name in (*BY_PATIENT, "nextech")),
    ("nextech", "Encounter?practitioner=heart", 400, "not searched by practitioner"),
]


@pytest.mark.parametrize(("vendor", "path", "status", "words"), REFUSED, ids=[f"{v} {p}" for v, p, _, _ in REFUSED])
def test_a_search_is_refused_as_the_vendor_does(
    servers: dict[str, SandboxServer], vendor: str, path: str, status: int, words: str
) -> None:
    reply = get(servers[vendor], path)
    assert reply.status == status
    assert words in reply.said


ALLOWED = [
    ("athena", "ServiceRequest?patient=pat1", ["sr1", "ord1"]),
    ("athena", "ServiceRequest?_id=sr1,sr2", ["sr1", "sr2"]),
    ("athena", "Encounter?patient=pat1&practitioner=made-up", []),
    ("athena", "MedicationRequest?patient=pat1&intent=made-up", []),
    ("athena", "Practitioner?_id=heart&ah-practice=Organization/a-1.Practice-1", ["heart"]),
    ("athena", "Practitioner?identifier=http://hl7.org/fhir/sid/us-npi|none&ah-practice=x", []),
    ("ecw", "Encounter?patient=pat1&_count=10", ["enc1"]),
    ("ecw", f"Encounter?practitioner=made-up&date=ge{FROM}", []),
    ("ecw", "PractitionerRole?practitioner=heart", ["heart-role"]),
    ("nextgen-enterprise", "Encounter?patient=pat1&_count=10", ["enc1"]),
    ("nextgen-office", "Encounter?patient=pat1&_total=accurate&_count=10", ["enc1"]),
    ("nextgen-office", "Practitioner/heart", None),
    ("meditech", "Encounter?patient=pat1&_total=accurate", ["enc1"]),
    ("meditech", f"Appointment?practitioner=made-up&{CLOSED}", []),
    ("meditech", "Appointment?patient=pat1", ["app1"]),
    ("meditech", f"Appointment?patient=pat1&date=ge{FROM}", ["app1"]),
    *((name, "Encounter?patient=pat1&_total=accurate", ["enc1"]) for name in (*BY_PATIENT, "nextech")),
]


@pytest.mark.parametrize(("vendor", "path", "ids"), ALLOWED, ids=[f"{v} {p}" for v, p, _ in ALLOWED])
def test_what_the_vendor_answers_is_answered(
    servers: dict[str, SandboxServer], vendor: str, path: str, ids: list[str] | None
) -> None:
    reply = get(servers[vendor], path)
    assert reply.status == 200
    assert ids is None or reply.ids == ids


@pytest.mark.parametrize(
    ("vendor", "path"),
    [
        ("ecw", f"Encounter?practitioner=heart&date=ge{FROM}"),
        ("ecw", f"ServiceRequest?authored=ge{FROM}"),
        ("nextgen-enterprise", f"Encounter?date=ge{FROM}"),
        ("nextgen-enterprise", "ServiceRequest?_lastUpdated=ge2026-01-01"),
        ("nextgen-office", f"Encounter?date=ge{FROM}"),
        ("nextgen-office", f"ServiceRequest?authored=ge{FROM}"),
        ("meditech", f"Appointment?practitioner=heart&{CLOSED}"),
        ("nextech", "Encounter?_lastUpdated=ge2026-01-01T00:00:00Z"),
        ("nextech", "Patient"),
    ],
)
def test_a_worklist_is_found_by_the_door_that_the_vendor_has(
    servers: dict[str, SandboxServer], vendor: str, path: str
) -> None:
    assert get(servers[vendor], path).json["total"] > 10


def test_no_two_vendors_are_named_alike(servers: dict[str, SandboxServer]) -> None:
    said = {name: get(server, "metadata").json for name, server in servers.items()}
    names = {name: (one["software"]["name"], one["publisher"]) for name, one in said.items()}
    assert len({*names.values()}) == len(names)
    assert names["modmed"] == ("ModMed EMA FHIR Server", "ModMed")
    assert all(one["rest"][0]["security"]["service"] for one in said.values())


def test_an_unseen_vendor_lists_what_us_core_demands(servers: dict[str, SandboxServer]) -> None:
    for name in (*BY_PATIENT, "nextech"):
        types = {one["type"]: one for one in get(servers[name], "metadata").json["rest"][0]["resource"]}
        assert {p["name"] for p in types["ServiceRequest"]["searchParam"]} >= {"_id", "patient", "category", "authored"}
        assert "searchParam" not in types["Medication"]
        assert [one["code"] for one in types["Medication"]["interaction"]] == ["read"]


def test_what_athena_demands_stands_in_its_statement(servers: dict[str, SandboxServer]) -> None:
    types = {one["type"]: one for one in get(servers["athena"], "metadata").json["rest"][0]["resource"]}
    (told,) = types["Practitioner"]["extension"]
    assert told["url"] == "https://fhir.athena.io/StructureDefinition/ah-search-parameter-metadata"
    assert [(one["url"], one["valueString"]) for one in told["extension"]] == [
        ("requiredAnySearchParams", "_id"),
        ("requiredAnySearchParams", "identifier, ah-practice"),
    ]
    (told,) = types["Organization"]["extension"]
    assert [(one["url"], one["valueString"]) for one in told["extension"]] == [("requiredSearchParams", "_id")]
    assert "extension" not in types["Binary"]


def test_the_data_may_be_of_any_style_and_without_strict_nothing_is_refused() -> None:
    with serve(box("epic"), vendor="ecw", strict=True) as strict, serve(box("epic"), vendor="ecw") as open_to_all:
        assert get(strict, "ServiceRequest/sr1").json["category"][0]["text"] == "Outpatient Referral"
        assert get(strict, f"Encounter?date=ge{FROM}").status == 400
        assert get(open_to_all, f"Encounter?date=ge{FROM}&_total=accurate").json["total"] > 10
        assert get(open_to_all, "metadata").json["software"]["name"] == "eCW FHIR Facade"
