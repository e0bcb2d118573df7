"""What was read of one patient, and what the rules make of it."""

from __future__ import annotations

from datetime import date, datetime

import msgspec

from fhir_adapters.facts import (
    Appointment,
    Communication,
    DiagnosticReport,
    DocumentReference,
    Encounter,
    EpisodeOfCare,
    Procedure,
    ServiceRequest,
    Task,
)


class Chart(msgspec.Struct, frozen=True):
    """The resources of one person on one EHR; linked patient records are read as one person."""

    service_requests: tuple[ServiceRequest, ...] = ()
    encounters: tuple[Encounter, ...] = ()
    appointments: tuple[Appointment, ...] = ()
    tasks: tuple[Task, ...] = ()
    documents: tuple[DocumentReference, ...] = ()
    communications: tuple[Communication, ...] = ()
    procedures: tuple[Procedure, ...] = ()
    diagnostic_reports: tuple[DiagnosticReport, ...] = ()
    episodes: tuple[EpisodeOfCare, ...] = ()
    written_by_us: frozenset[str] = frozenset()
    quarantined: frozenset[str] = frozenset()
    """Keys (``Type/id``) of this person's resources that cannot be read safely."""
    unread: str | None = None
    """Why not everything of this person could be read, where it could not: more may hide there."""
    unread_since: datetime | None = None


class Person(msgspec.Struct, frozen=True):
    """A clinician or organization resolved from a reference, as far as it could be."""

    key: str | None = None
    """``Practitioner/id``, or ``Organization/id`` where no person is named."""
    name: str | None = None
    npi: str | None = None
    role: str | None = None
    """``PractitionerRole/id`` through which the person was named."""
    organization: str | None = None
    """``Organization/id`` of the practice the person works for."""
    specialties: tuple[str, ...] = ()
    """Specialty texts and ``system|code`` tokens."""


class Referral(msgspec.Struct, frozen=True):
    """A ServiceRequest admitted as a referral to us."""

    id: str
    """``ServiceRequest/id``."""
    patient: str
    """``Patient/id`` as the request names it."""
    request: ServiceRequest
    status: str
    priority: str
    """stat, asap, urgent or routine (absent means routine)."""
    authored_at: datetime | None
    """UTC; the start of the local day for a date alone; None where the request does not say."""
    authored_day: date | None
    requester: Person
    requester_is_ours: bool


class Visit(msgspec.Struct, frozen=True):
    """An Encounter of ours, or a fulfilled Appointment whose Encounter never came."""

    id: str
    """``Encounter/id`` or ``Appointment/id``."""
    patient: str
    start: datetime
    end: datetime
    """UTC. period.end, else period.start, else the appointment's end; a date alone ends with its day."""
    day: date
    """The local day at the practice."""
    happened: bool
    assumed: bool
    """Happened only by the 12-hour rule: nobody closed the chart."""
    baseline: bool
    clinicians: tuple[str, ...]
    """``Practitioner/id`` of our clinicians who took part, primary performer first."""
    encounter: Encounter | None = None
    appointment: Appointment | None = None

    @property
    def author(self) -> str | None:
        """Who writes the report: primary performer, else attender, else the only clinician of ours."""
        return self.clinicians[0] if self.clinicians else None


class Referrer(msgspec.Struct, frozen=True):
    """To whom the report is owed."""

    name: str
    how: str
    """A code of ``codes.HOW``."""
    guessed: bool
    reference: str | None = None
    npi: str | None = None
    organization: str | None = None
    organization_name: str | None = None
    location: str | None = None


class Candidate(msgspec.Struct, frozen=True):
    """One referral that a visit may answer."""

    referral: str
    confidence: float
    because: tuple[str, ...]


class LinkVerdict(msgspec.Struct, frozen=True):
    """What the ladder says of one visit (codes: ``codes.BANDS``, ``codes.METHODS``)."""

    band: str
    referrals: tuple[str, ...]
    method: str | None
    confidence: float
    because: tuple[str, ...]
    candidates: tuple[Candidate, ...] = ()
