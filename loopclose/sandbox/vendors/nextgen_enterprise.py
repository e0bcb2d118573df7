"""NextGen Enterprise: its CapabilityStatement.

``_maxresults`` says how long a page is; ``_count`` is not listed and does nothing here. ``_total``, which nothing
lists, is refused. What a search needs is not stated, nor how pages go on: visits and orders are found without a
patient (by ``date``, ``authored`` or ``_lastUpdated``), other clinical data are not.
"""

from __future__ import annotations

from loopclose.sandbox.vendors.naming import oauth_uris, service
from loopclose.sandbox.vendors.rules import BY_PATIENT, Paging, Search, Vendor, any_of

_BASE = "https://fhir.nextgen.com/nge/prod"
_OAUTH = f"{_BASE}/patient-oauth"
_LAST = ("_lastUpdated", "_maxresults")
ENTERPRISE = Vendor(
    "nextgen-enterprise",
    "messy",
    {
        "AllergyIntolerance": Search(("_id", "patient", "date", *_LAST), BY_PATIENT),
        "CarePlan": Search(("_id", "patient", "category", "status", *_LAST), BY_PATIENT),
        "Condition": Search(("_id", "patient", "category", "clinical-status", *_LAST), BY_PATIENT),
        "DiagnosticReport": Search(("_id", "patient", "category", "code", "date", *_LAST), BY_PATIENT),
        "DocumentReference": Search(("_id", "patient", "type", "date", "category", *_LAST), BY_PATIENT),
        "Encounter": Search(("_id", "patient", "date", *_LAST)),
        "Immunization": Search(("_id", "patient", "date", "status", *_LAST), BY_PATIENT),
        "Location": Search(("_id", "name", *_LAST), any_of("_id", "name", "_lastUpdated")),
        "MedicationRequest": Search(("_id", "patient", "status", "intent", "authoredon", *_LAST), BY_PATIENT),
        "MedicationStatement": Search(("_id", "patient", "status", *_LAST), BY_PATIENT),
        "Observation": Search(("_id", "patient", "category", "code", "date", "status", *_LAST), BY_PATIENT),
        "Organization": Search(("_id", "name", *_LAST), any_of("_id", "name", "_lastUpdated")),
        "Patient": Search(
            ("_id", "identifier", "name", "given", "family", "gender", "birthdate", *_LAST),
            any_of("_id", "identifier", "name", "given", "family", "birthdate", "_lastUpdated"),
        ),
        "Practitioner": Search(
            ("_id", "name", "identifier", *_LAST), any_of("_id", "name", "identifier", "_lastUpdated")
        ),
        "PractitionerRole": Search(("_id", "specialty", *_LAST), any_of("_id", "specialty", "_lastUpdated")),
        "Procedure": Search(("_id", "patient", "date", "status", *_LAST), BY_PATIENT),
        "ServiceRequest": Search(("_id", "patient", "category", "code", "authored", *_LAST)),
    },
    (),
    head={
        "kind": "instance",
        "name": "NextGen.Fhir",
        "publisher": "NextGen",
        "description": "This FHIR SERVER is a Nextgen's implementation of US Core Profile",
        "software": {"name": "Nextgen FHIR Server", "version": "5.0.1.698"},
        "implementation": {
            "description": "Nextgen FHIR Server US Core R4 Profile",
            "url": f"{_BASE}/fhir-api-r4/fhir/R4",
        },
    },
    security={
        "extension": [
            oauth_uris(authorize=f"{_OAUTH}/authorize", token=f"{_OAUTH}/token", revoke=f"{_OAUTH}/token/revoke")
        ],
        "cors": True,
        "service": [service()],
    },
    paging=Paging(size="_maxresults"),
    worklist=("orders", "encounters"),
)
