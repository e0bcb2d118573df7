"""A medicine that was given (https://hl7.org/fhir/R4/medicationadministration.html): the elements read."""

from __future__ import annotations

from fhir_adapters.facts.contained import ContainedMedication
from fhir_adapters.facts.dosage import Dosage, DoseAndRate
from fhir_adapters.facts.elements import (
    Annotation,
    CodeableConcept,
    Element,
    Period,
    Quantity,
    Ratio,
    Reference,
    Resource,
)
from fhir_adapters.facts.when import When


class AdministeredDosage(Element, frozen=True, kw_only=True):
    """How it was given."""

    text: str | None = None
    site: CodeableConcept | None = None
    route: CodeableConcept | None = None
    method: CodeableConcept | None = None
    dose: Quantity | None = None
    rate_ratio: Ratio | None = None
    rate_quantity: Quantity | None = None

    @property
    def as_dosage(self) -> Dosage:
        """The same as an instruction tells it."""
        given = DoseAndRate(dose_quantity=self.dose, rate_ratio=self.rate_ratio, rate_quantity=self.rate_quantity)
        return Dosage(text=self.text, site=self.site, route=self.route, method=self.method, dose_and_rate=(given,))


class MedicationAdministration(Resource, frozen=True, kw_only=True):
    """One giving of a medicine."""

    contained: tuple[ContainedMedication, ...] = ()
    status: str | None = None
    status_reason: tuple[CodeableConcept, ...] = ()
    medication_codeable_concept: CodeableConcept | None = None
    medication_reference: Reference | None = None
    subject: Reference | None = None
    context: Reference | None = None
    effective_date_time: When | None = None
    effective_period: Period | None = None
    reason_code: tuple[CodeableConcept, ...] = ()
    request: Reference | None = None
    note: tuple[Annotation, ...] = ()
    dosage: AdministeredDosage | None = None
