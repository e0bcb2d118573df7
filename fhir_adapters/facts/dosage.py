"""How a medicine is to be taken (https://hl7.org/fhir/R4/dosage.html)."""

from __future__ import annotations

from decimal import Decimal

from fhir_adapters.facts.elements import CodeableConcept, Element, Period, Quantity, Range, Ratio
from fhir_adapters.facts.when import When


class TimingRepeat(Element, frozen=True, kw_only=True):
    """When it recurs (https://hl7.org/fhir/R4/datatypes.html#Timing)."""

    bounds_period: Period | None = None
    bounds_duration: Quantity | None = None
    bounds_range: Range | None = None
    count: int | None = None
    count_max: int | None = None
    duration: Decimal | None = None
    duration_max: Decimal | None = None
    duration_unit: str | None = None
    frequency: int | None = None
    frequency_max: int | None = None
    period: Decimal | None = None
    period_max: Decimal | None = None
    period_unit: str | None = None
    day_of_week: tuple[str, ...] = ()
    time_of_day: tuple[str, ...] = ()
    when: tuple[str, ...] = ()
    offset: int | None = None


class Timing(Element, frozen=True, kw_only=True):
    """A schedule, by rule, by code or by moments."""

    event: tuple[When, ...] = ()
    repeat: TimingRepeat | None = None
    code: CodeableConcept | None = None


class DoseAndRate(Element, frozen=True, kw_only=True):
    """How much at a time."""

    type: CodeableConcept | None = None
    dose_quantity: Quantity | None = None
    dose_range: Range | None = None
    rate_quantity: Quantity | None = None
    rate_range: Range | None = None
    rate_ratio: Ratio | None = None


class Dosage(Element, frozen=True, kw_only=True):
    """One instruction of a dosage, in words, in structure, or both."""

    sequence: int | None = None
    text: str | None = None
    additional_instruction: tuple[CodeableConcept, ...] = ()
    patient_instruction: str | None = None
    timing: Timing | None = None
    as_needed_boolean: bool | None = None
    as_needed_codeable_concept: CodeableConcept | None = None
    site: CodeableConcept | None = None
    route: CodeableConcept | None = None
    method: CodeableConcept | None = None
    dose_and_rate: tuple[DoseAndRate, ...] = ()
    max_dose_per_period: Ratio | None = None
    max_dose_per_administration: Quantity | None = None
    max_dose_per_lifetime: Quantity | None = None
