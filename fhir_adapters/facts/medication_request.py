"""A prescription or a listed medicine (https://hl7.org/fhir/R4/medicationrequest.html): the elements read."""

from __future__ import annotations

from fhir_adapters.facts.dosage import Dosage
from fhir_adapters.facts.elements import (
    Annotation,
    CodeableConcept,
    Element,
    Identifier,
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


class DispenseRequest(Element, frozen=True, kw_only=True):
    """How much may be dispensed."""

    number_of_repeats_allowed: int | None = None
    quantity: Quantity | None = None


class MedicationRequest(Resource, frozen=True, kw_only=True):
    """A medicine ordered at a visit, or one already on the list."""

    identifier: tuple[Identifier, ...] = ()
    contained: tuple[ContainedMedication, ...] = ()
    status: str | None = None
    intent: str | None = None
    category: tuple[CodeableConcept, ...] = ()
    priority: str | None = None
    do_not_perform: bool = False
    medication_codeable_concept: CodeableConcept | None = None
    medication_reference: Reference | None = None
    subject: Reference | None = None
    encounter: Reference | None = None
    authored_on: When | None = None
    requester: Reference | None = None
    reason_code: tuple[CodeableConcept, ...] = ()
    reason_reference: tuple[Reference, ...] = ()
    note: tuple[Annotation, ...] = ()
    dosage_instruction: tuple[Dosage, ...] = ()
    dispense_request: DispenseRequest | None = None
