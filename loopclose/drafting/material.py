"""What a draft is made from: what was asked, the visit's own resources, and what could not be read of them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from zoneinfo import ZoneInfo

from msgspec import structs

from fhir_adapters.facts import (
    AllergyIntolerance,
    CodeableConcept,
    Condition,
    DiagnosticReport,
    DocumentReference,
    Immunization,
    MedicationAdministration,
    MedicationRequest,
    MedicationStatement,
    Observation,
    Patient,
    Procedure,
    ServiceRequest,
)
from loopclose.domain.chart import Referrer
from loopclose.domain.dates import birth_words
from loopclose.domain.patients import name_of
from loopclose.drafting.paper import Paper, Section


@dataclass(frozen=True)
class Content:
    """What stands behind an attachment's address, as it was read."""

    key: str
    """``Binary/id``."""
    content_type: str | None
    data: bytes


@dataclass(frozen=True, kw_only=True)
class Material:
    """What a draft is made from."""

    practice_name: str
    zone: ZoneInfo
    day: date
    """The visit's local day."""
    author_name: str | None = None
    """Who saw the patient."""
    patient: Patient | None = None
    question: ServiceRequest | None = None
    """The request that the report answers."""
    referrer: Referrer | None = None
    conditions: tuple[Condition, ...] = ()
    observations: tuple[Observation, ...] = ()
    reports: tuple[DiagnosticReport, ...] = ()
    procedures: tuple[Procedure, ...] = ()
    documents: tuple[DocumentReference, ...] = ()
    contents: Mapping[str, Content | None] = field(default_factory=dict)
    """What stands behind the addresses of ``documents``, by address; None where it could not be read."""
    orders: tuple[ServiceRequest, ...] = ()
    medications: tuple[MedicationRequest, ...] = ()
    listed: tuple[MedicationRequest, ...] = ()
    """Every other order of a medicine in the chart, whatever its status and whosever it is."""
    statements: tuple[MedicationStatement, ...] = ()
    administrations: tuple[MedicationAdministration, ...] = ()
    immunizations: tuple[Immunization, ...] = ()
    visit: str | None = None
    """``Encounter/id`` of the visit, or ``Appointment/id``."""
    start: datetime | None = None
    end: datetime | None = None
    """When the visit was, in UTC, as far as it is known."""
    ours: frozenset[str] = frozenset()
    """Clinicians of the practice, by ``Practitioner/id``, and roles of theirs, by ``PractitionerRole/id``."""
    drugs: Mapping[str, CodeableConcept] = field(default_factory=dict)
    """Codes of the Medication resources that orders refer to, by ``Medication/id``."""
    allergies: tuple[AllergyIntolerance, ...] = ()
    unsafe: tuple[str, ...] = ()
    """Keys of resources of the visit, and allergies, that stand in quarantine."""
    unsafe_listed: tuple[str, ...] = ()
    """The same of medicines that were not ordered at this visit."""
    not_given: frozenset[str] = frozenset()
    """Types that the EHR does not give us."""
    caution: str | None = None
    """A sentence why what is here may be old or not all of it; then nothing is said to be absent."""
    names: Mapping[str, str] = field(default_factory=dict)
    """Clinicians and organizations by ``Type/id``."""


def heading(material: Material, kind: str, title: str, sections: tuple[Section, ...]) -> Paper:
    """The paper with its head: to whom, about whom, seen when and by whom."""
    patient = material.patient
    name = (name_of(patient) if patient else None) or "Name not recorded"
    born = f", born {birth_words(patient.birth_date)}" if patient and patient.birth_date else ""
    by = f" by {material.author_name}" if material.author_name else ""
    to = material.referrer.name if material.referrer else "Referrer not known"
    if material.referrer and material.referrer.organization_name:
        to = f"{to}, {material.referrer.organization_name}"
    seen = f"{material.day.day} {material.day:%b %Y}{by}"
    paper = Paper(kind, title, material.practice_name, to, f"{name}{born}", seen, sections)
    return paper if material.caution is None else structs.replace(paper, caution=material.caution)
