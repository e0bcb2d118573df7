"""A resource inside another (https://hl7.org/fhir/R4/references.html#contained): who somebody is, no more."""

from __future__ import annotations

from fhir_adapters.facts.elements import Element, HumanName, Identifier, Reference


class Contained(Element, frozen=True, kw_only=True):
    """A contained Practitioner, PractitionerRole or Organization, as far as it names somebody."""

    id: str | None = None
    identifier: tuple[Identifier, ...] | Identifier | None = None
    name: tuple[HumanName, ...] | str | None = None
    practitioner: Reference | None = None
    organization: Reference | None = None
