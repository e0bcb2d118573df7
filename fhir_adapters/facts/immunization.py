"""A vaccine that was given, or was not (https://hl7.org/fhir/R4/immunization.html): the elements read."""

from __future__ import annotations

from fhir_adapters.facts.elements import Annotation, CodeableConcept, Quantity, Reference, Resource
from fhir_adapters.facts.when import When


class Immunization(Resource, frozen=True, kw_only=True):
    """One giving of a vaccine."""

    status: str | None = None
    status_reason: CodeableConcept | None = None
    vaccine_code: CodeableConcept | None = None
    patient: Reference | None = None
    encounter: Reference | None = None
    occurrence_date_time: When | None = None
    occurrence_string: str | None = None
    primary_source: bool | None = None
    lot_number: str | None = None
    site: CodeableConcept | None = None
    route: CodeableConcept | None = None
    dose_quantity: Quantity | None = None
    note: tuple[Annotation, ...] = ()
