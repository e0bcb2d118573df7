"""Appointments with us: visits that no Encounter tells of, and those that were missed."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping
from datetime import date, datetime, timedelta

from fhir_adapters.facts import Appointment, Encounter
from fhir_adapters.facts.elements import Period
from fhir_adapters.facts.references import local_key
from loopclose.domain.admission import Admission, Missed
from loopclose.domain.appointment_status import NEVER_WAS, status_of
from loopclose.domain.chart import Chart, Referral, Visit
from loopclose.domain.directory import NOT_CLINICIANS, Directory
from loopclose.domain.named_requests import Requests
from loopclose.domain.practice import Practice
from loopclose.domain.visit_times import Times, times_in

LEFT_OPEN = timedelta(hours=12)
"""What nobody closed has happened when it began longer ago than this."""
SLIP = timedelta(days=30)
"""What is said to be over, and to begin later than this, has a slip of the hand for its day: next year's, as a rule."""
CAME = frozenset({"arrived", "checked-in"})
"""The desk saw the patient; that the visit was had is assumed."""
CLOSED = frozenset({"fulfilled", *CAME, *NEVER_WAS, "proposed", "waitlist"})
"""Appointments of any other status, or of none, wait to be closed."""
NOT_HELD = frozenset({"planned", "cancelled", "entered-in-error"})
"""Encounters of these do not say that the patient was seen."""
BY_BOOKING = "No encounter came: the appointment says that the patient was there."


def with_us(
    appointment: Appointment, practice: Practice, directory: Directory, referrals: Collection[str] = ()
) -> bool:
    """Whether one of our clinicians or organizations takes part in an appointment; where nobody can be told from a
    name, whether it names one of the ``referrals`` to us.
    """
    if practice.takes_all:
        return True
    untold = True
    for participant in appointment.participant:
        who = directory.person(participant.actor, appointment.contained)
        if directory.is_ours(who, practice) or who.organization in practice.organizations:
            return True
        is_somebody = who.npi or who.role or (who.key and not who.key.startswith(NOT_CLINICIANS))
        untold = untold and not is_somebody
    return untold and any(local_key(reference) in referrals for reference in appointment.based_on)


def visits_without_encounter(
    chart: Chart,
    seen: Collection[date],
    practice: Practice,
    directory: Directory,
    now: datetime,
    referrals: Collection[str] = (),
) -> Iterator[Visit]:
    """Appointments with us at which the patient was, that no Encounter names, on days without one.

    ``seen``: the local days on which some Encounter saw the patient.
    """
    came = [one for one in chart.appointments if status_of(one) in ("fulfilled", *CAME)]
    found: list[Visit] = []
    for appointment, times in _without_encounter(chart, came, seen, practice, directory, NOT_HELD, referrals):
        assumed = status_of(appointment) in CAME
        if times.start <= now - (LEFT_OPEN if assumed else timedelta(0)):
            found.append(_visit(appointment, times, assumed, practice, directory))
    found.sort(key=lambda one: (-len(_names(one)), -len(one.clinicians), one.assumed, one.start, one.id))
    for n, visit in enumerate(found):
        if not any(_is_part(visit, other) for other in found[:n]):
            yield visit


def never_closed(
    chart: Chart,
    seen: Collection[date],
    practice: Practice,
    directory: Directory,
    now: datetime,
    referrals: Collection[str] = (),
) -> Iterator[tuple[Appointment, datetime]]:
    """Bookings with us that are past, of which nobody said whether the patient came; with their end.

    ``seen``: the local days of any Encounter but a planned one: a cancelled one says it too.
    """
    left = [one for one in chart.appointments if status_of(one) not in CLOSED]
    for appointment, times in _without_encounter(chart, left, seen, practice, directory, {"planned"}, referrals):
        if times.end <= now - LEFT_OPEN:
            yield appointment, times.end


