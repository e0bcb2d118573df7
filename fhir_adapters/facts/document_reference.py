"""A note or another document (https://hl7.org/fhir/R4/documentreference.html): the elements read."""

from __future__ import annotations

from fhir_adapters.facts.contained import ContainedBinary
from fhir_adapters.facts.elements import (
    Attachment,
    CodeableConcept,
    Coding,
    Element,
    Marks,
    Meta,
    Period,
    Reference,
    Resource,
)
from fhir_adapters.facts.when import When


class DocumentContent(Element, frozen=True, kw_only=True):
    """One rendering of the document."""

    attachment: Attachment | None = None


class DocumentContext(Element, frozen=True, kw_only=True):
    """The visit and the requests that the document belongs to."""

    encounter: tuple[Reference, ...] = ()
    period: Period | None = None


class DocumentRelation(Element, frozen=True, kw_only=True):
    """What a document does to another: ``replaces``, ``transforms``, ``signs``, ``appends``."""

    code: str | None = None
    target: Reference | None = None


class LabelledMeta(Meta, frozen=True, kw_only=True):
    """The same with its security labels."""

    security: tuple[Coding, ...] = ()


class DocumentReference(Resource, frozen=True, kw_only=True):
    """A clinical note in the chart."""

    meta: LabelledMeta | None = None
    contained: tuple[ContainedBinary, ...] = ()
    master_identifier: Marks = Marks()
    identifier: Marks = Marks()
    status: str | None = None
    doc_status: str | None = None
    type: CodeableConcept | None = None
    subject: Reference | None = None
    date: When | None = None
    author: tuple[Reference, ...] = ()
    relates_to: tuple[DocumentRelation, ...] = ()
    security_label: tuple[CodeableConcept, ...] = ()
    content: tuple[DocumentContent, ...] = ()
    context: DocumentContext | None = None
