"""The elements of which every made-up resource is put together."""

from __future__ import annotations

from datetime import datetime
from typing import Any

Json = dict[str, Any]
SNOMED, LOINC, RXNORM = "http://snomed.info/sct", "http://loinc.org", "http://www.nlm.nih.gov/research/umls/rxnorm"
TERMS = "http://terminology.hl7.org/CodeSystem/"
ACT, PART, V2_CLASS = f"{TERMS}v3-ActCode", f"{TERMS}v3-ParticipationType", f"{TERMS}v2-0004"


def concept(system: str, code: str, text: str | None = None) -> Json:
    """A CodeableConcept."""
    made: Json = {"coding": [{"system": system, "code": code}]}
    if text:
        made["coding"][0]["display"] = text
        made["text"] = text
    return made


def ref(key: str) -> dict[str, str]:
    """A Reference."""
    return {"reference": key}


def named(key: str, display: str) -> dict[str, str]:
    """A Reference that says whom it means."""
    return {"reference": key, "display": display}


def stamp(moment: datetime) -> str:
    """An instant as FHIR writes it."""
    return moment.isoformat(timespec="seconds").replace("+00:00", "Z")
