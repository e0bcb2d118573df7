"""One resource as it arrives: its digest, its fact or why it cannot be read, and whose it is."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable
from datetime import UTC

import msgspec
from msgspec import structs

from fhir_adapters.bundle import Entry
from fhir_adapters.facts import Appointment, Patient, Reference, Resource, Task
from fhir_adapters.facts.elements import Meta
from fhir_adapters.facts.reading import TYPES, Unreadable, read
from fhir_adapters.facts.references import OwnServer, local_key, resolve

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
_SUBJECT = re.compile(rb'"(?:subject|patient|for|actor)"\s*:\s*\{[^{}]*?"reference"\s*:\s*"(Patient/' + _ID + rb')["/]')
_PATIENT = re.compile(rb'"reference"\s*:\s*"(Patient/' + _ID + rb')["/]')
_WHY = {
    "nothing": "it names nobody",
    "foreign": "the reference leads to another server (its addresses can be given in also_known_as)",
    "urn": "the reference is a URN, which nothing here carries",
    "contained": "the reference leads to a contained resource",
    "identifier": "no patient, or more than one, is found by the identifier",
    "display": "it names the patient in words alone",
    "local": "the reference leads to something that is no patient",
}
"""By the form of a reference that names no patient of this EHR: what is wrong with it."""


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

    def found_for(self, patient: str | None) -> Arrival:
        """The same, as held up for the patient by whom the EHR found it, where it cannot be told from it itself."""
        if patient is None or self.patient is not None:
            return self
        if is_of_no_patient(self.fact):  # and yet it is this patient's: no meeting
            return structs.replace(self, patient=patient, fact=Unreadable("no_subject", _WHY["local"]))
        return structs.replace(self, patient=patient) if isinstance(self.fact, Unreadable) else self


def arrive(entry: Entry, own: OwnServer) -> Arrival:
    """Read one entry of a page. Its references are written as ``Type/id`` here, once; these bytes are kept, and the
    digest is theirs. A type that nothing reads has no fact and goes no further than its count.
    """
    raw = own.plain(entry.raw)
    fact = _fact(entry, raw)
    patient = patient_in(raw) if isinstance(fact, Unreadable) else patient_of(fact)
    if patient is None and entry.type not in PEOPLE and not isinstance(fact, Unreadable) and not is_of_no_patient(fact):
        named = patient_reference(fact)
        fact = Unreadable("no_subject", _WHY[resolve(named).kind])
    return Arrival(entry.type, entry.id, raw, hashlib.sha256(raw).hexdigest(), entry.last_updated, fact, patient)


def _fact(entry: Entry, raw: bytes) -> Resource | Unreadable:
    if entry.odd is not None:
        return Unreadable("odd", entry.odd)
    return read(entry.type, raw) if entry.type in TYPES else Unreadable("odd", "its type is not one that is read")


def is_of_no_patient(fact: Resource | Unreadable) -> bool:
    """Whether it is an appointment whose every participant is somebody, or something, other than a patient."""
    if not isinstance(fact, Appointment):
        return False
    actors = [one.actor for one in fact.participant if one.actor is not None]
    return bool(actors) and all((resolve(actor).type or "Patient") != "Patient" for actor in actors)


def patient_reference(fact: Resource) -> Reference | None:
    """The reference by which a fact says whom it is about, in whatever form."""
    if isinstance(fact, Task):
        return fact.for_
    if isinstance(fact, Appointment):
        actors = [one.actor for one in fact.participant if one.actor is not None]
        patients = [actor for actor in actors if (resolve(actor).type or "Patient") == "Patient"]
        return next((actor for actor in patients if _patient(local_key(actor))), next(iter(patients), None))
    return getattr(fact, "subject", None) or getattr(fact, "patient", None)


def patient_of(fact: Resource) -> str | None:
    """``Patient/id`` that a fact is about."""
    return fact.key if isinstance(fact, Patient) else _patient(local_key(patient_reference(fact)))


def newest_copies(arrivals: Iterable[Arrival]) -> list[Arrival]:
    """Each resource once: of copies that came together the one that the EHR changed last, else the one that came last.

    A page may hold a resource twice; a search that goes on while somebody writes may find it as it was and as it is.
    """
    found: dict[str, Arrival] = {}
    for one in arrivals:
        before = found.get(one.key)
        if before is None or before.sha256 == one.sha256 or not _is_older(one, before):
            found[one.key] = one
    return list(found.values())


def _is_older(one: Arrival, other: Arrival) -> bool:
    """Whether the EHR says that it changed one before the other."""
    this, that = (Meta(last_updated=each.last_updated).updated for each in (one, other))
    return this is not None and that is not None and this.start(UTC) < that.start(UTC)


def names_of(arrivals: Iterable[Arrival]) -> set[str]:
    """Every Practitioner, PractitionerRole and Organization of this server that some arrivals refer to."""
    named: set[bytes] = set()
    for arrival in arrivals:
        raw = arrival.raw
        if b"Practitioner" in raw or b"Organization" in raw:
            named.update(_NAMED.findall(raw))
    return {found.decode() for found in named}


def patient_in(raw: bytes) -> str | None:
    """Whose a resource is that cannot be read, so that it can be shown to hold up that patient's reports."""
    found = _SUBJECT.search(raw)
    if found is not None:
        return found[1].decode()
    named = {*_PATIENT.findall(raw)}
    return named.pop().decode() if len(named) == 1 else None


def _patient(key: str | None) -> str | None:
    return key if key is not None and key.startswith("Patient/") else None
