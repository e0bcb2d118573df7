"""NextGen Office: its CapabilityStatement, a HAPI server's, with a token endpoint on another host.

Practitioner and Location are only read. Many types are not even searched by ``_id``. HAPI passes over parameters of
the answer that it does not serve, such as ``_total``, and says of any other that it does not know how to handle it.
What a search needs is not stated: visits and orders are found without a patient (by ``date`` or ``authored``), other
clinical data are not.
"""

from __future__ import annotations

from loopclose.sandbox.vendors.naming import SMART, oauth_uris, service
from loopclose.sandbox.vendors.rules import LENIENT, Search, Vendor, Words, any_of

_REALM = "https://idp-prod.prod.ngo.nextgenaws.net/auth/realms/nextgen/protocol/openid-connect"
_PATIENT = any_of("patient")
_UNKNOWN = (
    "Invalid request: The FHIR endpoint on this server does not know how to handle GET operation[{kind}] "
    "with parameters [[{names}]]"
)
OFFICE = Vendor(
    "nextgen-office",
    "messy",
    {
        "AllergyIntolerance": Search(("patient", "date"), _PATIENT),
        "CarePlan": Search(("category", "patient", "date"), _PATIENT),
        "Condition": Search(("patient", "category", "date"), _PATIENT),
        "DiagnosticReport": Search(("patient", "category", "code", "date"), _PATIENT),
        "DocumentReference": Search(("_id", "category", "date", "patient", "status", "type"), any_of("_id", "patient")),
        "Encounter": Search(("patient", "date", "_id")),
        "Immunization": Search(("patient", "date"), _PATIENT),
        "MedicationAdministration": Search(("patient", "status"), _PATIENT),
        "MedicationRequest": Search(("patient", "date", "intent", "status"), _PATIENT),
        "Observation": Search(("patient", "category", "code", "date"), _PATIENT),
        "Organization": Search(("name",), any_of("name")),
        "Patient": Search(
            ("_id", "birthdate", "gender", "identifier", "name"), any_of("_id", "birthdate", "identifier", "name")
        ),
        "PractitionerRole": Search(("practitioner",), any_of("practitioner")),
        "Procedure": Search(("patient", "date"), _PATIENT),
        "ServiceRequest": Search(("patient", "authored", "category", "code", "_id")),
    },
    ("Location", "Practitioner"),
    head={
        "kind": "instance",
        "name": "RestServer",
        "publisher": "Not provided",
        "software": {"name": "HAPI FHIR Server", "version": "5.7.0"},
        "implementation": {"description": "HAPI FHIR", "url": "https://fhir.meditouchehr.com/api/fhir/r4"},
    },
    security={
        "extension": [
            oauth_uris(
                token=f"{_REALM}/token",
                authorize=f"{_REALM}/auth",
                revoke=f"{_REALM}/revoke",
                introspect=f"{_REALM}/token/introspect",
            )
        ],
        "service": [service("See http://docs.smarthealthit.org/", display=SMART)],
        "description": "This is the Capability Statement to declare that the server supports SMART-on-FHIR.",
    },
    passes=LENIENT,
    words={"unknown": Words("processing", text=_UNKNOWN)},
    worklist=("orders", "encounters"),
)
