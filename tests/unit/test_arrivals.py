"""Whose a resource is, as it arrives."""

from __future__ import annotations

import json

import pytest

from fhir_adapters.bundle import Entry
from fhir_adapters.facts import Appointment
from fhir_adapters.facts.reading import Unreadable
from fhir_adapters.facts.references import OwnServer
from loopclose.flows.arrivals import Arrival, arrive, is_of_no_patient, newest_copies


def booked(*actors: str) -> Arrival:
    """An appointment of those who take part."""
    participant = [{"actor": {"reference": one}, "status": "accepted"} for one in actors]
    raw = json.dumps(
        {"resourceType": "Appointment", "id": "a", "status": "booked", "participant": participant}
    ).encode()
    return arrive(Entry("Appointment", "a", raw, None), OwnServer("https://ehr.example/fhir"))


def test_an_appointment_of_a_patient_is_theirs() -> None:
    found = booked("Practitioner/p", "Patient/x")
    assert found.patient == "Patient/x" and not is_of_no_patient(found.fact)


def test_one_of_clinicians_and_rooms_alone_is_nobodys() -> None:
    found = booked("Practitioner/p", "Location/r")
    assert found.patient is None and is_of_no_patient(found.fact) and isinstance(found.fact, Appointment)


def test_one_that_the_ehr_found_for_a_patient_holds_that_patient_up() -> None:
    found = booked("Practitioner/p").found_for("Patient/x")
    assert found.patient == "Patient/x" and isinstance(found.fact, Unreadable) and found.fact.code == "no_subject"


def test_one_that_names_nobody_at_all_is_no_meeting() -> None:
    found = booked()
    assert isinstance(found.fact, Unreadable) and found.fact.code == "no_subject"


def copies(*stamps: str | None) -> list[str | None]:
    """When the EHR last changed what stays of one visit that came so often."""
    visits = [Entry("Encounter", "e", json.dumps({"n": n}).encode(), stamp) for n, stamp in enumerate(stamps)]
    return [one.last_updated for one in newest_copies(arrive(one, OwnServer("https://ehr.example")) for one in visits)]


@pytest.mark.parametrize(
    ("came", "stays"),
    [
        (["2026-11-24T14:00:00Z", "2026-11-24T09:30:00-05:00"], "2026-11-24T09:30:00-05:00"),
        (["2026-11-24T14:00:00Z", "2026-11-23T14:00:00Z"], "2026-11-24T14:00:00Z"),
        (["2026-11-24T14:00:00Z", None], None),
        (["yesterday", "2026-11-23T14:00:00Z"], "2026-11-23T14:00:00Z"),
    ],
)
def test_of_copies_that_came_together_the_one_changed_last_stays_else_the_last(
    came: list[str | None], stays: str | None
) -> None:
    assert copies(*came) == [stays]
