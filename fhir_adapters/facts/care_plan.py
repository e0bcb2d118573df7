"""A care plan (https://hl7.org/fhir/R4/careplan.html): the elements read.

US Core keeps assessment and plan of treatment in its narrative (us-core-careplan, category ``assess-plan``).
"""

from __future__ import annotations

from fhir_adapters.facts.elements import CodeableConcept, Narrative, Period, Reference, Resource
from fhir_adapters.facts.when import When


class CarePlan(Resource, frozen=True, kw_only=True):
    """What is meant to be done for a patient, in its narrative."""

    text: Narrative | None = None
    status: str | None = None
    intent: str | None = None
    category: tuple[CodeableConcept, ...] = ()
    subject: Reference | None = None
    encounter: Reference | None = None
    period: Period | None = None
    created: When | None = None
    author: Reference | None = None
