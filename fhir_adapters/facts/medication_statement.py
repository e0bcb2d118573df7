"""A medicine that somebody takes, as it is told (https://hl7.org/fhir/R4/medicationstatement.html): the elements read.

Where an EHR keeps its list of medicines so, nothing of that list is found among the orders.
"""

from __future__ import annotations

from fhir_adapters.facts.contained import ContainedMedication
from fhir_adapters.facts.dosage import Dosage
from fhir_adapters.facts.elements import Annotation, CodeableConcept, Period, Reference, Resource
from fhir_adapters.facts.when import When


class MedicationStatement(Resource, frozen=True, kw_only=True):
    """A medicine on the list, by whoever told of it."""

    contained: tuple[ContainedMedication, ...] = ()
    based_on: tuple[Reference, ...] = ()
    derived_from: tuple[Reference, ...] = ()
    status: str | None = None
    status_reason: tuple[CodeableConcept, ...] = ()
    category: CodeableConcept | None = None
    medication_codeable_concept: CodeableConcept | None = None
    medication_reference: Reference | None = None
    subject: Reference | None = None
    context: Reference | None = None
    effective_date_time: When | None = None
    effective_period: Period | None = None
    date_asserted: When | None = None
    information_source: Reference | None = None
    reason_code: tuple[CodeableConcept, ...] = ()
    reason_reference: tuple[Reference, ...] = ()
    note: tuple[Annotation, ...] = ()
    dosage: tuple[Dosage, ...] = ()
