"""What is read out of a CapabilityStatement, whose it is, and what is asked of a server for it."""

from __future__ import annotations

import json
from collections.abc import Sequence
from datetime import UTC, date, datetime, timedelta
from itertools import pairwise
from typing import Any

import pytest

from fhir_adapters.bundle import Search
from fhir_adapters.capabilities import Capabilities, read_capabilities
from fhir_adapters.client import FhirClient
from fhir_adapters.errors import FinalError, NotSupported
from fhir_adapters.vendors import VENDORS, detect
from fhir_adapters.worklist.encounters import encounters
from fhir_adapters.worklist.orders import orders
from fhir_adapters.worklist.schedule import MONTH, schedule
from tests.unit.fhir_adapters.scripted import Answer, bundle, capabilities, encounter, ok, refused, scripted

START, END = datetime(2026, 1, 1, tzinfo=UTC), datetime(2026, 3, 1, tzinfo=UTC)
OAUTH = "http://fhir-registry.smarthealthit.org/StructureDefinition/oauth-uris"


def named(
    software: str | None = None,
    publisher: str | None = None,
    description: str | None = None,
    url: str | None = None,
    token: str | None = None,
) -> Capabilities:
    """A statement that says so much of whose it is."""
    inner = [{"url": "token", "valueUri": token}] if token else []
    made: dict[str, Any] = {**capabilities("Patient"), "publisher": publisher}
    made["software"] = {"name": software} if software else None
    made["implementation"] = {"description": description, "url": url}
    made["rest"][0]["security"] = {"extension": [{"url": OAUTH, "extension": inner}]}
    return read_capabilities(json.dumps(made).encode())


@pytest.mark.parametrize(
    ("statement", "vendor"),
    [
        (named("Epic", description="FHIR Sandbox FHIR Server"), "epic"),
        (named(publisher="Oracle Health", description="on top of Millennium"), "oracle"),
        (named(url="https://fhir-ehr-code.cerner.com/r4/ec2458f2"), "oracle"),
        (named("athenahealth FHIR Server", "athenahealth"), "athena"),
        (named("eCW FHIR Facade", "eClinicalWorks"), "ecw"),
        (named("eCW FHIR Facade"), "ecw"),
        (named("Nextgen FHIR Server", "NextGen"), "nextgen"),
        (named("HAPI FHIR Server", "Not provided", url="https://fhir.meditouchehr.com/api/fhir/r4"), "nextgen-office"),
        (named("HAPI FHIR Server", token="https://idp-prod.prod.ngo.nextgenaws.net/auth/token"), "nextgen-office"),
        (named("HAPI FHIR Server"), "hapi"),
        (named("Interoperability Services: US Core STU6", "Medical Information Technology, Inc"), "meditech"),
        (named("medplum"), "medplum"),
        (named("Nextech FHIR"), "nextech"),
        (named(publisher="Modernizing Medicine, Inc."), "modmed"),
        (named("Greenway FHIR"), "greenway"),
        (named(description="Allscripts FHIR"), "veradigm"),
        (named("Epicenter FHIR", "The Hapiness Clinic"), "generic"),
        (named(), "generic"),
    ],
)
def test_whose_server_it_is_is_told_by_all_that_the_statement_says(statement: Capabilities, vendor: str) -> None:
    assert detect(statement.marks).name == vendor and vendor in VENDORS


def demanding(*sets: str) -> dict[str, Any]:
    """A type that says what a search of it needs, as athenahealth's statement does."""
    inner = [{"url": "requiredAnySearchParams", "valueString": one} for one in sets]
    url = "https://fhir.athena.io/StructureDefinition/ah-search-parameter-metadata"
    params = [{"name": name} for name in ("_id", "patient", "intent", "date", "authored", "_lastUpdated")]
    return {"searchParam": params, "extension": [{"url": url, "extension": inner}]}


def test_what_a_statement_demands_of_a_search_is_kept_to() -> None:
    said = capabilities(
        "Encounter", "MedicationRequest", Encounter=demanding("patient", "_id"),
        MedicationRequest=demanding("patient, intent", "_id"),
    )  # fmt: skip
    found = read_capabilities(json.dumps(said).encode())
    assert found.finds_by("Encounter", "patient") and not found.finds_by("Encounter", "date")
    assert not found.finds_by("MedicationRequest", "patient") and found.finds_by("MedicationRequest", "_id")
    assert found.is_enough("MedicationRequest", ["intent", "patient", "date"])
    with pytest.raises(FinalError, match=r"^The EHR finds Encounter by patient or _id only\.$"):
        encounters(found, date(2026, 1, 1), None)


def test_visits_are_asked_for_by_clinician_where_the_server_finds_them_so() -> None:
    said = Capabilities({"Encounter": frozenset({"date", "practitioner"})})
    found = encounters(said, date(2026, 1, 1), None, ["Practitioner/a", "Practitioner/b"])
    assert [one.params[0] for one in found] == [("practitioner", "Practitioner/a"), ("practitioner", "Practitioner/b")]
    assert {one.params[1:] for one in found} == {(("date", "ge2026-01-01"),)}
    for where, who in ((said, []), (Capabilities({"Encounter": frozenset({"date"})}), ["Practitioner/a"])):
        with pytest.raises(FinalError, match="by clinician"):
            encounters(where, None, None, who)


