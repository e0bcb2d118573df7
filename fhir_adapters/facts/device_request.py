"""An order of a device (https://hl7.org/fhir/R4/devicerequest.html): the elements read."""

from __future__ import annotations

from fhir_adapters.facts.dosage import Timing
from fhir_adapters.facts.elements import Annotation, CodeableConcept, Period, Reference, Resource
from fhir_adapters.facts.when import When


class DeviceRequest(Resource, frozen=True, kw_only=True):
    """A request for equipment or an aid: a walker, a glucometer, an event monitor to be worn.

    It is named by a concept, or by a Device of its own, of which the display is read.
    """

    based_on: tuple[Reference, ...] = ()
    prior_request: tuple[Reference, ...] = ()
    status: str | None = None
    intent: str | None = None
    priority: str | None = None
    code_codeable_concept: CodeableConcept | None = None
    code_reference: Reference | None = None
    subject: Reference | None = None
    encounter: Reference | None = None
    occurrence_date_time: When | None = None
    occurrence_period: Period | None = None
    occurrence_timing: Timing | None = None
    authored_on: When | None = None
    requester: Reference | None = None
    performer: Reference | None = None
    reason_code: tuple[CodeableConcept, ...] = ()
    reason_reference: tuple[Reference, ...] = ()
    note: tuple[Annotation, ...] = ()
