"""A diagnosis or problem (https://hl7.org/fhir/R4/condition.html): the elements read."""

from __future__ import annotations

from fhir_adapters.facts.elements import (
    Annotation,
    CodeableConcept,
    Element,
    Identifier,
    Period,
    Quantity,
    Range,
    Reference,
    Resource,
)
from fhir_adapters.facts.when import When


class ConditionStage(Element, frozen=True, kw_only=True):
    """How far it has come."""

    summary: CodeableConcept | None = None


class Condition(Resource, frozen=True, kw_only=True):
    """A diagnosis or problem, present or refuted."""

    identifier: tuple[Identifier, ...] = ()
    clinical_status: CodeableConcept | None = None
    verification_status: CodeableConcept | None = None
    category: tuple[CodeableConcept, ...] = ()
    severity: CodeableConcept | None = None
    code: CodeableConcept | None = None
    body_site: tuple[CodeableConcept, ...] = ()
    subject: Reference | None = None
    encounter: Reference | None = None
    onset_date_time: When | None = None
    onset_age: Quantity | None = None
    onset_period: Period | None = None
    onset_range: Range | None = None
    onset_string: str | None = None
    abatement_date_time: When | None = None
    abatement_age: Quantity | None = None
    abatement_period: Period | None = None
    abatement_range: Range | None = None
    abatement_string: str | None = None
    recorded_date: When | None = None
    recorder: Reference | None = None
    asserter: Reference | None = None
    stage: tuple[ConditionStage, ...] = ()
    note: tuple[Annotation, ...] = ()
