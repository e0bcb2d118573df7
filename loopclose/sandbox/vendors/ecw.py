"""eClinicalWorks: its CapabilityStatement, and the limit that its developer pages publish since October 2025.

250 requests a minute of the clock, of one practice, then 429 without Retry-After until the next full minute. Pages go
on by ``page``, a number; no parameter says how long one is. What a search needs is not stated: Encounter by
practitioner and date is the door, ServiceRequest is taken by whatever it lists, and ``_total``, which nothing lists,
is refused. A practice in rehearsal has no date to begin with, so its worklist is a roster.
"""

from __future__ import annotations

from loopclose.sandbox.vendors.naming import oauth_uris, service
from loopclose.sandbox.vendors.rules import BY_ID, BY_PATIENT, Export, Paging, Search, Vendor, any_of

_OAUTH = "https://oauthserver.eclinicalworks.com/oauth/oauth2"
ECW = Vendor(
    "ecw",
    "messy",
    {
        "AllergyIntolerance": Search(("_id", "clinical-status", "encounter", "patient"), BY_PATIENT),
        "CarePlan": Search(("_id", "category", "encounter", "patient"), BY_PATIENT),
        "Condition": Search(("_id", "category", "encounter", "page", "patient"), BY_PATIENT),
        "DiagnosticReport": Search(
            ("_id", "category", "code", "date", "encounter", "page", "patient", "status"), BY_PATIENT
        ),
        "DocumentReference": Search(("_id", "category", "date", "encounter", "page", "patient", "type"), BY_PATIENT),
        "Encounter": Search(
            ("_id", "date", "location", "page", "patient", "practitioner"), (*BY_PATIENT, ("practitioner", "date"))
        ),
        "Immunization": Search(("_id", "date", "encounter", "page", "patient", "status"), BY_PATIENT),
        "Location": Search(("_id", "name", "page"), any_of("_id", "name")),
        "Medication": Search(("_id",), BY_ID),
        "MedicationAdministration": Search(("_id", "patient", "status"), BY_PATIENT),
        "MedicationRequest": Search(
            ("_id", "authoredon", "encounter", "intent", "page", "patient", "status"), BY_PATIENT
        ),
        "Observation": Search(
            ("_id", "category", "code", "date", "encounter", "identifier", "page", "patient", "status"), BY_PATIENT
        ),
        "Organization": Search(("_id", "name", "page", "type"), any_of("_id", "name", "type")),
        "Patient": Search(
            ("_id", "birthdate", "family", "gender", "given", "identifier", "name", "page"),
            any_of("_id", "birthdate", "family", "given", "identifier", "name"),
        ),
        "Practitioner": Search(("_id", "identifier", "name", "page"), any_of("_id", "identifier", "name")),
        "PractitionerRole": Search(
            ("_id", "location", "name", "page", "practitioner", "role", "specialty"),
            any_of("_id", "location", "name", "practitioner", "role", "specialty"),
        ),
        "Procedure": Search(("_id", "code", "date", "encounter", "page", "patient", "status"), BY_PATIENT),
        "ServiceRequest": Search(
            ("_id", "authored", "category", "code", "page", "patient", "status"),
            any_of("_id", "authored", "category", "code", "patient", "status"),
        ),
    },
    ("Binary",),
    head={
        "kind": "instance",
        "name": "eCW FHIR Facade",
        "publisher": "eClinicalWorks",
        "software": {"name": "eCW FHIR Facade", "version": "1.6"},
        "implementation": {
            "description": "eClinicalWorks FHIR Facade Service",
            "url": "https://fhir4.eclinicalworks.com/fhir/r4",
        },
    },
    security={
        "extension": [oauth_uris(authorize=f"{_OAUTH}/authorize", token=f"{_OAUTH}/token")],
        "cors": True,
        "service": [service("OAuth2 using SMART-on-FHIR profile (see http://docs.smarthealthit.org)")],
    },
    paging=Paging("page", size=None, numbered=True),
    limit=250,
    export=Export(("Group",)),
)
