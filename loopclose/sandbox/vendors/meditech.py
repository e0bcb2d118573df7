"""MEDITECH (Greenfield): its CapabilityStatement.

Appointment is the one practice-wide door: by one practitioner or location within a closed range; that the range must
be closed is taken over from Oracle Health, MEDITECH says only that the prefixes may be used. Task is only read. Pages
go on by ``continue``. What else a search needs is not stated.
"""

from __future__ import annotations

from loopclose.sandbox.asked import Asked
from loopclose.sandbox.vendors.checks import no_list, window
from loopclose.sandbox.vendors.naming import oauth_uris, service
from loopclose.sandbox.vendors.rules import BY_ID, BY_PATIENT, LENIENT, Export, Paging, Search, Vendor, any_of

_HOST = "https://greenfield-prod-apis.meditech.com"
_OAUTH = f"{_HOST}/oauth"


def _dated(asked: Asked) -> str | None:
    """Everybody's appointments are found within a range only."""
    if asked.values("_id") or asked.values("patient"):
        return None
    return window("date")(asked)


MEDITECH = Vendor(
    "meditech",
    "tidy",
    {
        "AllergyIntolerance": Search(("_id", "patient"), BY_PATIENT),
        "Appointment": Search(
            ("_count", "_id", "continue", "date", "location", "patient", "practitioner", "status"),
            (*BY_PATIENT, ("practitioner", "date"), ("location", "date")),
            (_dated, no_list("practitioner", "location", "patient")),
        ),
        "CarePlan": Search(("_id", "_count", "continue", "patient", "category", "status"), BY_PATIENT),
        "Communication": Search(
            ("_count", "_id", "continue", "patient", "recipient", "subject"), any_of("_id", "patient", "subject")
        ),
        "Condition": Search(
            ("_id", "_count", "continue", "patient", "category", "clinical-status", "code"), BY_PATIENT
        ),
        "DiagnosticReport": Search(("_id", "_count", "continue", "patient", "category", "code", "date"), BY_PATIENT),
        "DocumentReference": Search(
            ("_id", "patient", "type", "period", "status", "encounter", "category", "date", "continue"), BY_PATIENT
        ),
        "Encounter": Search(
            ("_id", "patient", "date", "class", "type", "status", "identifier", "_count", "continue"),
            (*BY_PATIENT, ("identifier",)),
        ),
        "Immunization": Search(("_id", "patient", "status", "date"), BY_PATIENT),
        "Location": Search(("_id", "_count", "continue", "name"), any_of("_id", "name")),
        "Medication": Search(("_id",), BY_ID),
        "MedicationRequest": Search(
            ("_id", "_count", "continue", "patient", "intent", "status", "encounter", "authoredon"), BY_PATIENT
        ),
        "Observation": Search(("_id", "patient", "category", "code", "date", "_count", "continue"), BY_PATIENT),
        "Organization": Search(("_id", "_count", "continue", "name"), any_of("_id", "name")),
        "Patient": Search(
            ("_id", "_count", "continue", "identifier", "name", "birthdate", "gender", "family"),
            any_of("_id", "identifier", "name", "family", "birthdate"),
        ),
        "Practitioner": Search(
            ("_id", "_count", "continue", "family", "given", "name", "identifier"),
            any_of("_id", "family", "name", "identifier"),
        ),
        "PractitionerRole": Search(
            ("_id", "_count", "continue", "specialty", "practitioner"), any_of("_id", "specialty", "practitioner")
        ),
        "Procedure": Search(("_id", "_count", "continue", "patient", "date", "code", "status"), BY_PATIENT),
        "ServiceRequest": Search(
            ("_count", "_id", "authored", "category", "code", "continue", "encounter", "patient", "status"), BY_PATIENT
        ),
    },
    ("Binary", "Task"),
    head={
        "kind": "capability",
        "name": "uscore",
        "publisher": "Medical Information Technology, Inc",
        "description": "This profile defines the capabilities expressed by the US Core STU6 FHIR R4 specification.",
        "software": {"name": "Interoperability Services: US Core STU6 FHIR R4", "version": "2.0.0"},
    },
    security={
        "extension": [
            oauth_uris(
                **{name: f"{_OAUTH}/{name}" for name in ("token", "authorize", "register", "introspect", "revoke")}
            )
        ],
        "service": [service("OAuth2 using SMART-on-FHIR profile (see http://docs.smarthealthit.org)")],
    },
    writes={"Communication": ("create",)},
    paging=Paging("continue"),
    passes=LENIENT,
    export=Export(),
)
