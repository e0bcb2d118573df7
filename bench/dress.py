"""Made-up resources dressed in what real servers send along, so that their size is a real one's.

Measured on public data: a ServiceRequest has some 660 bytes, an Encounter 1,500, a Patient 1,400.
"""

from __future__ import annotations

from typing import Any

Json = dict[str, Any]
CORE = "http://hl7.org/fhir/us/core/StructureDefinition/us-core-"


def dressed(resource: Json) -> Json:
    """The same resource with profile, identifiers, displays, history, address and the like."""
    return {**resource, **_MORE.get(resource["resourceType"], _nothing)(resource)}


def _encounter(one: Json) -> Json:
    period = one.get("period", {})
    room = {"reference": f"Location/{one['id']}-room", "display": "Harbor Cardiology, second floor, examination room 4"}
    return {
        "meta": {**one["meta"], "profile": [f"{CORE}encounter"]},
        "identifier": [{"use": "official", "system": "https://ehr.example/encounters", "value": f"E-{one['id']}"}],
        "statusHistory": [
            {"status": "arrived", "period": {"start": period.get("start"), "end": period.get("start")}},
            {"status": "in-progress", "period": {"start": period.get("start"), "end": period.get("end")}},
        ],
        "length": {"value": 30, "unit": "minutes", "system": "http://unitsofmeasure.org", "code": "min"},
        "location": [{"location": room, "status": "completed", "period": period}],
        "hospitalization": {
            "dischargeDisposition": {
                "coding": [
                    {
                        "system": "http://terminology.hl7.org/CodeSystem/discharge-disposition",
                        "code": "home",
                        "display": "Home",
                    }
                ],
                "text": "Home",
            }
        },
    }


def _patient(one: Json) -> Json:
    race = [
        {"url": "ombCategory", "valueCoding": {"system": "urn:oid:2.16.840.1.113883.6.238", "code": "2131-1"}},
        {"url": "text", "valueString": "Other Race"},
    ]
    return {
        "meta": {**one["meta"], "profile": [f"{CORE}patient"]},
        "extension": [{"url": f"{CORE}race", "extension": race}, {"url": f"{CORE}birthsex", "valueCode": "UNK"}],
        "telecom": [{"system": "phone", "value": "555-010-0100", "use": "home"}],
        "address": [
            {
                "use": "home",
                "line": ["1 Example Street", "Apartment 2"],
                "city": "Springfield",
                "state": "MA",
                "postalCode": "00000",
                "country": "US",
            }
        ],
        "maritalStatus": {
            "coding": [{"system": "http://terminology.hl7.org/CodeSystem/v3-MaritalStatus", "code": "M"}],
            "text": "Married",
        },
        "communication": [
            {
                "language": {"coding": [{"system": "urn:ietf:bcp:47", "code": "en-US", "display": "English"}]},
                "preferred": True,
            }
        ],
        "multipleBirthBoolean": False,
        "active": True,
    }


def _nothing(_one: Json) -> Json:
    return {}


_MORE = {"Encounter": _encounter, "Patient": _patient}
