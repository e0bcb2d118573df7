"""A practice or another organization (https://hl7.org/fhir/R4/organization.html): the elements read."""

from __future__ import annotations

from fhir_adapters.facts.elements import (
    Identifier,
    Resource,
)


class Organization(Resource, frozen=True, kw_only=True):
    """A practice, with its addresses."""

    identifier: tuple[Identifier, ...] = ()
    name: str | None = None
