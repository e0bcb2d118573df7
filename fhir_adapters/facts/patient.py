"""A patient (https://hl7.org/fhir/R4/patient.html): the elements read."""

from __future__ import annotations

from fhir_adapters.facts.elements import (
    Address,
    ContactPoint,
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
    type: str | None = None


class Patient(Resource, frozen=True, kw_only=True):
    """Who was referred and seen."""

    identifier: tuple[Identifier, ...] = ()
    active: bool | None = None
    name: tuple[HumanName, ...] = ()
    telecom: tuple[ContactPoint, ...] = ()
    gender: str | None = None
    birth_date: When | None = None
    deceased_boolean: bool | None = None
    deceased_date_time: When | None = None
    address: tuple[Address, ...] = ()
    general_practitioner: tuple[Reference, ...] = ()
    managing_organization: Reference | None = None
    link: tuple[PatientLink, ...] = ()
