"""Oracle Health (Millennium): its CapabilityStatement, and its own pages on each resource (fhir.cerner.com, R4).

Appointment is the one practice-wide door: by practitioners or locations (lists by comma) within a closed range.
"""

from __future__ import annotations

from loopclose.sandbox.asked import Asked
from loopclose.sandbox.vendors.checks import id_alone, instants, never_together, one_of, window, with_patient
from loopclose.sandbox.vendors.naming import oauth_uris, service
from loopclose.sandbox.vendors.rules import BY_ID, BY_PATIENT, PATIENT, Export, Search, Vendor, Written, any_of
from loopclose.sandbox.vendors.takings import attached, demands, is_one_of, period_ends, references, words_attached

_TENANT = "ec2458f2-1e24-41c8-b71b-0e701af7583d"
_SIGN_IN = "https://authorization.cerner.com"
_TENANT_SIGN_IN = f"{_SIGN_IN}/tenants/{_TENANT}"
_TOKEN = f"{_TENANT_SIGN_IN}/hosts/fhir-ehr-code.cerner.com/protocols/oauth2/profiles/smart-v1/token"
_DESCRIPTION = "Oracle Health implementation of FHIR on top of Millennium"


def _one_actor_and_date(asked: Asked) -> str | None:
    if asked.values("_id"):
        return None
    actors = [value for name in ("patient", "practitioner", "location") for value in asked.values(name)]
    dates = asked.values("date") or asked.values("-date-or-req-period")
    if len(actors) == 1 and dates:
        return None
    return "Appointment needs _id, or a date with exactly one of patient, practitioner and location."


_BY_WHOM = any_of("_id", *PATIENT)
_IDENTIFIED = any_of("_id", "identifier")
ORACLE = Vendor(
    "oracle",
    "oracle",
    {
        "AllergyIntolerance": Search(("_id", "patient", "clinical-status", "_lastUpdated"), BY_PATIENT),
        "Appointment": Search(
            ("_id", "_count", "date", "-date-or-req-period", "patient", "practitioner", "location", "status"),
            checks=(_one_actor_and_date, window("date"), window("-date-or-req-period")),
            lists=True,
        ),
        "CarePlan": Search(("_id", "date", "patient", "category", "_count"), (("_id",), ("patient", "category"))),
        "Communication": Search(("_id", "category", "recipient"), BY_ID),
        "Condition": Search(
            ("_id", "patient", "encounter", "subject", "clinical-status", "category", "_lastUpdated"), _BY_WHOM
        ),
        "DiagnosticReport": Search(
            ("_id", "category", "code", "encounter", "patient", "date", "_lastUpdated", "_count"),
            BY_PATIENT,
            page=10,
            most=100,
        ),
        "DocumentReference": Search(
            ("_id", "patient", "encounter", "period", "_count", "type", "category", "date", "_lastUpdated"),
            BY_PATIENT,
            (id_alone, never_together("date", "period", "_lastUpdated")),
            page=10,
            most=100,
        ),
        "Encounter": Search(
            ("_id", "_count", "patient", "subject", "status", "date", "identifier", "_lastUpdated"),
            any_of("_id", *PATIENT, "identifier"),
            (
                with_patient("_count", "status", "date"),
                one_of("status", "planned", "in-progress", "finished", "cancelled"),
                instants("date"),
            ),
        ),
        "Immunization": Search(("_id", "patient", "_lastUpdated", "date"), BY_PATIENT),
        "Location": Search(("_id", "identifier", "name", "organization", "type")),
        "MedicationAdministration": Search(("_id", "patient", "status", "performer"), BY_PATIENT),
        "MedicationRequest": Search(("_id", "patient", "intent", "status", "_lastUpdated", "_count"), BY_PATIENT),
        "NutritionOrder": Search(("_id", "patient", "status", "_lastUpdated", "_count"), BY_PATIENT),
        "Observation": Search(
            ("_id", "patient", "subject", "category", "code", "date", "_lastUpdated", "_count"),
            _BY_WHOM,
            (id_alone,),
            page=50,
            most=200,
        ),
        "Organization": Search(("_id", "identifier", "type", "_count", "name")),
        "Patient": Search(
            ("_id", "identifier", "name", "given", "family", "birthdate", "gender", "_count"),
            any_of("_id", "identifier", "name", "given", "family", "birthdate"),
        ),
        "Practitioner": Search(
            ("_id", "identifier", "given", "family", "name", "_count"), (*_IDENTIFIED, *any_of("name", "family"))
        ),
        "Procedure": Search(("_id", "patient", "subject", "date", "_lastUpdated"), _BY_WHOM),
        "ServiceRequest": Search(
            ("_id", "patient", "subject", "code", "_lastUpdated", "_count"),
            _BY_WHOM,
            (id_alone, instants("_lastUpdated", ("ge", "le"))),
        ),
    },
    ("Binary",),
    head={
        "kind": "instance",
        "name": "OracleHealthCapabilityStatement",
        "title": "Oracle Health Capability Statement",
        "publisher": "Oracle Health",
        "description": _DESCRIPTION,
        "implementation": {
            "description": _DESCRIPTION,
            "url": f"https://fhir-ehr-code.cerner.com/r4/{_TENANT}",
        },
    },
    security={
        "extension": [
            oauth_uris(
                token=_TOKEN,
                revoke=f"{_TENANT_SIGN_IN}/protocols/oauth2/profiles/smart-v1/token/revoke",
                authorize=f"{_TENANT_SIGN_IN}/protocols/oauth2/profiles/smart-v1/personas/provider/authorize",
                manage=f"{_TENANT_SIGN_IN}/personas/provider/my-authorizations",
                introspect=f"{_SIGN_IN}/tokeninfo",
            )
        ],
        "cors": True,
        "service": [service("OAuth2 using SMART-on-FHIR profile (see http://docs.smarthealthit.org/).")],
        "description": "OAuth2 plus SMART extensions",
    },
    writes={
        "AllergyIntolerance": ("create", "update"),
        "Appointment": ("create", "patch"),
        "Communication": ("create", "patch"),
        "Condition": ("create", "update"),
        "DiagnosticReport": ("create",),
        "DocumentReference": ("create", "update"),
        "Encounter": ("create", "patch"),
        "Immunization": ("create", "update"),
        "MedicationRequest": ("create", "patch"),
        "Observation": ("create", "update"),
        "Organization": ("create",),
        "Patient": ("create", "patch"),
        "Practitioner": ("create",),
        "Procedure": ("create",),
    },
    written={
        "DocumentReference": Written(
            (
                is_one_of("status", "current"),
                is_one_of("docStatus", "final", "amended"),
                demands("type", "subject"),
                references("author", "Practitioner"),
                attached(
                    "application/pdf", "text/rtf", "text/html", "application/xml", "application/xhtml+xml", most=1
                ),
                period_ends,
            ),
            ("status", "docStatus", "type", "subject", "author", "authenticator", "content", "context"),
            own_system="https://fhir.cerner.com/ceuuid",
        ),
        "Communication": Written(
            (
                is_one_of("status", "completed"),
                demands("category", "recipient", "sender"),
                references("recipient", "Practitioner", "Group"),
                references("sender", "Practitioner"),
                words_attached,
            ),
            ("status", "category", "priority", "subject", "topic", "encounter", "recipient", "sender", "payload"),
        ),
    },
    unsearched=400,
    export=Export(),
)
