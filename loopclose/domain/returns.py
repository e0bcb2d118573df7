"""When the patient is back with the referrer: the moment before which the report must have arrived."""

from __future__ import annotations

import re
from datetime import datetime

import msgspec

from fhir_adapters.facts import Appointment, Encounter
from loopclose.domain.appointment_status import NEVER_WAS, status_of
from loopclose.domain.chart import Chart, Person, Referrer, Visit
from loopclose.domain.directory import Directory
from loopclose.domain.practice import Practice

SOURCES = {
    "checkout": "asked at check-out",
    "office": "the referrer's office said so",
    "letter": "it stands in a letter",
    "network": "a notice of the network",
}
"""How a date that a person enters, or a file brings, is known."""
_NAME = re.compile(r"[^\W\d_]+")
TITLES = frozenset({"dr", "md", "do", "np", "pa", "phd", "mr", "mrs", "ms", "prof", "jr", "sr", "ii", "iii", "facc"})


class Return(msgspec.Struct, frozen=True):
    """The patient's first appointment or planned visit with the referrer after our visit's end."""

    at: datetime
    with_whom: str
    evidence: str


def first_return(
    visit: Visit, referrer: Referrer, chart: Chart, practice: Practice, directory: Directory
) -> Return | None:
    """The first return to the referrer, or to the referrer's practice, that starts after the visit's end."""
    found = []
    for appointment in chart.appointments:
        # only these take an appointment away; a fulfilled one still was the patient's return
        if status_of(appointment) in NEVER_WAS or appointment.start is None:
            continue
        at = appointment.start.start(practice.zone)
        if at > visit.end and (whom := _appointment_with(appointment, referrer, directory)):
            found.append(Return(at, whom, appointment.key))
    for encounter in chart.encounters:
        if encounter.status in NEVER_WAS or encounter.period is None or encounter.period.start is None:
            continue
        at = encounter.period.start.start(practice.zone)
        if at > visit.end and encounter.key != visit.id and (whom := _encounter_with(encounter, referrer, directory)):
            found.append(Return(at, whom, encounter.key))
    return min(found, key=lambda one: (one.at, one.evidence), default=None)


def _appointment_with(appointment: Appointment, referrer: Referrer, directory: Directory) -> str | None:
    people = (directory.person(participant.actor, appointment.contained) for participant in appointment.participant)
    return next((whom for who in people if (whom := _is_referrer(who, referrer, directory))), None)


def _encounter_with(encounter: Encounter, referrer: Referrer, directory: Directory) -> str | None:
    references = [participant.individual for participant in encounter.participant]
    people = (
        directory.person(reference, encounter.contained) for reference in [*references, encounter.service_provider]
    )
    return next((whom for who in people if (whom := _is_referrer(who, referrer, directory))), None)


def _is_referrer(who: Person, referrer: Referrer, directory: Directory) -> str | None:
    """In words, when that person is the referrer or works for the referrer's practice."""
    if who.key is not None and who.key == referrer.reference:
        return "the referrer"
    if who.npi is not None and who.npi == referrer.npi:
        return "the referrer"
    if _work_together(who, referrer, directory):
        return "the referrer's practice"
    return "somebody who is probably the referrer" if _is_probably(who, referrer) else None


def _work_together(who: Person, referrer: Referrer, directory: Directory) -> bool:
    """Whether they have an organization in common; of somebody with roles at several, each counts."""
    theirs = {who.organization} if who.organization else directory.organizations_of(who.key or "")
    where = {referrer.organization} if referrer.organization else directory.organizations_of(referrer.reference or "")
    return not where.isdisjoint(theirs)


def _is_probably(who: Person, referrer: Referrer) -> bool:
    """Two records of one name, of which one lacks its NPI, or the practice: a guess that only brings a time nearer."""
    if who.npi is not None and referrer.npi is not None:
        return False
    if who.organization is not None and referrer.organization is not None:
        return False
    named = _names_of(who.name or "")
    return len(named) > 1 and named == _names_of(referrer.name)


def _names_of(name: str) -> frozenset[str]:
    """The names in a name, without titles, initials and the order in which they stand."""
    parts = frozenset(_NAME.findall(name.casefold()))
    return frozenset(part for part in parts if len(part) > 1 and part not in TITLES)
