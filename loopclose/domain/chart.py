"""What was read of one patient, and what the rules make of it."""

from __future__ import annotations

from collections.abc import Mapping
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
from fhir_adapters.facts.references import local_key


class Held(msgspec.Struct, frozen=True):
    """What can be told of a resource in quarantine without reading it."""

    names: frozenset[str] = frozenset()
    """``Type/id`` of everything that its bytes refer to."""
    since: datetime | None = None
    """When the EHR last changed it (UTC)."""


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
    held: Mapping[str, Held] = msgspec.field(default_factory=dict)
    """What can be told of some of them."""
    of_others: frozenset[str] = frozenset()
    """Requests that this chart names and that are another patient's."""
    unread: str | None = None
    """Why not everything of this person could be read, where it could not: more may hide there."""
    unread_since: datetime | None = None


class Person(msgspec.Struct, frozen=True):
    """A clinician or organization resolved from a reference, as far as it could be."""

    key: str | None = None
    """``Practitioner/id``, or ``Organization/id`` where no person is named; ``Patient/id`` and the like as asked."""
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

    @property
    def ordered_by_us_at(self) -> str | None:
        """``Encounter/id`` at which one of us ordered it: it is no referral that this visit answers."""
        return local_key(self.request.encounter) if self.requester_is_ours else None


class Visit(msgspec.Struct, frozen=True):
    """An Encounter of ours, or an Appointment that was kept and whose Encounter never came."""

    id: str
    """``Encounter/id`` or ``Appointment/id``."""
    patient: str
    start: datetime
    end: datetime
    """UTC. period.end, else period.start, else as ``visit_times`` finds it; a date alone ends with its day."""
    day: date
    """The local day at the practice."""
    assumed: bool
    """That it happened, or when, is assumed: nobody closed it, or nothing tells its day."""
    baseline: bool
    clinicians: tuple[str, ...]
    """``Practitioner/id`` of our clinicians who took part, primary performer first."""
    encounter: Encounter | None = None
    appointment: Appointment | None = None
    doubts: tuple[str, ...] = ()
    """What is to be said of its times, in sentences."""
    unclear: bool = False
    """Its class is in no map, and neither a clinician of ours nor its type shows an office visit: no rule may link
    it by inference."""

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
    warning: str | None = None
    """What looks wrong about it, and stops nothing."""


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
    unseen: tuple[str, ...] = ()
    """What the chart names as a referral and nobody can read: ``ServiceRequest/id``, or an identifier or display."""
