"""A diagnosis or problem (https://hl7.org/fhir/R4/condition.html): the elements read."""

from __future__ import annotations

from fhir_adapters.facts.elements import (
    Annotation,
    CodeableConcept,
    Identifier,
    Reference,
    Resource,
)
from fhir_adapters.facts.when import When


class Condition(Resource, frozen=True, kw_only=True):
    """A diagnosis or problem, present or refuted."""

    identifier: tuple[Identifier, ...] = ()
    clinical_status: CodeableConcept | None = None
    verification_status: CodeableConcept | None = None
    category: tuple[CodeableConcept, ...] = ()
    code: CodeableConcept | None = None
    subject: Reference | None = None
    encounter: Reference | None = None
    onset_date_time: When | None = None
    note: tuple[Annotation, ...] = ()
