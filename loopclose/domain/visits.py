"""What is a visit of ours, and which appointments with us were missed."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import datetime, timedelta

from fhir_adapters.facts import Appointment, Encounter
from fhir_adapters.facts.references import local_key
from loopclose.domain.admission import Admission, Missed
from loopclose.domain.chart import Chart, Referral, Visit
from loopclose.domain.code_map import CodeMap
from loopclose.domain.codes import VISIT_IGNORED
from loopclose.domain.directory import NOBODY, Directory
from loopclose.domain.practice import Practice

LEFT_OPEN = timedelta(hours=12)
"""A visit that nobody closed has happened when it began longer ago than this."""
BEGUN = frozenset({"arrived", "triaged", "in-progress", "onleave", "unknown"})
CLINICIAN_PARTS = ("PPRF", "ATND")
ADMITTED = Admission("admitted", None, "A visit of ours that happened.")
_NO_VISIT = {code: Admission("ignored", code, text) for code, text in VISIT_IGNORED.items()}


def admit_encounter(
    encounter: Encounter, practice: Practice, directory: Directory, code_map: CodeMap, now: datetime
) -> Admission:
    """Whether an Encounter is a visit of ours that happened by ``now``."""
    kind = encounter.class_.code if encounter.class_ else None
    if encounter.status == "entered-in-error":
        return _NO_VISIT["entered_in_error"]
    if encounter.status == "cancelled":
        return _NO_VISIT["cancelled"]
    if encounter.part_of is not None:
        return _NO_VISIT["part_of"]
    if not practice.takes_all and not _is_ours(encounter, practice, directory):
        return _NO_VISIT["not_ours"]
    if kind not in practice.visit_classes:
        return _NO_VISIT["class"]
    other = code_map.meaning(encounter.type, ("phone", "nurse_only", "laboratory_visit", "documentation_only"))
    if other is not None:
        return _NO_VISIT["laboratory" if other == "laboratory_visit" else other]
    if encounter.period is None or (encounter.period.start is None and encounter.period.end is None):
        return _NO_VISIT["no_time"]
    if encounter.status == "planned":
        return _NO_VISIT["planned"]
    return ADMITTED if _happened(encounter, practice, now) else _NO_VISIT["not_happened_yet"]


def visits_of(
    chart: Chart, admissions: dict[str, Admission], practice: Practice, directory: Directory, now: datetime
) -> tuple[Visit, ...]:
    """The visits that happened: Encounters, and fulfilled Appointments whose Encounter never came."""
    found = [
        _visit(encounter, practice, directory)
        for encounter in chart.encounters
        if admissions[encounter.key].disposition == "admitted"
    ]
    found += _without_encounter(chart, practice, directory, now)
    return tuple(sorted(found, key=lambda visit: (visit.start, visit.id)))


def missed_of(chart: Chart, referrals: Iterable[Referral], practice: Practice, directory: Directory) -> list[Missed]:
    """No-shows and cancellations with us that name a referral of ours."""
    known = {referral.id for referral in referrals}
    found = []
    for appointment in chart.appointments:
        if appointment.status not in ("noshow", "cancelled") or appointment.start is None:
            continue
        if not with_us(appointment, practice, directory):
            continue
        at = appointment.start.end(practice.zone)
        for reference in appointment.based_on:
            key = local_key(reference)
            if key in known and key is not None:
                found.append(Missed(appointment.key, key, at, appointment.status))
    return found


def with_us(appointment: Appointment, practice: Practice, directory: Directory) -> bool:
    """Whether one of our clinicians or organizations takes part in an appointment."""
    if practice.takes_all:
        return True
    for participant in appointment.participant:
        who = directory.person(participant.actor, appointment.contained)
        if directory.is_ours(who, practice) or who.organization in practice.organizations:
            return True
    return False


def _is_ours(encounter: Encounter, practice: Practice, directory: Directory) -> bool:
    if directory.is_our_organization(encounter.service_provider, practice):
        return True
    people = (directory.person(one.individual, encounter.contained) for one in encounter.participant)
    return any(directory.is_ours(who, practice) for who in people)


def _happened(encounter: Encounter, practice: Practice, now: datetime) -> bool:
    if encounter.status == "finished":
        return True
    start = encounter.period.start if encounter.period else None
    if encounter.status not in BEGUN or start is None:
        return False
    return now - start.start(practice.zone) > LEFT_OPEN


def _visit(encounter: Encounter, practice: Practice, directory: Directory) -> Visit:
    period = encounter.period
    assert period is not None
    first = period.start or period.end
    assert first is not None
    start = first.start(practice.zone)
    last = period.end or first
    end = max(last.end(practice.zone), start)
    return Visit(
        encounter.key,
        local_key(encounter.subject) or "",
        start,
        end,
        end.astimezone(practice.zone).date(),
        True,
        encounter.status != "finished",
        _is_baseline(start, practice),
        _clinicians(encounter, practice, directory),
        encounter=encounter,
    )


def _without_encounter(chart: Chart, practice: Practice, directory: Directory, now: datetime) -> Iterator[Visit]:
    """Fulfilled appointments with us that no Encounter names, on days without one."""
    fulfilled = [one for one in chart.appointments if one.status == "fulfilled" and one.start is not None]
    if not fulfilled:
        return
    starts = [one.period.start for one in chart.encounters if one.period and one.period.start]
    days = {start.start(practice.zone).astimezone(practice.zone).date() for start in starts}
    taken = {local_key(reference) for encounter in chart.encounters for reference in encounter.appointment}
    for appointment in fulfilled:
        start = appointment.start.start(practice.zone) if appointment.start else now
        met = start.astimezone(practice.zone).date() in days
        if appointment.key not in taken and start <= now and not met and with_us(appointment, practice, directory):
            yield _appointment_visit(appointment, start, practice, directory)


def _appointment_visit(appointment: Appointment, start: datetime, practice: Practice, directory: Directory) -> Visit:
    end = max(appointment.end.end(practice.zone), start) if appointment.end else start
    people = (directory.person(one.actor, appointment.contained) for one in appointment.participant)
    ours = tuple(who.key for who in people if who.key and directory.is_ours(who, practice))
    keys = (local_key(one.actor) or "" for one in appointment.participant)
    patient = next((key for key in keys if key.startswith("Patient/")), "")
    return Visit(
        appointment.key,
        patient,
        start,
        end,
        end.astimezone(practice.zone).date(),
        True,
        False,
        _is_baseline(start, practice),
        ours,
        appointment=appointment,
    )


def _is_baseline(start: datetime, practice: Practice) -> bool:
    live_since = practice.live_since()
    return live_since is not None and start < live_since


def _clinicians(encounter: Encounter, practice: Practice, directory: Directory) -> tuple[str, ...]:
    """Our clinicians, primary performer first, then attender, then the others."""
    ranked: list[tuple[int, str]] = []
    for participant in encounter.participant:
        who = directory.person(participant.individual, encounter.contained)
        parts = {coding.code for concept in participant.type for coding in concept.coding}
        if who == NOBODY or who.key is None or not who.key.startswith("Practitioner/") or "REF" in parts:
            continue
        if practice.takes_all or directory.is_ours(who, practice):
            rank = next((n for n, part in enumerate(CLINICIAN_PARTS) if part in parts), len(CLINICIAN_PARTS))
            ranked.append((rank, who.key))
    return tuple(dict.fromkeys(key for _, key in sorted(ranked, key=lambda pair: pair[0])))
