"""Something done (https://hl7.org/fhir/R4/procedure.html): the elements read."""

from __future__ import annotations

from fhir_adapters.facts.elements import (
    CodeableConcept,
    Period,
    Reference,
    Resource,
)
from fhir_adapters.facts.when import When


class Procedure(Resource, frozen=True, kw_only=True):
    """A procedure that was done, or not."""

    based_on: tuple[Reference, ...] = ()
    status: str | None = None
    code: CodeableConcept | None = None
    subject: Reference | None = None
    encounter: Reference | None = None
    performed_date_time: When | None = None
    performed_period: Period | None = None
    outcome: CodeableConcept | None = None
