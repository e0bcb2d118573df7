"""A clinician as a person (https://hl7.org/fhir/R4/practitioner.html): the elements read."""

from __future__ import annotations

from fhir_adapters.facts.elements import HumanName, Identifier, Resource


class Practitioner(Resource, frozen=True, kw_only=True):
    """A clinician, with an NPI where it is known."""

    identifier: tuple[Identifier, ...] = ()
    name: tuple[HumanName, ...] = ()
