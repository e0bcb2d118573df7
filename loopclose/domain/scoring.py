"""How well a referral fits a visit that names none: specialty, performer, location, reason, and what is taken."""

from __future__ import annotations

from datetime import date, timedelta
from zoneinfo import ZoneInfo

import msgspec

from fhir_adapters.facts import CodeableConcept
from fhir_adapters.facts.references import local_key
from loopclose.domain.chart import Candidate, Person, Referral, Visit
from loopclose.domain.code_map import CodeMap, texts_of
from loopclose.domain.directory import Directory
from loopclose.domain.practice import Practice
from loopclose.domain.visit_times import FIRST_DAY

WINDOW = timedelta(days=365)
"""How long before the visit a referral may have been written."""
LATE_PAPER = timedelta(days=30)
"""A request written up to this long after the visit may be its paperwork: a person decides."""
BASE = 0.80
"""The only referral that fits, with nothing for or against it."""
PERFORMER, OTHER_PERFORMER = 0.15, -0.35
SPECIALTY, OTHER_SPECIALTY = 0.12, -0.45
LOCATION, OTHER_LOCATION = 0.08, -0.12
REASON = 0.06
ANSWERED = -0.10


class Fit(msgspec.Struct, frozen=True):
    """How one referral fits one visit; ``automatic`` is False where only a person may link it."""

    candidate: Candidate
    automatic: bool


def fits_on(referral: Referral, day: date, zone: ZoneInfo) -> bool | None:
    """True: written up to that local day of a visit, at most a year before; None: a person must look; False: no.

    A day that cannot be meant is none: after the EHR last changed the request, or before there were EHRs.
    """
    if referral.authored_day is None:
        return None
    if referral.authored_day > day:
        return None if referral.authored_day - day <= LATE_PAPER or _is_slip(referral, zone) else False
    if day - referral.authored_day <= WINDOW or _authorised(referral, day, zone):
        return True
    return None if referral.authored_day < FIRST_DAY.date() else False


def _is_slip(referral: Referral, zone: ZoneInfo) -> bool:
    """Whether it is said to have been written after the EHR last changed it: a slip of the hand."""
    meta = referral.request.meta
    changed = meta.updated if meta else None
    return changed is not None and referral.authored_day is not None and referral.authored_day > changed.last_day(zone)


def score(
    visit: Visit, referral: Referral, answered_before: bool, practice: Practice, directory: Directory, code_map: CodeMap
) -> Fit | None:
    """How the referral fits, or None where it cannot be this visit's."""
    in_time = fits_on(referral, visit.day, practice.zone)
    if in_time is False or referral.status == "revoked":
        return None
    total, because = BASE, []
    for points, words in (
        _performer(visit, referral, practice, directory),
        _specialty(visit, referral, practice, directory, code_map),
        _location(visit, referral),
        _reason(visit, referral),
    ):
        total += points
        if words:
            because.append(words)
    if answered_before:
        total += ANSWERED
        because.append("Another visit already answers it.")
    if in_time is None:
        because.append(_no_day(referral, visit.day))
    confidence = round(min(max(total, 0.0), 0.99), 2)
    return Fit(Candidate(referral.id, confidence, tuple(because)), in_time is True)


def _no_day(referral: Referral, day: date) -> str:
    if referral.authored_day is None:
        return "The request has no date."
    return (
        "It was written after the visit." if referral.authored_day > day else "The day of the request cannot be meant."
    )


def _performer(visit: Visit, referral: Referral, practice: Practice, directory: Directory) -> tuple[float, str | None]:
    people = [directory.person(one, referral.request.contained) for one in referral.request.performer]
    keys = {who.key for who in people if who.key is not None and who.key.startswith("Practitioner/")}
    if not keys or not visit.clinicians:
        return 0.0, None
    if keys & set(visit.clinicians):
        return PERFORMER, "The request names the clinician who saw the patient."
    return OTHER_PERFORMER, "The request names another clinician."


def _specialty(
    visit: Visit, referral: Referral, practice: Practice, directory: Directory, code_map: CodeMap
) -> tuple[float, str | None]:
    asked = _asked_specialties(referral, directory, code_map)
    seen = _seen_specialties(visit, practice, directory, code_map)
    if not asked or not seen:
        return 0.0, None
    common = asked & seen
    if common:
        return SPECIALTY, f"Same specialty: {', '.join(sorted(common))}."
    return OTHER_SPECIALTY, f"It asks for {', '.join(sorted(asked))}."


def _asked_specialties(referral: Referral, directory: Directory, code_map: CodeMap) -> frozenset[str]:
    request = referral.request
    concepts = [concept for concept in (request.performer_type, request.code) if concept is not None]
    found = code_map.specialties_in(tuple(texts_of((*concepts, *request.category, *request.order_detail))))
    if found:
        return found
    marks: tuple[str, ...] = ()
    for reference in request.performer:
        marks += directory.person(reference, request.contained).specialties
    return code_map.specialties_in(marks)


def _seen_specialties(visit: Visit, practice: Practice, directory: Directory, code_map: CodeMap) -> frozenset[str]:
    """By the visit's own codes, else the author's roles, else the practice's specialty."""
    concepts: list[CodeableConcept] = []
    if visit.encounter is not None:
        concepts += [*visit.encounter.type]
        concepts += [visit.encounter.service_type] if visit.encounter.service_type else []
    elif visit.appointment is not None:
        concepts += [*visit.appointment.specialty, *visit.appointment.service_type]
    found = code_map.specialties_in(tuple(texts_of(concepts)))
    if not found and visit.author is not None:
        found = code_map.specialties_in(directory.specialties_of(visit.author))
    return found or code_map.specialties_in((practice.specialty,) if practice.specialty else ())


def _location(visit: Visit, referral: Referral) -> tuple[float, str | None]:
    asked = {local_key(reference) for reference in referral.request.location_reference} - {None}
    places = visit.encounter.location if visit.encounter else ()
    seen = {local_key(place.location) for place in places} - {None}
    if not asked or not seen:
        return 0.0, None
    return (LOCATION, "Same location.") if asked & seen else (OTHER_LOCATION, "It names another location.")


def _reason(visit: Visit, referral: Referral) -> tuple[float, str | None]:
    if visit.encounter is None:
        return 0.0, None
    asked = {token for concept in referral.request.reason_code for token in concept.tokens}
    seen = {token for concept in visit.encounter.reason_code for token in concept.tokens}
    texts = {(c.text or "").casefold() for c in referral.request.reason_code} - {""}
    same_text = texts & {(c.text or "").casefold() for c in visit.encounter.reason_code}
    return (REASON, "Same reason.") if (asked & seen) or same_text else (0.0, None)


def _authorised(referral: Referral, day: date, zone: ZoneInfo) -> bool:
    """Inside the period for which the service was authorised, however long ago it was written."""
    period = referral.request.occurrence_period
    return period is not None and period.end is not None and day <= period.end.last_day(zone)


def same_request(one: Referral, other: Referral, directory: Directory, code_map: CodeMap) -> bool:
    """Two copies of one request: the same referrer asks the same specialty."""

    def who(person: Person) -> tuple[str | None, ...]:
        return (person.npi or person.key or person.name,)

    if who(one.requester) != who(other.requester) or not any(who(one.requester)):
        return False
    return _asked_specialties(one, directory, code_map) == _asked_specialties(other, directory, code_map)
