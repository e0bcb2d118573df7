"""A practice or another organization (https://hl7.org/fhir/R4/organization.html): the elements read."""

from __future__ import annotations

from fhir_adapters.facts.elements import (
    Address,
    CodeableConcept,
    ContactPoint,
    Identifier,
    Reference,
    Resource,
)


class Organization(Resource, frozen=True, kw_only=True):
    """A practice, with its addresses."""

    identifier: tuple[Identifier, ...] = ()
    active: bool | None = None
    type: tuple[CodeableConcept, ...] = ()
    name: str | None = None
    alias: tuple[str, ...] = ()
    telecom: tuple[ContactPoint, ...] = ()
    address: tuple[Address, ...] = ()
    part_of: Reference | None = None
