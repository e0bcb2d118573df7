"""Patients named by an identifier alone: the EHR is asked whose it is, and the record says so from then on."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from decimal import Decimal
from typing import Any

import msgspec

from fhir_adapters.bundle import Entry, Search
from fhir_adapters.client import FhirClient
from fhir_adapters.facts.reading import TYPES, Unreadable, read
from fhir_adapters.facts.references import Target, resolve
from loopclose.flows.arrivals import Arrival, patient_reference

_READER = msgspec.json.Decoder(float_hook=Decimal)
_WRITER = msgspec.json.Encoder(decimal_format="number")


def name_subjects(client: FhirClient, arrivals: Iterable[Arrival], known: dict[str, str | None]) -> Iterator[Entry]:
    """The same resources, as far as the EHR finds exactly one patient by the identifier that they name.

    ``known``: what was found before, by ``system|value``; it is added to.
    """
    asked = [(arrival, token) for arrival in arrivals if (token := _identifier(arrival)) is not None]
    if not asked or not client.capabilities().finds_by("Patient", "identifier"):
        return
    new = sorted({token for _, token in asked} - known.keys())
    searches = [Search("Patient", (("identifier", token),)) for token in new]
    for token, found in zip(new, client.search_many(searches), strict=True):
        patients = {entry.id for entry in found.entries if entry.type == "Patient" and entry.odd is None}
        known[token] = f"Patient/{patients.pop()}" if len(patients) == 1 and found.problem is None else None
    for arrival, token in asked:
        patient = known[token]
        if patient is not None:
            yield Entry(arrival.type, arrival.id, _pointing(arrival.raw, patient), arrival.last_updated)


def _identifier(arrival: Arrival) -> str | None:
    """``system|value`` by which a record names its patient, where it names one in no other way."""
    if not isinstance(arrival.fact, Unreadable) or arrival.fact.code != "no_subject" or arrival.type not in TYPES:
        return None
    fact = read(arrival.type, arrival.raw)
    target = resolve(None if isinstance(fact, Unreadable) else patient_reference(fact))
    return f"{target.system or ''}|{target.value}" if _is_identifier(target) else None


def _is_identifier(target: Target) -> bool:
    return target.kind == "identifier" and bool(target.value) and target.type in (None, "Patient")


def _pointing(raw: bytes, patient: str) -> bytes:
    """The resource with that patient as the one it is about."""
    resource: dict[str, Any] = _READER.decode(raw)
    booked = resource.get("participant") or () if resource["resourceType"] == "Appointment" else ()
    actors = [one.get("actor") for one in booked]
    for named in (resource.get("subject"), resource.get("patient"), resource.get("for"), *actors):
        if isinstance(named, dict) and _may_be_patient(named.get("type"), named.get("reference")):
            named["reference"] = patient
            break
    return _WRITER.encode(resource)


def _may_be_patient(kind: str | None, reference: str | None) -> bool:
    return kind in (None, "Patient") and (reference is None or reference.startswith("Patient?"))
