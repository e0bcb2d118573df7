"""A medicine that orders refer to (https://hl7.org/fhir/R4/medication.html): as far as it names the drug."""

from __future__ import annotations

from fhir_adapters.facts.elements import CodeableConcept, Resource


class Medication(Resource, frozen=True, kw_only=True):
    """A drug; Epic's orders always name theirs by reference."""

    status: str | None = None
    code: CodeableConcept | None = None
