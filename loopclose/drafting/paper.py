"""A paper: sections of sentences, each with the elements it came from."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from zoneinfo import ZoneInfo

from fhir_adapters.facts import (
    AllergyIntolerance,
    Condition,
    DiagnosticReport,
    DocumentReference,
    MedicationRequest,
    Observation,
    Patient,
    Procedure,
    ServiceRequest,
)
from loopclose.domain.chart import Referral, Referrer, Visit


@dataclass(frozen=True)
class Source:
    """One element that a sentence came from: the resource, the element path, and the value as it stands there."""

    resource: str
    path: str
    text: str


@dataclass(frozen=True)
class Sentence:
    """One sentence with one to three sources."""

    text: str
    sources: tuple[Source, ...]


Item = tuple[Sentence, ...]
"""What one resource, or one line of a note, has to say: its sentences, read together."""


@dataclass(frozen=True)
class Section:
    """A heading with its items; ``empty`` is what stands there when nothing was recorded."""

    code: str
    title: str
    items: tuple[Item, ...]
    empty: str


@dataclass(frozen=True)
class Paper:
    """A consult note or a prescription sheet, as a draft."""

    kind: str
    title: str
    practice: str
    to: str
    patient: str
    seen: str
    sections: tuple[Section, ...]


@dataclass(frozen=True)
class Material:
    """What a draft is made from: the visit, what was asked, and the visit's own resources."""

    practice_name: str
    zone: ZoneInfo
    visit: Visit
    patient: Patient | None
    referral: Referral | None
    referrer: Referrer | None
    author_name: str | None
    conditions: tuple[Condition, ...] = ()
    observations: tuple[Observation, ...] = ()
    reports: tuple[DiagnosticReport, ...] = ()
    procedures: tuple[Procedure, ...] = ()
    documents: tuple[DocumentReference, ...] = ()
    orders: tuple[ServiceRequest, ...] = ()
    medications: tuple[MedicationRequest, ...] = ()
    listed: tuple[MedicationRequest, ...] = ()
    """On the list in our chart, not ordered at this visit."""
    allergies: tuple[AllergyIntolerance, ...] = ()
    names: Mapping[str, str] = field(default_factory=dict)
    """Clinicians and organizations by ``Type/id``."""


def heading(material: Material, kind: str, title: str, sections: tuple[Section, ...]) -> Paper:
    """The paper with its head: to whom, about whom, seen when and by whom."""
    patient = material.patient
    name = next((n.full for n in patient.name if n.full), "Name not recorded") if patient else "Name not recorded"
    born = f", born {patient.birth_date}" if patient and patient.birth_date else ""
    local = material.visit.start.astimezone(material.zone)
    by = f" by {material.author_name}" if material.author_name else ""
    to = material.referrer.name if material.referrer else "Referrer not known"
    if material.referrer and material.referrer.organization_name:
        to = f"{to}, {material.referrer.organization_name}"
    return Paper(kind, title, material.practice_name, to, f"{name}{born}", f"{local.day} {local:%b %Y}{by}", sections)
