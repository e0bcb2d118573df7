"""The search parameters that a vendor lists find what they should, and nothing else."""

from __future__ import annotations

import json
from typing import Any

import pytest

from loopclose.sandbox.search import Store

STORE = Store(
    [
        {"meta": {"versionId": "1", "lastUpdated": "2026-11-01T00:00:00Z"}, **resource}
        for resource in (
            {"resourceType": "Patient", "id": "a", "birthDate": "1970-01-02", "gender": "female"},
            {"resourceType": "Patient", "id": "b", "name": [{"family": "Sample", "given": ["Ada", "Bea"]}]},
            {"resourceType": "Organization", "id": "o", "name": "Harbor Heart Sample"},
            {
                "resourceType": "MedicationRequest",
                "id": "m",
                "intent": "order",
                "requester": {"reference": "Practitioner/p"},
            },
            {"resourceType": "MedicationRequest", "id": "n", "intent": "plan", "authoredOn": "2026-10-05"},
            {"resourceType": "Encounter", "id": "e", "class": {"system": "s", "code": "AMB"}},
            {"resourceType": "Encounter", "id": "f", "class": {"extension": []}, "subject": {"reference": "Patient/b"}},
            {"resourceType": "Encounter", "id": "g", "serviceProvider": {"reference": "Organization/o"}},
            {"resourceType": "Encounter", "id": "h", "subject": {"reference": "Patient/a"}},
            {"resourceType": "Procedure", "id": "q", "performedPeriod": {"start": "2026-10-05", "end": "2026-10-06"}},
            {"resourceType": "DiagnosticReport", "id": "r", "effectiveDateTime": "2026-10-05T10:00:00Z"},
            {"resourceType": "DiagnosticReport", "id": "s", "effectiveDateTime": "2026-11-05T10:00:00Z"},
        )
    ]
)


@pytest.mark.parametrize(
    ("kind", "params", "ids"),
    [
        ("Patient", {"birthdate": "1970-01-02"}, ["a"]),
        ("Patient", {"gender": "female"}, ["a"]),
        ("Patient", {"family": "sam"}, ["b"]),
        ("Patient", {"given": "bea"}, ["b"]),
        ("Patient", {"name": "Nobody"}, []),
        ("Organization", {"name": "Harbor"}, ["o"]),
        ("MedicationRequest", {"intent": "order,proposal"}, ["m"]),
        ("MedicationRequest", {"requester": "p"}, ["m"]),
        ("MedicationRequest", {"authoredon": "ge2026-10-01"}, ["n"]),
        ("Encounter", {"class": "AMB"}, ["e"]),
        ("Encounter", {"class": "s|AMB"}, ["e"]),
        ("Encounter", {"service-provider": "Organization/o"}, ["g"]),
        ("Encounter", {"patient": "a,Patient/b"}, ["f", "h"]),
        ("Procedure", {"date": "2026-10-06"}, []),
        ("Procedure", {"date": "ge2026-10-06"}, ["q"]),
        ("DiagnosticReport", {"date": "lt2026-11-01"}, ["r"]),
    ],
)
def test_a_search_finds_what_it_names(kind: str, params: dict[str, Any], ids: list[str]) -> None:
    found = [json.loads(raw)["id"] for raw in STORE.search(kind, [*params.items()])]
    assert sorted(found) == ids
