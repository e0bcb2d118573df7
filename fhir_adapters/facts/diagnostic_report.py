"""A report of results (https://hl7.org/fhir/R4/diagnosticreport.html): the elements read."""

from __future__ import annotations

from fhir_adapters.facts.elements import (
    Attachment,
    CodeableConcept,
    Element,
    Narrative,
    Period,
    Reference,
    Resource,
)
from fhir_adapters.facts.when import When


class ReportMedia(Element, frozen=True, kw_only=True):
    """An image of the report."""

    comment: str | None = None


class DiagnosticReport(Resource, frozen=True, kw_only=True):
    """A laboratory, imaging or procedure report."""

    text: Narrative | None = None
    based_on: tuple[Reference, ...] = ()
    status: str | None = None
    category: tuple[CodeableConcept, ...] = ()
    code: CodeableConcept | None = None
    subject: Reference | None = None
    encounter: Reference | None = None
    effective_date_time: When | None = None
    effective_period: Period | None = None
    issued: When | None = None
    performer: tuple[Reference, ...] = ()
    results_interpreter: tuple[Reference, ...] = ()
    result: tuple[Reference, ...] = ()
    media: tuple[ReportMedia, ...] = ()
    conclusion: str | None = None
    conclusion_code: tuple[CodeableConcept, ...] = ()
    presented_form: tuple[Attachment, ...] = ()
