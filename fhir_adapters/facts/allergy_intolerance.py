"""An allergy or intolerance (https://hl7.org/fhir/R4/allergyintolerance.html): the elements read."""

from __future__ import annotations

from fhir_adapters.facts.elements import (
    Annotation,
    CodeableConcept,
    Element,
    Identifier,
    Reference,
    Resource,
)
from fhir_adapters.facts.when import When


class AllergyReaction(Element, frozen=True, kw_only=True):
    """What happened."""

    substance: CodeableConcept | None = None
    manifestation: tuple[CodeableConcept, ...] = ()
    description: str | None = None
    severity: str | None = None


class AllergyIntolerance(Resource, frozen=True, kw_only=True):
    """An allergy, an intolerance, or a statement that there is none."""

    identifier: tuple[Identifier, ...] = ()
    clinical_status: CodeableConcept | None = None
    verification_status: CodeableConcept | None = None
    type: str | None = None
    category: tuple[str, ...] = ()
    criticality: str | None = None
    code: CodeableConcept | None = None
    patient: Reference | None = None
    encounter: Reference | None = None
    onset_date_time: When | None = None
    note: tuple[Annotation, ...] = ()
    reaction: tuple[AllergyReaction, ...] = ()
