"""Inputs that the cases describe and no file holds: each made here, as resources of one referred visit."""

from __future__ import annotations

import base64
from collections.abc import Iterable
from typing import Any

from tests.interop.drafting import case

Json = dict[str, Any]
PATIENT, VISIT = {"reference": "Patient/a05-none"}, {"reference": "Encounter/e-a05-none"}
LOINC = "http://loinc.org"
OURS, THEIRS = {"reference": "Practitioner/heart", "display": "Hana Heart, MD"}, {"reference": "Practitioner/lee"}


def chart(*resources: Json) -> list[Json]:
    """A practice, a referrer, one patient with one referred visit of 20 November 2026, and what is given."""
    own = {(one["resourceType"], one["id"]) for one in resources}
    return [*(one for one in case("right-a05-none") if (one["resourceType"], one["id"]) not in own), *resources]


def note(text: str | bytes, form: str = "text/plain", fhir_id: str = "note", **more: Any) -> Json:
    """A note of the visit."""
    data = text.encode() if isinstance(text, str) else text
    attachment = {"contentType": form, "data": base64.b64encode(data).decode()}
    return {
        "resourceType": "DocumentReference",
        "id": fhir_id,
        "status": "current",
        "docStatus": "final",
        "type": {"coding": [{"system": LOINC, "code": "11488-4"}], "text": "Consult note"},
        "date": "2026-11-20T15:00:00-05:00",
        "author": [{"reference": "Practitioner/heart"}],
        "content": [{"attachment": attachment}],
        "context": {"encounter": [VISIT]},
        "subject": PATIENT,
        **more,
    }


def medicine(fhir_id: str, name: str, sig: Json | Iterable[Json] | str | None = None, **more: Any) -> Json:
    """An order of the visit; what is given as ``None`` it does not have."""
    sigs = [{"text": sig}] if isinstance(sig, str) else [sig] if isinstance(sig, dict) else [*(sig or ())]
    found = {
        "resourceType": "MedicationRequest",
        "id": fhir_id,
        "status": "active",
        "intent": "order",
        "medicationCodeableConcept": {"text": name},
        "subject": PATIENT,
        "encounter": VISIT,
        "authoredOn": "2026-11-20",
        "requester": OURS,
        "dosageInstruction": sigs,
        **more,
    }
    return {key: value for key, value in found.items() if value is not None}


def result(fhir_id: str, name: str, value: float | Json, unit: str = "", **more: Any) -> Json:
    """A result of the visit."""
    said = {"valueQuantity": {"value": value, "unit": unit}} if isinstance(value, int | float) else value
    found = {
        "resourceType": "Observation",
        "id": fhir_id,
        "status": "final",
        "code": {"text": name},
        "subject": PATIENT,
        "encounter": VISIT,
        "effectiveDateTime": "2026-11-20T10:10:00-05:00",
        **said,
        **more,
    }
    return {key: value for key, value in found.items() if value is not None}


def order(fhir_id: str, name: str, **more: Any) -> Json:
    """Something ordered at the visit."""
    return {
        "resourceType": "ServiceRequest",
        "id": fhir_id,
        "status": "active",
        "intent": "order",
        "code": {"text": name},
        "subject": PATIENT,
        "encounter": VISIT,
        "authoredOn": "2026-11-20",
        "requester": OURS,
        **more,
    }


def allergy(fhir_id: str, name: str, **more: Any) -> Json:
    """An allergy of the patient."""
    status = {"coding": [{"code": "active"}]}
    base = {"resourceType": "AllergyIntolerance", "id": fhir_id, "clinicalStatus": status, "patient": PATIENT}
    return {**base, "code": {"text": name}, **more}


def coded_sig(code: str, **repeat: Any) -> Json:
    """One tablet as a timing code says, and its ``repeat``."""
    timing: Json = {"code": {"coding": [{"code": code}]}}
    if repeat:
        timing["repeat"] = repeat
    return {"timing": timing, "doseAndRate": [{"doseQuantity": {"value": 1, "unit": "tablet"}}]}
