"""athenahealth: its CapabilityStatement, which says by an extension what each search needs.

``ah-practice`` is known and filters nothing: the demo EHR is one practice. ``_query``, by which appointments could be
found beside ``_id``, is not known. Clients go on by ``cursor``, of which nothing is said but that it is the server's.
"""

from __future__ import annotations

from loopclose.sandbox.vendors.naming import OAUTH_URIS, oauth_uris, service
from loopclose.sandbox.vendors.rules import BY_ID, BY_PATIENT, Export, Paging, Search, Vendor, any_of

_HOST = "https://api.platform.athenahealth.com"
_OAUTH = f"{_HOST}/oauth2/v1"
_DSTU2 = "http://DSTU2/fhir-registry.smarthealthit.org/StructureDefinition/oauth-uris"
_PATIENT_OR_ID = any_of("patient", "_id")
ATHENA = Vendor(
    "athena",
    "messy",
    {
        "AllergyIntolerance": Search(
            ("patient", "_count", "cursor", "_lastUpdated", "code", "ah-practice"), any_of("patient")
        ),
        "Appointment": Search(
            ("_id", "ah-practice"),
            (("_query", "base-appointment-id"), ("_query", "group-appointment-id"), ("_id",)),
        ),
        "CarePlan": Search(
            ("patient", "category", "_lastUpdated", "_count", "_id", "cursor", "ah-practice"), _PATIENT_OR_ID
        ),
        "Condition": Search(
            ("_id", "patient", "encounter", "ah-practice", "_count", "cursor", "_lastUpdated", "code", "category"),
            any_of("encounter", "patient", "_id"),
        ),
        "DiagnosticReport": Search(
            (
                *("_id", "encounter", "patient", "category", "code", "date", "_count", "cursor", "performer"),
                *("_lastUpdated", "ah-practice"),
            ),
            _PATIENT_OR_ID,
        ),
        "DocumentReference": Search(
            (
                *("_id", "patient", "category", "type", "date", "_count", "cursor", "encounter", "author"),
                *("_lastUpdated", "ah-practice"),
            ),
            _PATIENT_OR_ID,
        ),
        "Encounter": Search(
            (
                *("_id", "patient", "date", "_count", "cursor", "ah-practice", "_lastUpdated", "location"),
                *("service-provider", "practitioner"),
            ),
            _PATIENT_OR_ID,
        ),
        "Immunization": Search(
            ("encounter", "patient", "date", "status", "_id", "_count", "cursor", "ah-practice", "_lastUpdated"),
            _PATIENT_OR_ID,
        ),
        "Location": Search(("_id", "ah-practice"), BY_ID),
        "Medication": Search(("_id", "ah-practice"), BY_ID),
        "MedicationRequest": Search(
            (
                *("patient", "intent", "status", "_id", "authoredon", "subject", "encounter", "requester"),
                *("ah-practice", "_count", "code", "cursor", "_lastUpdated"),
            ),
            (("patient", "intent"), ("_id",)),
        ),
        "Observation": Search(
            (
                *("_id", "patient", "date", "category", "code", "encounter", "_count", "cursor", "ah-practice"),
                "_lastUpdated",
            ),
            _PATIENT_OR_ID,
        ),
        "Organization": Search(("_id", "ah-practice"), BY_ID),
        "Patient": Search(
            (
                *("_id", "identifier", "name", "birthdate", "gender", "family", "given", "_lastUpdated", "_count"),
                *("cursor", "ah-practice"),
            ),
            (
                *any_of("_id", "identifier", "name"),
                *(("family", "birthdate"), ("family", "gender"), ("family", "given")),
            ),
        ),
        "Practitioner": Search(("_id", "identifier", "ah-practice"), (("_id",), ("identifier", "ah-practice"))),
        "Procedure": Search(
            (
                *("patient", "date", "_count", "cursor", "encounter", "performer", "_id", "_lastUpdated"),
                "ah-practice",
            ),
            _PATIENT_OR_ID,
        ),
        "ServiceRequest": Search(
            (
                *("_id", "encounter", "patient", "_count", "status", "authored", "_lastUpdated", "cursor"),
                *("performer", "requester", "ah-practice", "code", "category"),
            ),
            BY_PATIENT,
        ),
    },
    ("Binary",),
    head={
        "kind": "instance",
        "name": "athenahealth_FHIR_R4_CapabilityStatement",
        "title": "athenahealth FHIR R4 CapabilityStatement",
        "publisher": "athenahealth",
        "software": {"name": "athenahealth FHIR Server"},
        "implementation": {"url": f"{_HOST}/fhir/r4", "description": "athenahealth R4 FHIR Server"},
    },
    security={
        "cors": True,
        "extension": [
            oauth_uris(
                url,
                authorize=f"{_OAUTH}/authorize",
                token=f"{_OAUTH}/token",
                introspect=f"{_OAUTH}/introspect",
                revoke=f"{_OAUTH}/revoke",
            )
            for url in (_DSTU2, OAUTH_URIS)
        ],
        "service": [
            service("OAuth (unspecified version see oauth.net).", "OAuth"),
            service("OAuth2 using SMART-on-FHIR profile (see http://docs.smarthealthit.org)"),
        ],
    },
    paging=Paging("cursor"),
    demands="https://fhir.athena.io/StructureDefinition/ah-search-parameter-metadata",
    export=Export(("Group",)),
)
