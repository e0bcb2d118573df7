"""A measurement or finding (https://hl7.org/fhir/R4/observation.html): the elements read."""

from __future__ import annotations

from fhir_adapters.facts.elements import (
    Annotation,
    CodeableConcept,
    Element,
    Identifier,
    Period,
    Quantity,
    Range,
    Ratio,
    Reference,
    Resource,
    SampledData,
)
from fhir_adapters.facts.when import When


class ReferenceRange(Element, frozen=True, kw_only=True):
    """What is usual, or sought, or critical; for everybody, or for some."""

    low: Quantity | None = None
    high: Quantity | None = None
    type: CodeableConcept | None = None
    applies_to: tuple[CodeableConcept, ...] = ()
    age: Range | None = None
    text: str | None = None


class ObservationComponent(Element, frozen=True, kw_only=True):
    """One value of several, such as a systolic pressure."""

    code: CodeableConcept | None = None
    value_quantity: Quantity | None = None
    value_codeable_concept: CodeableConcept | None = None
    value_string: str | None = None
    value_boolean: bool | None = None
    value_integer: int | None = None
    value_range: Range | None = None
    value_ratio: Ratio | None = None
    value_date_time: When | None = None
    value_time: str | None = None
    value_period: Period | None = None
    value_sampled_data: SampledData | None = None
    data_absent_reason: CodeableConcept | None = None
    interpretation: tuple[CodeableConcept, ...] = ()
    reference_range: tuple[ReferenceRange, ...] = ()


class Observation(Resource, frozen=True, kw_only=True):
    """A measurement, laboratory result or examination finding."""

    identifier: tuple[Identifier, ...] = ()
    based_on: tuple[Reference, ...] = ()
    part_of: tuple[Reference, ...] = ()
    status: str | None = None
    category: tuple[CodeableConcept, ...] = ()
    code: CodeableConcept | None = None
    subject: Reference | None = None
    encounter: Reference | None = None
    effective_date_time: When | None = None
    effective_period: Period | None = None
    effective_instant: When | None = None
    issued: When | None = None
    performer: tuple[Reference, ...] = ()
    value_quantity: Quantity | None = None
    value_codeable_concept: CodeableConcept | None = None
    value_string: str | None = None
    value_boolean: bool | None = None
    value_integer: int | None = None
    value_range: Range | None = None
    value_ratio: Ratio | None = None
    value_date_time: When | None = None
    value_time: str | None = None
    value_period: Period | None = None
    value_sampled_data: SampledData | None = None
    data_absent_reason: CodeableConcept | None = None
    interpretation: tuple[CodeableConcept, ...] = ()
    note: tuple[Annotation, ...] = ()
    body_site: CodeableConcept | None = None
    method: CodeableConcept | None = None
    device: Reference | None = None
    has_member: tuple[Reference, ...] = ()
    reference_range: tuple[ReferenceRange, ...] = ()
    component: tuple[ObservationComponent, ...] = ()
