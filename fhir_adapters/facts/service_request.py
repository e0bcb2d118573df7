"""An order or a referral (https://hl7.org/fhir/R4/servicerequest.html): the elements read."""

from __future__ import annotations

from fhir_adapters.facts.contained import Contained
from fhir_adapters.facts.dosage import Timing
from fhir_adapters.facts.elements import (
    Annotation,
    CodeableConcept,
    Identifier,
    Period,
    Quantity,
    Range,
    Ratio,
    Reference,
    Resource,
)
from fhir_adapters.facts.when import When


class ServiceRequest(Resource, frozen=True, kw_only=True):
    """A request for a service: a referral, a consultation, a laboratory or imaging order."""

    identifier: tuple[Identifier, ...] = ()
    contained: tuple[Contained, ...] = ()
    based_on: tuple[Reference, ...] = ()
    replaces: tuple[Reference, ...] = ()
    requisition: Identifier | None = None
    status: str | None = None
    intent: str | None = None
    category: tuple[CodeableConcept, ...] = ()
    priority: str | None = None
    do_not_perform: bool = False
    code: CodeableConcept | None = None
    order_detail: tuple[CodeableConcept, ...] = ()
    subject: Reference | None = None
    encounter: Reference | None = None
    occurrence_period: Period | None = None
    occurrence_date_time: When | None = None
    occurrence_timing: Timing | None = None
    as_needed_boolean: bool | None = None
    as_needed_codeable_concept: CodeableConcept | None = None
    quantity_quantity: Quantity | None = None
    quantity_ratio: Ratio | None = None
    quantity_range: Range | None = None
    authored_on: When | None = None
    requester: Reference | None = None
    performer_type: CodeableConcept | None = None
    performer: tuple[Reference, ...] = ()
    location_reference: tuple[Reference, ...] = ()
    reason_code: tuple[CodeableConcept, ...] = ()
    reason_reference: tuple[Reference, ...] = ()
    body_site: tuple[CodeableConcept, ...] = ()
    note: tuple[Annotation, ...] = ()
    patient_instruction: str | None = None
