"""Epic: its CapabilityStatement of the May 2026 sandbox, and its page of error codes.

Of the parameters listed, those before ``_count`` are documented and find something; those after it only filter what
the others found (fhir.epic.com, General Considerations of search parameters), so none of them is in ``needs``. The
codes 4110, 4111 and 4122 with their words are as published and as seen in answers of its sandbox; an unknown
parameter is ignored, and a warning stands as the last entry.
"""

from __future__ import annotations

from loopclose.sandbox.vendors.naming import oauth_uris, service
from loopclose.sandbox.vendors.rules import (
    BY_ID,
    BY_PATIENT,
    PATIENT,
    Export,
    Search,
    Vendor,
    Words,
    Written,
    any_of,
)
from loopclose.sandbox.vendors.takings import attached, demands, is_one_of, of_a_visit

_BASE = "https://fhir.epic.com/interconnect-fhir-oauth"
_WHOM = ("_id", *PATIENT)
_BY_WHOM = any_of(*_WHOM)
_IDENTIFIED = any_of("_id", "identifier")
_PLACES = ("identifier", "location", "organization", "practitioner")
EPIC = Vendor(
    "epic",
    "epic",
    {
        "AllergyIntolerance": Search(
            ("clinical-status", "patient", "_count", "_id", "category", "code", "date", "identifier", "type"),
            BY_PATIENT,
        ),
        "Appointment": Search(
            (
                *("date", "identifier", "patient", "status", "_count", "_id"),
                *("based-on", "location", "practitioner", "specialty"),
            ),
            any_of("_id", "identifier", "patient"),
        ),
        "Binary": Search(("_count", "_id"), BY_ID),
        "CarePlan": Search(
            (
                *("category", "encounter", "patient", "status", "subject", "_count", "_id"),
                *("based-on", "date", "identifier", "intent", "performer"),
            ),
            _BY_WHOM,
        ),
        "Communication": Search(
            (
                *("based-on", "category", "encounter", "patient", "subject", "_count", "_id"),
                *("identifier", "recipient", "status"),
            ),
            any_of(*_WHOM, "based-on", "encounter"),
        ),
        "Condition": Search(
            (
                *("category", "clinical-status", "code", "encounter", "patient", "subject", "_count", "_id"),
                "identifier",
            ),
            _BY_WHOM,
        ),
        "DeviceRequest": Search(
            (
                *("patient", "status", "_count", "_id", "authored-on", "based-on", "code", "encounter", "identifier"),
                *("intent", "performer", "requester", "subject"),
            ),
            BY_PATIENT,
        ),
        "DiagnosticReport": Search(
            (
                *("category", "code", "date", "identifier", "patient", "subject", "_count", "_id"),
                *("based-on", "encounter", "performer", "status"),
            ),
            any_of(*_WHOM, "identifier"),
        ),
        "DocumentReference": Search(
            (
                *("author", "category", "date", "encounter", "patient", "period", "status", "subject", "type"),
                *("_count", "_id", "identifier"),
            ),
            _BY_WHOM,
        ),
        "Encounter": Search(
            (
                *("class", "date", "identifier", "patient", "subject", "_count", "_id"),
                *("appointment", "based-on", "episode-of-care", "location", "practitioner", "service-provider"),
                *("status", "type"),
            ),
            any_of(*_WHOM, "identifier"),
        ),
        "EpisodeOfCare": Search(
            (
                *("patient", "status", "type", "_count", "_id"),
                *("date", "identifier", "incoming-referral", "organization"),
            ),
            BY_PATIENT,
        ),
        "Immunization": Search(
            ("date", "patient", "status", "_count", "_id", "identifier", "location", "performer"), BY_PATIENT
        ),
        "Location": Search(
            ("type", "_count", "_id", "identifier", "name", "organization", "status"), any_of("_id", "type")
        ),
        "Medication": Search(("_count", "_id"), BY_ID),
        "MedicationAdministration": Search(
            ("patient", "performer", "status", "subject", "_count", "_id", "code", "identifier"), _BY_WHOM
        ),
        "MedicationRequest": Search(
            (
                *("category", "date", "intent", "patient", "status", "subject", "_count", "_id"),
                *("authoredon", "code", "encounter", "identifier", "requester"),
            ),
            _BY_WHOM,
        ),
        "NutritionOrder": Search(("patient", "_count", "_id", "encounter", "identifier", "status"), BY_PATIENT),
        "Observation": Search(
            (
                *("based-on", "category", "code", "date", "focus", "patient", "subject", "_count", "_id"),
                *("encounter", "identifier", "performer", "status"),
            ),
            _BY_WHOM,
        ),
        "Organization": Search(("_count", "_id"), BY_ID),
        "Patient": Search(
            ("birthdate", "family", "gender", "given", "identifier", "name", "_count", "_id", "organization"),
            _IDENTIFIED,
        ),
        "Practitioner": Search(("family", "given", "identifier", "name", "_count", "_id", "gender"), _IDENTIFIED),
        "PractitionerRole": Search((*_PLACES, "role", "specialty", "_count", "_id", "date"), any_of("_id", *_PLACES)),
        "Procedure": Search(
            (
                *("category", "code", "date", "identifier", "patient", "subject", "_count", "_id"),
                *("based-on", "encounter", "location", "performer", "status"),
            ),
            any_of(*_WHOM, "identifier"),
        ),
        "ServiceRequest": Search(
            (
                *("authored", "category", "code", "encounter", "identifier", "patient", "requester", "status"),
                *("subject", "_count", "_id", "based-on", "intent", "performer"),
            ),
            any_of(*_WHOM, "encounter", "identifier"),
        ),
        "Task": Search(
            (
                *("code", "encounter", "focus", "patient", "status", "subject", "_count", "_id"),
                *("authored-on", "based-on", "identifier", "intent", "performer", "period", "requester"),
            ),
            any_of(*_WHOM, "encounter", "focus"),
        ),
    },
    (),
    head={
        "kind": "instance",
        "software": {"name": "Epic", "version": "May 2026", "releaseDate": "2026-05-11"},
        "implementation": {"description": "FHIR Sandbox FHIR Server", "url": f"{_BASE}/api/FHIR/R4"},
    },
    security={
        "extension": [oauth_uris(authorize=f"{_BASE}/oauth2/authorize", token=f"{_BASE}/oauth2/token")],
        "cors": True,
        "service": [service(code, code, code) for code in ("OAuth", "SMART-on-FHIR", "Basic")],
    },
    writes={
        "AllergyIntolerance": ("create",),
        "Communication": ("create",),
        "Condition": ("create",),
        "DiagnosticReport": ("update",),
        "DocumentReference": ("create", "update"),
        "Observation": ("create", "update"),
        "Patient": ("create",),
        "Procedure": ("create", "update"),
        "ServiceRequest": ("create", "update"),
        "Task": ("update",),
    },
    # Specification 1046 and tries on its sandbox, as told by others (docs/channels/fhir.md has them).
    written={
        "DocumentReference": Written(
            (is_one_of("status", "current"), demands("type", "subject"), of_a_visit, attached("text/plain")),
            ("status", "docStatus", "type", "category", "subject", "date", "author", "content", "context"),
            attachments=1,
            own_system="urn:oid:1.2.840.114350.1.13.0.1.7.2.727879",
        ),
    },
    warns=True,
    code_system="urn:oid:1.2.840.114350.1.13.0.1.7.2.657369",
    words={
        "empty": Words("invalid", "fatal", ("4110", "No parameters are provided in the search request.")),
        "missing": Words("required", "fatal", ("4111", "Required search parameter missing from request.")),
        "value": Words("invalid", "fatal", ("4115", "Required search parameter has an invalid value.")),
        "unknown": Words(
            "informational",
            "warning",
            ("4122", "An unknown query parameter was supplied by the client."),
            "Unknown parameter: {names}. Parameter has been ignored.",
        ),
    },
    export=Export(("Group",)),
)