def test_a_type_that_is_read_by_id_alone_is_no_source() -> None:
    said = capabilities("ServiceRequest", ServiceRequest={"interaction": [{"code": "read"}]})
    with pytest.raises(FinalError, match="reads ServiceRequest by id alone"):
        orders(read_capabilities(json.dumps(said).encode()), None, None)
    with pytest.raises(FinalError, match="has no Encounter"):
        encounters(read_capabilities(json.dumps(said).encode()), None, None)


BOOKED = Capabilities({"Appointment": frozenset({"date", "practitioner", "location"})})


def spans(searches: Sequence[Search]) -> list[tuple[str, str]]:
    """From when until when each search asks."""
    return [(one.params[1][1], one.params[2][1]) for one in searches]


def test_a_schedule_is_asked_for_by_clinician_in_closed_spans_without_a_gap() -> None:
    found = schedule(BOOKED, ["Practitioner/a", "Practitioner/b"], ["Location/x"], START, END, together=10)
    assert {one.params[0] for one in found} == {("practitioner", "Practitioner/a,Practitioner/b")}
    asked = spans(found)
    assert asked[0][1] == "lt2026-03-01T00:00:00Z" and asked[-1][0] == "ge2026-01-01T00:00:00Z"
    assert all(later[0][2:] == earlier[1][2:] for later, earlier in pairwise(asked))
    assert all(datetime.fromisoformat(until[2:]) - datetime.fromisoformat(since[2:]) <= MONTH for since, until in asked)


def test_many_clinicians_are_asked_for_a_few_at_a_time_and_each_once() -> None:
    many = [f"Practitioner/{n}" for n in range(7)]
    for together in (1, 3):
        found = schedule(BOOKED, many, [], START, START + timedelta(days=1), together)
        batches = [one.params[0][1].split(",") for one in found]
        assert [name for batch in batches for name in batch] == many and max(map(len, batches)) == together


@pytest.mark.parametrize(
    ("statement", "practitioners", "locations", "outcome"),
    [
        (BOOKED, [], ["Location/x"], ("location", "Location/x")),
        (Capabilities({"Appointment": frozenset({"date", "location"})}), ["Practitioner/a"], ["Location/x"],
         ("location", "Location/x")),
        (BOOKED, [], [], "name clinicians, or locations"),
        (Capabilities({"Appointment": frozenset({"date", "patient"})}), ["Practitioner/a"], [], "neither by"),
        (Capabilities({"Encounter": frozenset()}), ["Practitioner/a"], [], "has no Appointment"),
    ],
)  # fmt: skip
def test_a_schedule_is_asked_for_as_the_server_allows_or_it_is_said_why_not(
    statement: Capabilities, practitioners: list[str], locations: list[str], outcome: tuple[str, str] | str
) -> None:
    if isinstance(outcome, str):
        with pytest.raises(FinalError, match=outcome):
            schedule(statement, practitioners, locations, START, END)
    else:
        assert {one.params[0] for one in schedule(statement, practitioners, locations, START, END)} == {outcome}


def ids(client: FhirClient, *params: tuple[str, str]) -> list[str]:
    """What a search for encounters finds."""
    return [entry.id for page in client.search("Encounter", params) for entry in page.entries]


@pytest.mark.parametrize("name", ["_total", "_count"])
@pytest.mark.parametrize("status", [400, 422])
def test_a_parameter_of_ours_that_is_refused_by_name_is_left_out_from_then_on(name: str, status: int) -> None:
    def answer(path: str) -> Answer:
        if f"{name}=" in path:
            return refused(status, "invalid", f"Unsupported search parameter {name}.")
        return ok(bundle(encounter("e1"), total=1))

    with scripted(answer) as (script, client):
        assert ids(client) == ids(client, ("patient", "Patient/p1")) == ["e1"]
        assert [f"{name}=" in one for one in script.asked] == [True, False, False]


def test_a_parameter_that_the_search_is_made_of_is_not_left_out() -> None:
    says = "Unsupported search parameter date."
    with scripted(lambda _: refused(400, "invalid", says)) as (script, client):
        with pytest.raises(NotSupported, match="date"):
            ids(client, ("date", "ge2026-01-01"))
        assert len(script.asked) == 1


def test_a_page_is_asked_for_in_the_words_of_the_vendor() -> None:
    with scripted(lambda _: ok(bundle(encounter("e1")))) as (script, client):
        script.statement["software"] = {"name": "Nextgen FHIR Server"}
        assert ids(client) == ["e1"]
        assert script.asked == ["/fhir/Encounter?_maxresults=20"]


def test_a_search_is_tried_with_one_resource() -> None:
    with scripted(lambda _: ok(bundle(encounter("e1"), next="Encounter?page=2"))) as (script, client):
        page = client.try_search(Search("Encounter", (("date", "ge2026-01-01"),)))
        assert [entry.id for entry in page.entries] == ["e1"]
        assert script.asked == ["/fhir/Encounter?date=ge2026-01-01&_count=1&_total=accurate"]
