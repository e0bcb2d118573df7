"""Made-up resources dressed in what real servers send along, so that their size is a real one's.

Measured on the public sample data of a US Core reference server, without white space: a ServiceRequest has 1,061
bytes on average (6 of them), an Encounter 1,417 (195), a Patient 1,966 (9). Synthea's Patients have 3,373 bytes,
those of the Australian sample data 1,761.
"""

from __future__ import annotations

from collections.abc import Iterable
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
    }


def _service_request(one: Json) -> Json:
    asked = one["code"].get("text") or "Service"
    return {
        "meta": {**one["meta"], "profile": [f"{CORE}servicerequest"]},
        "text": _narrative([("Asked for", asked)]),
    }


def _narrative(rows: Iterable[tuple[str, str]]) -> Json:
    """What many servers make of a resource for people to read."""
    cells = "".join(f"<tr><td>{name}</td><td>{value}</td></tr>" for name, value in rows)
    return {
        "status": "generated",
        "div": f'<div xmlns="http://www.w3.org/1999/xhtml"><table><tbody>{cells}</tbody></table></div>',
    }


def _patient(one: Json) -> Json:
    race = [
        {"url": "ombCategory", "valueCoding": {"system": "urn:oid:2.16.840.1.113883.6.238", "code": "2131-1"}},
        {"url": "text", "valueString": "Other Race"},
    ]
    name = one["name"][0]["text"]
    rows = (
        ("Patient name", name),
        ("Record number", f"{one['identifier'][0]['value']} (Harbor Cardiology, medical record number)"),
        ("Birth date and gender", f"{one['birthDate']}, {one['gender']}"),
        ("Ways to reach the patient", "Telephone at home: 555-010-0100"),
        ("Address", "1 Example Street, Apartment 2, Springfield, MA 00000, US"),
        ("Marital status", "Married"),
        ("Language", "English (preferred)"),
    )
    return {
        "meta": {**one["meta"], "profile": [f"{CORE}patient"]},
        "text": _narrative(rows),
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


_MORE = {"Encounter": _encounter, "Patient": _patient, "ServiceRequest": _service_request}
