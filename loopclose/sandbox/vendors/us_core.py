"""A server of which no statement was seen: it has what US Core 6.1.0 demands of every certified one, and no more.

The types and search parameters are those of US Core's own CapabilityStatement for servers
(https://hl7.org/fhir/us/core/STU6.1/CapabilityStatement-us-core-server.html), as far as the demo EHR knows them, and
Binary, where notes lie. Appointment, Task, Communication and EpisodeOfCare are no part of it. Every search of
clinical data is of one patient.
"""

from __future__ import annotations

from dataclasses import replace

from loopclose.sandbox.vendors.naming import service
from loopclose.sandbox.vendors.rules import BY_PATIENT, LENIENT, Search, Vendor, any_of

_PATIENT = any_of("patient")
READ_ONLY = ("Binary", "Medication")
SEARCHES = {
    "AllergyIntolerance": Search(("patient", "clinical-status"), _PATIENT),
    "CarePlan": Search(("patient", "category", "date", "status"), (("patient", "category"),)),
    "Condition": Search(
        ("patient", "category", "clinical-status", "code", "encounter", "_lastUpdated"),
        _PATIENT,
    ),
    "DiagnosticReport": Search(("patient", "category", "code", "date", "status"), _PATIENT),
    "DocumentReference": Search(("_id", "patient", "category", "date", "period", "status", "type"), BY_PATIENT),
    "Encounter": Search(
        ("_id", "patient", "class", "date", "identifier", "location", "status", "type", "_lastUpdated"), BY_PATIENT
    ),
    "Immunization": Search(("patient", "date", "status"), _PATIENT),
    "Location": Search(("name",), any_of("name")),
    "MedicationRequest": Search(("patient", "authoredon", "encounter", "intent", "status"), _PATIENT),
    "Observation": Search(("patient", "category", "code", "date", "status", "_lastUpdated"), _PATIENT),
    "Organization": Search(("name",), any_of("name")),
    "Patient": Search(
        ("_id", "birthdate", "family", "gender", "given", "identifier", "name"),
        any_of("_id", "birthdate", "family", "given", "identifier", "name"),
    ),
    "Practitioner": Search(("_id", "identifier", "name"), any_of("_id", "identifier", "name")),
    "PractitionerRole": Search(("practitioner", "specialty"), any_of("practitioner", "specialty")),
    "Procedure": Search(("patient", "code", "date", "status"), _PATIENT),
    "ServiceRequest": Search(("_id", "patient", "authored", "category", "code", "status"), BY_PATIENT),
}


def unseen(name: str, style: str, software: str, publisher: str) -> Vendor:
    """A vendor whose statement was not seen: named as that vendor, and nothing known of where its tokens are had."""
    return Vendor(
        name,
        style,
        SEARCHES,
        READ_ONLY,
        head={"kind": "instance", "publisher": publisher, "software": {"name": software}},
        security={"service": [service()]},
        passes=LENIENT,
    )


def open_to_all(searches: dict[str, Search], page: int, most: int) -> dict[str, Search]:
    """The same searches, which need no patient, know when something last changed, and have pages of that length."""
    return {
        kind: replace(
            rule, parameters=tuple(dict.fromkeys((*rule.parameters, "_lastUpdated"))), needs=(), page=page, most=most
        )
        for kind, rule in searches.items()
    }
