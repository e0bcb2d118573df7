"""What is a visit of ours."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from datetime import date, datetime, timedelta

from fhir_adapters.facts import Encounter
from fhir_adapters.facts.references import local_key
from fhir_adapters.facts.when import LAST
from loopclose.domain.admission import Admission
from loopclose.domain.bookings import LEFT_OPEN, NOT_HELD, is_baseline, visits_without_encounter
from loopclose.domain.chart import Chart, Visit
from loopclose.domain.code_map import CodeMap
from loopclose.domain.codes import VISIT_IGNORED
from loopclose.domain.directory import NOBODY, Directory
from loopclose.domain.practice import Practice
from loopclose.domain.visit_times import LONGEST, NO_TIME, UNNAMED, Times, times_in, times_of

FINISHED = frozenset({"finished", "completed", "discharged"})
"""Over: R4's word, and R5's, which some R4 servers send."""
CLINICIAN_PARTS = ("PPRF", "ATND")
LASTS = frozenset({"inpatient", "emergency", "observation"})
"""Classes of stays, which may end on a later day."""
CLOSED_WITHIN = timedelta(days=7)
"""An encounter is changed for the last time so long after its visit at most, where nothing else tells of that one."""
ADMITTED = Admission("admitted", None, "A visit of ours that happened.")
_NO_VISIT = {code: Admission("ignored", code, text) for code, text in VISIT_IGNORED.items()}
_VISITS = ("office_visit", "consultation")
_NOT_VISITS = {
    "phone": "phone",
    "nurse_only": "nurse_only",
    "laboratory_visit": "laboratory",
    "documentation_only": "documentation_only",
}


def admit_encounter(
    encounter: Encounter,
    practice: Practice,
    directory: Directory,
    code_map: CodeMap,
    now: datetime,
    times: Times | None = None,
    referrals: Collection[str] | None = None,
) -> Admission:
    """Whether an Encounter is a visit of ours that happened by ``now``.

    ``times``, ``referrals``: what the chart tells of its time, and the person's referrals to us. Where the chart is
    not known yet, whatever may turn out to be a visit is admitted, so that the chart is read. A class that no map
    knows is never a reason to ignore.
    """
    if encounter.status == "entered-in-error":
        return _NO_VISIT["entered_in_error"]
    if encounter.status == "cancelled":
        return _NO_VISIT["cancelled"]
    if encounter.part_of is not None:
        return _NO_VISIT["part_of"]
    if not practice.takes_all and not _is_ours(encounter, practice, directory, referrals):
        return _NO_VISIT["not_ours"]
    if not _is_followed(encounter, practice, code_map):
        return _NO_VISIT["class"]
    other = code_map.coded(encounter.type, tuple(_NOT_VISITS))
    if other is None and code_map.coded(encounter.type, _VISITS) is None:
        other = code_map.said(encounter.type, tuple(_NOT_VISITS))
    if other is not None:
        return _NO_VISIT[_NOT_VISITS[other]]
    if encounter.status == "planned":
        return _NO_VISIT["planned"]
    if encounter.status in FINISHED:
        return ADMITTED
    seen = times or times_in(encounter.period, practice.zone, bounded=True)
    begun = seen is not None and now - seen.start > LEFT_OPEN
    return ADMITTED if begun else _NO_VISIT["not_happened_yet"]


def admit_encounters(
    chart: Chart,
    practice: Practice,
    directory: Directory,
    code_map: CodeMap,
    now: datetime,
    referrals: Collection[str],
) -> tuple[dict[str, Admission], dict[str, Times]]:
    """Every encounter of a chart with its admission, and the times of those that have any."""
    admissions: dict[str, Admission] = {}
    times: dict[str, Times] = {}
    for encounter in chart.encounters:
        bounded = code_map.visit_class(encounter.class_) not in LASTS
        latest = now + LONGEST if encounter.status in FINISHED else LAST
        seen = times_of(encounter, chart, practice.zone, bounded, latest)
        verdict = admit_encounter(encounter, practice, directory, code_map, now, seen, referrals)
        if seen is not None:
            times[encounter.key] = seen
        elif verdict is ADMITTED:
            verdict = _NO_VISIT["no_time"]
        admissions[encounter.key] = verdict
    undated = [one for one in times if times[one].assumed and admissions[one] is ADMITTED] if chart.appointments else []
    times.update(_booked(undated, chart, admissions, times, practice, directory, now, referrals))
    return admissions, times


def _booked(
    undated: Collection[str],
    chart: Chart,
    admissions: Mapping[str, Admission],
    times: Mapping[str, Times],
    practice: Practice,
    directory: Directory,
    now: datetime,
    referrals: Collection[str],
) -> dict[str, Times]:
    """The times of those that nothing dates but the EHR's last change, where an appointment with us shortly before it
    has no encounter: some EHRs never say which encounter came of which appointment, and they are one visit."""
    if not undated:
        return {}
    seen = days_seen(chart, admissions, times, practice)
    free = list(visits_without_encounter(chart, seen, practice, directory, now, referrals))
    found: dict[str, Times] = {}
    for key in sorted(undated, key=lambda one: (times[one].end, one), reverse=True):
        changed = times[key].end
        fits = [one for one in free if one.start <= changed <= one.start + CLOSED_WITHIN]
        if fits:
            booked = max(fits, key=lambda one: (one.start, one.id))
            free.remove(booked)
            found[key] = Times(booked.start, booked.end, (f"{NO_TIME}: {UNNAMED}",))
    return found


def visits_of(
    chart: Chart,
    admissions: Mapping[str, Admission],
    times: Mapping[str, Times],
    practice: Practice,
    directory: Directory,
    code_map: CodeMap,
    now: datetime,
    referrals: Collection[str] = (),
) -> tuple[Visit, ...]:
    """The visits that happened: Encounters, and Appointments kept whose Encounter never came."""
    found = [
        _visit(encounter, times[encounter.key], practice, directory, code_map)
        for encounter in chart.encounters
        if admissions[encounter.key].disposition == "admitted"
    ]
    seen = days_seen(chart, admissions, times, practice)
    found += visits_without_encounter(chart, seen, practice, directory, now, referrals)
    return tuple(sorted(found, key=lambda visit: (visit.start, visit.id)))


def days_seen(
    chart: Chart,
    admissions: Mapping[str, Admission],
    times: Mapping[str, Times],
    practice: Practice,
    silent: Collection[str] = NOT_HELD,
) -> frozenset[date]:
    """The local days of the Encounters with us, visits or not; those of the statuses ``silent`` do not count.

    Asked for the sake of appointments: none where there are none.
    """
    if not chart.appointments:
        return frozenset()
    not_ours = _NO_VISIT["not_ours"]
    held = [one.key for one in chart.encounters if one.status not in silent and admissions[one.key] != not_ours]
    known = [times[key] for key in held if key in times and not times[key].assumed]
    return frozenset(practice.calendar.day_of(one.start) for one in known)


def _is_ours(encounter: Encounter, practice: Practice, directory: Directory, referrals: Collection[str] | None) -> bool:
    """By who took part; where nobody can be told from a name, by a referral to us that it names."""
    if directory.is_our_organization(encounter.service_provider, practice):
        return True
    people = [directory.person(one.individual, encounter.contained) for one in encounter.participant]
    if any(directory.is_ours(who, practice) for who in people):
        return True
    somebody = [*people, directory.person(encounter.service_provider, encounter.contained)]
    if any(who.key or who.npi or who.role for who in somebody):
        return False
    named = {local_key(reference) for reference in encounter.based_on} - {None}
    return bool(named) if referrals is None else not named.isdisjoint(referrals)


def _is_followed(encounter: Encounter, practice: Practice, code_map: CodeMap) -> bool:
    """Whether its class is one that the practice follows, or may be."""
    meaning = code_map.visit_class(encounter.class_)
    code = encounter.class_.code if encounter.class_ else None
    return meaning is None or practice.follows(meaning) or code in practice.visit_classes


def _visit(encounter: Encounter, times: Times, practice: Practice, directory: Directory, code_map: CodeMap) -> Visit:
    clinicians = _clinicians(encounter, practice, directory)
    known = (
        bool(clinicians)
        or code_map.visit_class(encounter.class_) is not None
        or code_map.meaning(encounter.type, _VISITS) is not None
    )
    return Visit(
        encounter.key,
        local_key(encounter.subject) or "",
        times.start,
        times.end,
        times.end.astimezone(practice.zone).date(),
        times.assumed or encounter.status not in FINISHED,
        is_baseline(times.start, practice),
        clinicians,
        encounter=encounter,
        doubts=times.doubts,
        unclear=not known,
    )


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
