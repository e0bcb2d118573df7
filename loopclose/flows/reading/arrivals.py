"""One resource as it arrives: its digest, its fact or why it cannot be read, and whose it is."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable

import msgspec

from fhir_adapters.bundle import Entry
from fhir_adapters.facts import Appointment, Patient, Resource, Task
from fhir_adapters.facts.reading import Unreadable, read
from fhir_adapters.facts.references import local_key, relative

PATIENT_TYPES = (
    "ServiceRequest",
    "Encounter",
    "Appointment",
    "Task",
    "DocumentReference",
    "Communication",
    "Procedure",
    "DiagnosticReport",
    "EpisodeOfCare",
)
"""What is read of each patient, where the server has the type."""
PEOPLE = ("Practitioner", "PractitionerRole", "Organization")
_ID = rb"[A-Za-z0-9.\-_]{1,128}"
_NAMED = re.compile(
    rb'"reference"\s*:\s*"((?:PractitionerRole|Practitioner|Organization)/' + _ID + rb')(?:/_history/[^"]*)?"'
)
_SUBJECT = re.compile(rb'"(?:subject|patient)"\s*:\s*\{[^{}]*?"reference"\s*:\s*"[^"]*?(Patient/' + _ID + rb')"')


class Arrival(msgspec.Struct, frozen=True):
    """A resource as read from the server, and what reading made of it."""

    type: str
    id: str
    raw: bytes
    sha256: str
    last_updated: str | None
    fact: Resource | Unreadable
    patient: str | None
    """``Patient/id`` it is about, as far as it says."""

    @property
    def key(self) -> str:
        """``Type/id``."""
        return f"{self.type}/{self.id}"


def arrive(entry: Entry, base_url: str) -> Arrival:
    """Read one entry of a page. The digest is of the bytes less what a server changes on every answer: nothing."""
    fact = read(entry.type, entry.raw, base_url)
    patient = _unread_patient(entry.raw) if isinstance(fact, Unreadable) else patient_of(fact, base_url)
    digest = hashlib.sha256(entry.raw).hexdigest()
    return Arrival(entry.type, entry.id, entry.raw, digest, entry.last_updated, fact, patient)


def patient_of(fact: Resource, base_url: str) -> str | None:
    """``Patient/id`` that a fact is about."""
    if isinstance(fact, Patient):
        return fact.key
    if isinstance(fact, Task):
        return _patient(local_key(fact.for_, base_url))
    if isinstance(fact, Appointment):
        keys = (local_key(participant.actor, base_url) for participant in fact.participant)
        return next((key for key in keys if _patient(key)), None)
    reference = getattr(fact, "subject", None) or getattr(fact, "patient", None)
    return _patient(local_key(reference, base_url))


def names_of(arrivals: Iterable[Arrival], base_url: str) -> set[str]:
    """Every Practitioner, PractitionerRole and Organization of this server that some arrivals refer to."""
    named: set[bytes] = set()
    for arrival in arrivals:
        raw = arrival.raw
        if b"Practitioner" in raw or b"Organization" in raw:
            named.update(_NAMED.findall(relative(raw, base_url)))
    return {found.decode() for found in named}


def patient_names(patient: Patient) -> dict[str, str | None]:
    """What the screens show of a patient: name, birth date, gender, medical record number."""
    official = next((name for name in patient.name if name.use == "official"), None) or next(iter(patient.name), None)
    records = [one for one in patient.identifier if one.value]
    marked = [one for one in records if one.type and any(coding.code == "MR" for coding in one.type.coding)]
    first = next(iter(marked or records), None)
    return {
        "name": official.full if official else None,
        "birth_date": str(patient.birth_date) if patient.birth_date else None,
        "gender": patient.gender,
        "mrn": first.value if first else None,
    }


def entry_of(raw: bytes, kind: str) -> Entry:
    """The entry that a read by id stands for."""
    head = msgspec.json.decode(raw, type=_Head)
    return Entry(kind, head.id, raw, head.meta.last_updated if head.meta else None)


class _Meta(msgspec.Struct, rename="camel"):
    last_updated: str | None = None


class _Head(msgspec.Struct):
    id: str
    meta: _Meta | None = None


def _patient(key: str | None) -> str | None:
    return key if key is not None and key.startswith("Patient/") else None


def _unread_patient(raw: bytes) -> str | None:
    """Whose a resource is that cannot be read, so that it can be shown to hold up that patient's reports."""
    found = _SUBJECT.search(raw)
    return found[1].decode() if found else None
