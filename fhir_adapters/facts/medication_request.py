"""A prescription or a listed medicine (https://hl7.org/fhir/R4/medicationrequest.html): the elements read."""

from __future__ import annotations

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


class ContainedMedication(Element, frozen=True, kw_only=True):
    """A contained Medication, as far as it names the drug."""

    resource_type: str | None = None
    id: str | None = None
    code: CodeableConcept | None = None


class DispenseInitialFill(Element, frozen=True, kw_only=True):
    """The first fill, where it differs."""

    quantity: Quantity | None = None
    duration: Quantity | None = None


class DispenseRequest(Element, frozen=True, kw_only=True):
    """How much may be dispensed."""

    initial_fill: DispenseInitialFill | None = None
    validity_period: Period | None = None
    number_of_repeats_allowed: int | None = None
    quantity: Quantity | None = None
    expected_supply_duration: Quantity | None = None


class MedicationSubstitution(Element, frozen=True, kw_only=True):
    """Whether another product may be given."""

    allowed_boolean: bool | None = None
    allowed_codeable_concept: CodeableConcept | None = None


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
    recorder: Reference | None = None
    reason_code: tuple[CodeableConcept, ...] = ()
    reason_reference: tuple[Reference, ...] = ()
    note: tuple[Annotation, ...] = ()
    dosage_instruction: tuple[Dosage, ...] = ()
    dispense_request: DispenseRequest | None = None
    substitution: MedicationSubstitution | None = None
    prior_prescription: Reference | None = None
