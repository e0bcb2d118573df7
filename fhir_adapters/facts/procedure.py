"""Something done (https://hl7.org/fhir/R4/procedure.html): the elements read."""

from __future__ import annotations

from fhir_adapters.facts.elements import (
    Annotation,
    CodeableConcept,
    Element,
    Period,
    Reference,
    Resource,
)
from fhir_adapters.facts.when import When


class ProcedurePerformer(Element, frozen=True, kw_only=True):
    """Who did it."""

    actor: Reference | None = None


class FocalDevice(Element, frozen=True, kw_only=True):
    """What was put in, taken out or changed."""

    action: CodeableConcept | None = None
    manipulated: Reference | None = None


class Procedure(Resource, frozen=True, kw_only=True):
    """A procedure that was done, or not."""

    based_on: tuple[Reference, ...] = ()
    status: str | None = None
    status_reason: CodeableConcept | None = None
    code: CodeableConcept | None = None
    subject: Reference | None = None
    encounter: Reference | None = None
    performed_date_time: When | None = None
    performed_period: Period | None = None
    performed_string: str | None = None
    performer: tuple[ProcedurePerformer, ...] = ()
    reason_code: tuple[CodeableConcept, ...] = ()
    reason_reference: tuple[Reference, ...] = ()
    body_site: tuple[CodeableConcept, ...] = ()
    outcome: CodeableConcept | None = None
    complication: tuple[CodeableConcept, ...] = ()
    complication_detail: tuple[Reference, ...] = ()
    follow_up: tuple[CodeableConcept, ...] = ()
    note: tuple[Annotation, ...] = ()
    focal_device: tuple[FocalDevice, ...] = ()
