"""The judgement of one person as rows of the loop's tables."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from functools import lru_cache
from typing import Any

from msgspec import to_builtins

from fhir_adapters.facts import Appointment
from fhir_adapters.facts.references import local_key
from loopclose.domain.bookings import with_us
from loopclose.domain.chart import LinkVerdict, Person, Referral, Visit
from loopclose.domain.clinician_key import clinician_key
from loopclose.domain.code_elements import LONGEST
from loopclose.domain.directory import Directory
from loopclose.domain.judgement import Owed, Unmapped
from loopclose.domain.searching import words_of
from loopclose.flows.arrivals import patient_of
from loopclose.flows.site import Site
from loopclose.store.base import natural_id
from loopclose.store.persons import LISTED_AS

Row = dict[str, Any]
UNKNOWN: Row = dict.fromkeys(LISTED_AS)
"""Shown of a patient record that was never read."""


def referral_row(site: Site, person: str, referral: Referral) -> Row:
    """A row of ``referral``."""
    request = referral.request
    reasons = [concept.label for concept in request.reason_code] + [note.text for note in request.note]
    return {
        "practice_id": site.scope.practice_id,
        "ehr": site.ehr,
        "id": referral.id,
        "patient": referral.patient,
        "person": person,
        "status": referral.status,
        "priority": referral.priority,
        "authored_on": str(request.authored_on) if request.authored_on else None,
        "identifiers": [{"system": one.system, "value": one.value} for one in request.identifier],
        "label": request.code.label if request.code else next((c.label for c in request.category), None),
        "question": " ".join(text for text in reasons if text) or None,
        "requester": person_json(referral.requester),
        "requester_key": referral.requester.key,
    }


def visit_row(site: Site, person: str, visit: Visit, outcome: str, promoted: bool) -> Row:
    """A row of ``visit``."""
    kinds = visit.encounter.type if visit.encounter else visit.appointment.service_type if visit.appointment else ()
    return {
        "practice_id": site.scope.practice_id,
        "ehr": site.ehr,
        "id": visit.id,
        "patient": visit.patient,
        "person": person,
        "start": visit.start,
        "end": visit.end,
        "assumed": visit.assumed,
        "baseline": visit.baseline,
        "promoted": promoted,
        "clinicians": list(visit.clinicians),
        "author": visit.author,
        "label": next((kind.label for kind in kinds if kind.label), None),
        "outcome": outcome,
        "doubts": list(visit.doubts),
    }


def appointment_row(site: Site, person: str, appointment: Appointment, directory: Directory) -> Row:
    """A row of ``appointment``."""
    zone = site.practice.zone
    people = [directory.person(one.actor, appointment.contained) for one in appointment.participant]
    names = [who.name for who in people if who.name and not (who.key or "").startswith("Patient/")]
    return {
        "practice_id": site.scope.practice_id,
        "ehr": site.ehr,
        "id": appointment.key,
        "patient": patient_of(appointment) or person,
        "person": person,
        "status": appointment.status or "unknown",
        "start": appointment.start.start(zone) if appointment.start else None,
        "end": appointment.end.end(zone) if appointment.end else None,
        "with_us": with_us(appointment, site.practice, directory),
        "with_whom": names[0] if names else None,
        "referrals": [key for one in appointment.based_on if (key := local_key(one))],
    }


def unmapped_row(site: Site, person: str, unmapped: Unmapped) -> Row:
    """A row of ``unmapped_code``."""
    return {
        "practice_id": site.scope.practice_id,
        "ehr": site.ehr,
        "resource": unmapped.resource,
        "element": unmapped.element,
        "person": person,
        "code": unmapped.code[:LONGEST],
        "token": unmapped.token[:LONGEST],
    }


def unmapped_key(resource: str, element: str) -> str:
    """By what a row of ``unmapped_code`` is told from another."""
    return f"{resource} {element}"


def link_row(site: Site, visit: str, no: int, verdict: LinkVerdict) -> Row:
    """A row of ``link``."""
    return {
        "practice_id": site.scope.practice_id,
        "ehr": site.ehr,
        "visit": visit,
        "no": no,
        "current": True,
        "band": verdict.band,
        "referrals": list(verdict.referrals),
        "method": verdict.method,
        "confidence": verdict.confidence,
        "because": list(verdict.because),
        "candidates": [
            {"referral": one.referral, "confidence": one.confidence, "because": list(one.because)}
            for one in verdict.candidates
        ],
        "unseen": list(verdict.unseen),
    }


def obligation_id(site: Site, owed: Owed) -> str:
    """The same thing owed gets the same id on every run."""
    about = owed.visit or owed.appointment
    if owed.item is not None:
        return of_letter_id(site, owed.kind, about, owed.referral, owed.item)
    return natural_id(site.scope.practice_id, site.ehr, owed.kind, about, owed.referral)


def of_letter_id(site: Site, kind: str, about: str | None, referral: str | None, item: str) -> str:
    """The id of one of the things that a letter owes; ``about``: its visit."""
    return natural_id(site.scope.practice_id, site.ehr, kind, about, referral, item)


def shown_row(row: Row, patients: Mapping[str, Row]) -> Row:
    """What a list shows of an obligation and finds it by, as its columns.

    ``patients``: by ``Patient/id``, what is shown of it.
    """
    patient, referrer = patients.get(row["patient"], UNKNOWN), row["referrer"] or {}
    return {
        **patient,
        "referrer_name": referrer.get("name"),
        "referrer_npi": referrer.get("npi"),
        "referrer_key": clinician_key(row["ehr"], referrer.get("npi"), referrer.get("reference"), referrer.get("name")),
        "words": words_of(
            patient["patient_name"],
            referrer.get("name"),
            referrer.get("organization_name"),
            mrn=patient["patient_mrn"],
        ),
    }


def reasons_json(owed: Owed) -> list[Row]:
    """A deadline's reasons for storing."""
    return [
        {"rule": reason.rule, "at": _instant(reason.at), "because": reason.because}
        | ({"returns_at": _instant(reason.returns_at)} if reason.returns_at is not None else {})
        for reason in owed.deadline.reasons
    ]


def person_json(person: Person) -> Row:
    """A Person for storing."""
    found: Row = to_builtins(person)
    found["specialties"] = list(person.specialties)
    return found


@lru_cache(maxsize=4096)  # most are closes of business
def _instant(moment: datetime) -> str:
    return moment.isoformat(timespec="seconds").replace("+00:00", "Z")
