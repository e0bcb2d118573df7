"""A patient (https://hl7.org/fhir/R4/patient.html): the elements read."""

from __future__ import annotations

from fhir_adapters.facts.elements import (
    Element,
    HumanName,
    Identifier,
    Reference,
    Resource,
)
from fhir_adapters.facts.when import When


class PatientLink(Element, frozen=True, kw_only=True):
    """Another record of the same person (https://hl7.org/fhir/R4/patient.html#links)."""

    other: Reference | None = None


class Patient(Resource, frozen=True, kw_only=True):
    """Who was referred and seen."""

    identifier: tuple[Identifier, ...] = ()
    name: tuple[HumanName, ...] = ()
    gender: str | None = None
    birth_date: When | None = None
    deceased_boolean: bool | None = None
    deceased_date_time: When | None = None
    link: tuple[PatientLink, ...] = ()
