"""A practice or another organization (https://hl7.org/fhir/R4/organization.html): the elements read."""

from __future__ import annotations

from fhir_adapters.facts.elements import (
    CodeableConcept,
    Identifier,
    Reference,
    Resource,
)


class Organization(Resource, frozen=True, kw_only=True):
    """A practice, with its addresses."""

    identifier: tuple[Identifier, ...] = ()
    type: tuple[CodeableConcept, ...] = ()
    name: str | None = None
    part_of: Reference | None = None
