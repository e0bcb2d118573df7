"""A prescription or a listed medicine (https://hl7.org/fhir/R4/medicationrequest.html): the elements read."""

from __future__ import annotations

from fhir_adapters.facts.contained import ContainedMedication
from fhir_adapters.facts.dosage import Dosage
from fhir_adapters.facts.elements import (
    Annotation,
    CodeableConcept,
    Element,
    Identifier,
    Period,
    Quantity,
    Reference,
    Resource,
)
from fhir_adapters.facts.when import When

__all__ = ["ContainedMedication", "DispenseRequest", "InitialFill", "MedicationRequest", "Substitution"]


class InitialFill(Element, frozen=True, kw_only=True):
    """What is handed out first, where it is less."""

    quantity: Quantity | None = None
    duration: Quantity | None = None


class DispenseRequest(Element, frozen=True, kw_only=True):
    """How much may be dispensed."""

    initial_fill: InitialFill | None = None
    validity_period: Period | None = None
    dispense_interval: Quantity | None = None
    number_of_repeats_allowed: int | None = None
    quantity: Quantity | None = None
    expected_supply_duration: Quantity | None = None


class Substitution(Element, frozen=True, kw_only=True):
    """Whether another product may be given in its place."""

    allowed_boolean: bool | None = None
    allowed_codeable_concept: CodeableConcept | None = None
    reason: CodeableConcept | None = None


class MedicationRequest(Resource, frozen=True, kw_only=True):
    """A medicine ordered at a visit, or one already on the list."""

    identifier: tuple[Identifier, ...] = ()
    contained: tuple[ContainedMedication, ...] = ()
    status: str | None = None
    status_reason: CodeableConcept | None = None
    intent: str | None = None
    category: tuple[CodeableConcept, ...] = ()
    priority: str | None = None
    do_not_perform: bool = False
    reported_boolean: bool | None = None
    reported_reference: Reference | None = None
    medication_codeable_concept: CodeableConcept | None = None
    medication_reference: Reference | None = None
    subject: Reference | None = None
    encounter: Reference | None = None
    authored_on: When | None = None
    requester: Reference | None = None
    reason_code: tuple[CodeableConcept, ...] = ()
    reason_reference: tuple[Reference, ...] = ()
    based_on: tuple[Reference, ...] = ()
    course_of_therapy_type: CodeableConcept | None = None
    note: tuple[Annotation, ...] = ()
    dosage_instruction: tuple[Dosage, ...] = ()
    dispense_request: DispenseRequest | None = None
    substitution: Substitution | None = None
    prior_prescription: Reference | None = None
