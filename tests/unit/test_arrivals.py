"""Whose a resource is, as it arrives."""

from __future__ import annotations

import json

from fhir_adapters.bundle import Entry
from fhir_adapters.facts import Appointment
from fhir_adapters.facts.reading import Unreadable
from fhir_adapters.facts.references import OwnServer
from loopclose.flows.arrivals import Arrival, arrive, is_of_no_patient


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
