"""A clinician at an organization (https://hl7.org/fhir/R4/practitionerrole.html): the elements read."""

from __future__ import annotations

from fhir_adapters.facts.contained import Contained
from fhir_adapters.facts.elements import (
    CodeableConcept,
    Identifier,
    Reference,
    Resource,
)


class PractitionerRole(Resource, frozen=True, kw_only=True):
    """Where a clinician works and in what specialty."""

    identifier: tuple[Identifier, ...] = ()
    contained: tuple[Contained, ...] = ()
    active: bool | None = None
    practitioner: Reference | None = None
    organization: Reference | None = None
    specialty: tuple[CodeableConcept, ...] = ()