def kept_at_no_time(
    chart: Chart, practice: Practice, directory: Directory, now: datetime, referrals: Collection[str] = ()
) -> Iterator[Appointment]:
    """Appointments with us at which the patient was, that no Encounter names, and whose time is none, or a slip."""
    met = [one for one in chart.encounters if one.status not in NOT_HELD]
    taken = {local_key(reference) for encounter in met for reference in encounter.appointment}
    for one in chart.appointments:
        if status_of(one) not in ("fulfilled", *CAME) or one.key in taken:
            continue
        times = times_in(Period(start=one.start, end=one.end), practice.zone, bounded=True)
        if (times is None or times.start > now + SLIP) and with_us(one, practice, directory, referrals):
            yield one


def still_planned(
    chart: Chart, admissions: Mapping[str, Admission], seen: Collection[date], practice: Practice, now: datetime
) -> Iterator[tuple[Encounter, datetime]]:
    """Encounters with us that are past and still planned, on days without a visit or an appointment; with their end."""
    booked = {practice.calendar.day_of(one.start.start(practice.zone)) for one in chart.appointments if one.start}
    for encounter in chart.encounters:
        if admissions[encounter.key].code == "planned":
            times = times_in(encounter.period, practice.zone, bounded=True)
            day = practice.calendar.day_of(times.start) if times else None
            if times and times.end <= now - LEFT_OPEN and day not in seen and day not in booked:
                yield encounter, times.end


def missed_of(chart: Chart, referrals: Iterable[Referral], practice: Practice, directory: Directory) -> list[Missed]:
    """No-shows and cancellations with us that name a referral of ours."""
    known, requests = {referral.id for referral in referrals}, Requests(chart)
    found = []
    for appointment in chart.appointments:
        if status_of(appointment) not in ("noshow", "cancelled") or appointment.start is None:
            continue
        if not with_us(appointment, practice, directory, known):
            continue
        at = appointment.start.end(practice.zone)
        for key in requests.named(appointment.based_on, appointment.contained):
            if key in known:
                found.append(Missed(appointment.key, key, at, status_of(appointment)))
    return found


def is_baseline(start: datetime, practice: Practice) -> bool:
    """Whether something at that time was before the practice went live."""
    live_since = practice.live_since()
    return live_since is not None and start < live_since


def _without_encounter(
    chart: Chart,
    asked: Collection[Appointment],
    seen: Collection[date],
    practice: Practice,
    directory: Directory,
    silent: Collection[str],
    referrals: Collection[str],
) -> Iterator[tuple[Appointment, Times]]:
    """Those of ``asked`` that nothing else tells of; Encounters of the statuses ``silent`` do not count."""
    if not asked:
        return
    met = [one for one in chart.encounters if one.status not in silent]
    taken = {local_key(reference) for encounter in met for reference in encounter.appointment}
    for appointment in asked:
        times = times_in(Period(start=appointment.start, end=appointment.end), practice.zone, bounded=True)
        if times is None or appointment.key in taken or practice.calendar.day_of(times.start) in seen:
            continue
        if with_us(appointment, practice, directory, referrals):
            yield appointment, times


def _is_part(visit: Visit, other: Visit) -> bool:
    """Whether an appointment is of the very visit of another: some EHRs book each clinician, room and device alone."""
    is_then = visit.start == other.start or (visit.start < other.end and other.start < visit.end)
    return is_then and {*visit.clinicians} <= {*other.clinicians} and _names(visit) <= _names(other)


def _names(visit: Visit) -> set[str]:
    """What its appointment names as the referral."""
    named = visit.appointment.based_on if visit.appointment else ()
    return {local_key(one) or one.display or "" for one in named}


def _visit(appointment: Appointment, times: Times, assumed: bool, practice: Practice, directory: Directory) -> Visit:
    people = (directory.person(one.actor, appointment.contained) for one in appointment.participant)
    ours = tuple(who.key for who in people if who.key and directory.is_ours(who, practice))
    keys = (local_key(one.actor) or "" for one in appointment.participant)
    patient = next((key for key in keys if key.startswith("Patient/")), "")
    return Visit(
        appointment.key,
        patient,
        times.start,
        times.end,
        times.end.astimezone(practice.zone).date(),
        assumed,
        is_baseline(times.start, practice),
        ours,
        appointment=appointment,
        doubts=(*times.doubts, BY_BOOKING) if assumed else times.doubts,
    )
