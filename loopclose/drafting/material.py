"""What a draft is made from: what was asked, the visit's own resources, and what could not be read of them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any
from zoneinfo import ZoneInfo

from msgspec import structs

from fhir_adapters.facts import (
    AllergyIntolerance,
    Appointment,
    CarePlan,
    CodeableConcept,
    Coding,
    Condition,
    DeviceRequest,
    DiagnosticReport,
    DocumentReference,
    Encounter,
    Immunization,
    MedicationAdministration,
    MedicationRequest,
    MedicationStatement,
    NutritionOrder,
    Observation,
    Patient,
    Procedure,
    ServiceRequest,
)
from loopclose.domain.chart import Referrer
from loopclose.domain.dates import birth_words
from loopclose.domain.patients import name_of, record_number
from loopclose.drafting.paper import Paper, Section
from loopclose.drafting.sentences import About
from loopclose.drafting.wording import date_words


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
    author: str | None = None
    """The same as ``Type/id``."""
    patient: Patient | None = None
    question: ServiceRequest | None = None
    """The request that the report answers."""
    referrer: Referrer | None = None
    encounter: Encounter | None = None
    """The visit itself."""
    chart: Mapping[str, Condition] = field(default_factory=dict)
    """Every diagnosis of the patient by key, of this visit or not: a request may name one as its reason."""
    findings: Mapping[str, Observation | DiagnosticReport] = field(default_factory=dict)
    """Results that the request or the visit names as its reason, by key, whenever they are of."""
    conditions: tuple[Condition, ...] = ()
    observations: tuple[Observation, ...] = ()
    reports: tuple[DiagnosticReport, ...] = ()
    procedures: tuple[Procedure, ...] = ()
    documents: tuple[DocumentReference, ...] = ()
    contents: Mapping[str, Content | None] = field(default_factory=dict)
    """What stands behind the addresses of ``documents``, by address; None where it could not be read."""
    readings: dict[int, Any] = field(default_factory=dict, compare=False, repr=False)
    """What was read of ``documents`` so far, by its ``id()`` (``notes.attachments.Reading``)."""
    note_types: frozenset[str] = frozenset()
    """Tokens of the types of notes that clinicians write, by the code map."""
    other_notes: frozenset[str] = frozenset()
    """Tokens of documents that are never the report, by the code map."""
    earlier: tuple[DocumentReference, ...] = ()
    """Notes of other visits of the patient, from which words may have been copied."""
    care_plans: tuple[CarePlan, ...] = ()
    orders: tuple[ServiceRequest, ...] = ()
    supplies: tuple[DeviceRequest | NutritionOrder, ...] = ()
    """Devices and diets that were ordered at the visit."""
    results: Mapping[str, Sequence[DiagnosticReport | Observation]] = field(default_factory=dict)
    """By ``ServiceRequest/id``: what was reported of an order of the visit."""
    bookings: tuple[Appointment, ...] = ()
    """The patient's appointments, whenever they are."""
    by_time: frozenset[str] = frozenset()
    """Keys of what names no visit, and is taken for one of this visit by its time and who did it."""
    medications: tuple[MedicationRequest, ...] = ()
    listed: tuple[MedicationRequest, ...] = ()
    """Every other order of a medicine in the chart, whatever its status and whosever it is."""
    statements: tuple[MedicationStatement, ...] = ()
    administrations: tuple[MedicationAdministration, ...] = ()
    immunizations: tuple[Immunization, ...] = ()
    visit: str | None = None
    """``Encounter/id`` of the visit, or ``Appointment/id``."""
    of_visit: frozenset[str] = frozenset()
    """Keys of everything that is of the visit."""
    end: datetime | None = None
    """When the visit ended, in UTC, as far as it is known."""
    ours: frozenset[str] = frozenset()
    """Clinicians of the practice, by ``Practitioner/id``, and roles of theirs, by ``PractitionerRole/id``."""
    drugs: Mapping[str, CodeableConcept] = field(default_factory=dict)
    """Codes of the Medication resources that orders refer to, by ``Medication/id``."""
    allergies: tuple[AllergyIntolerance, ...] = ()
    unsafe: tuple[str, ...] = ()
    """Keys of resources of the visit, and allergies, that stand in quarantine."""
    unsafe_listed: tuple[str, ...] = ()
    """The same of whatever does not name this visit: it may be of it all the same."""
    not_given: frozenset[str] = frozenset()
    """Types that the EHR does not give us."""
    gaps: Mapping[str, str] = field(default_factory=dict)
    """By type: a sentence why not all of it could be had for this draft."""
    caution: str | None = None
    """A sentence why what is here may be old or not all of it; then nothing is said to be absent."""
    held: frozenset[str] = frozenset()
    """Keys of everything that is kept of the patient, readable or not."""
    labels: Mapping[str, tuple[Coding, ...] | None] = field(default_factory=dict)
    """Security labels by key of what has any; None where they cannot be read."""
    phone: str | None = None
    """Where the practice is called back."""
    names: Mapping[str, str] = field(default_factory=dict)
    """Clinicians and organizations by ``Type/id``."""
    is_later: bool = False
    """Whether it is a later visit under its referral, of which an earlier one was reported."""
    due: date | None = None
    """The day by which the report is owed, where that is still to come."""


def heading(material: Material, kind: str, title: str, sections: tuple[Section, ...]) -> Paper:
    """The paper with its head: to whom, about whom, seen when and by whom."""
    patient = material.patient
    name = (name_of(patient) if patient else None) or "Name not recorded"
    born = f", born {birth_words(patient.birth_date)}" if patient and patient.birth_date else ""
    born += _died(patient, material.zone)
    by = f" by {material.author_name}" if material.author_name else ""
    to = material.referrer.name if material.referrer else "Referrer not known"
    if material.referrer and material.referrer.organization_name:
        to = f"{to}, {material.referrer.organization_name}"
    seen = f"{material.day.day} {material.day:%b %Y}{by}"
    paper = Paper(kind, title, material.practice_name, to, f"{name}{born}", seen, sections)
    number = record_number(patient.identifier)[1] if patient else None
    if number:
        paper = structs.replace(paper, record_number=number)
    if patient and patient.gender:
        paper = structs.replace(paper, sex=patient.gender)
    return paper if material.caution is None else structs.replace(paper, caution=material.caution)


def about(material: Material) -> About:
    """Whom and when the papers are about."""
    patient = material.patient
    born = patient.birth_date if patient else None
    return About(
        zone=material.zone,
        day=material.day,
        sex=patient.gender if patient else None,
        born=born.last_day(material.zone) if born else None,
        names=material.names,
        by_time=material.by_time,
    )


def _died(patient: Patient | None, zone: ZoneInfo) -> str:
    if patient is None:
        return ""
    if patient.deceased_date_time is not None:
        return f", died {date_words(patient.deceased_date_time, zone)}"
    return ", deceased" if patient.deceased_boolean else ""
