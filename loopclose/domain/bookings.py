"""Appointments with us: visits that no Encounter tells of, and those that were missed."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator
from datetime import date, datetime, timedelta

from fhir_adapters.facts import Appointment
from fhir_adapters.facts.references import local_key
from loopclose.domain.admission import Missed
from loopclose.domain.chart import Chart, Referral, Visit
from loopclose.domain.directory import Directory
from loopclose.domain.practice import Practice

LEFT_OPEN = timedelta(hours=12)
"""What nobody closed has happened when it began longer ago than this."""
CAME = frozenset({"arrived", "checked-in"})
"""The desk saw the patient; that the visit was had is assumed."""
NOT_HELD = frozenset({"planned", "cancelled", "entered-in-error"})
"""Encounters of these do not say that the patient was seen."""
BY_BOOKING = "No encounter came: the appointment says that the patient was there."


def with_us(appointment: Appointment, practice: Practice, directory: Directory) -> bool:
    """Whether one of our clinicians or organizations takes part in an appointment."""
    if practice.takes_all:
        return True
    for participant in appointment.participant:
        who = directory.person(participant.actor, appointment.contained)
        if directory.is_ours(who, practice) or who.organization in practice.organizations:
            return True
    return False


def visits_without_encounter(
    chart: Chart, seen: Collection[date], practice: Practice, directory: Directory, now: datetime
) -> Iterator[Visit]:
    """Appointments with us at which the patient was, that no Encounter names, on days without one.

    ``seen``: the local days on which some Encounter saw the patient.
    """
    for appointment, start in _without_encounter(chart, seen, practice, directory, {"fulfilled", *CAME}, NOT_HELD):
        assumed = appointment.status in CAME
        if start <= now - (LEFT_OPEN if assumed else timedelta(0)):
            yield _visit(appointment, start, assumed, practice, directory)


def never_closed(
    chart: Chart, seen: Collection[date], practice: Practice, directory: Directory, now: datetime
) -> Iterator[tuple[Appointment, datetime]]:
    """Bookings with us that are past, of which nobody said whether the patient came; with their end.

    ``seen``: the local days of any Encounter but a planned one: a cancelled one says it too.
    """
    for appointment, start in _without_encounter(chart, seen, practice, directory, {"booked"}, {"planned"}):
        end = max(appointment.end.end(practice.zone), start) if appointment.end else start
        if end <= now - LEFT_OPEN:
            yield appointment, end


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


def is_baseline(start: datetime, practice: Practice) -> bool:
    """Whether something at that time was before the practice went live."""
    live_since = practice.live_since()
    return live_since is not None and start < live_since


def _without_encounter(
    chart: Chart,
    seen: Collection[date],
    practice: Practice,
    directory: Directory,
    statuses: Collection[str],
    silent: Collection[str],
) -> Iterator[tuple[Appointment, datetime]]:
    """``silent``: Encounters of these statuses do not count."""
    asked = [(one, one.start) for one in chart.appointments if one.status in statuses and one.start is not None]
    if not asked:
        return
    met = [one for one in chart.encounters if one.status not in silent]
    taken = {local_key(reference) for encounter in met for reference in encounter.appointment}
    for appointment, begins in asked:
        start = begins.start(practice.zone)
        day = practice.calendar.day_of(start)
        if appointment.key not in taken and day not in seen and with_us(appointment, practice, directory):
            yield appointment, start


def _visit(appointment: Appointment, start: datetime, assumed: bool, practice: Practice, directory: Directory) -> Visit:
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
        assumed,
        is_baseline(start, practice),
        ours,
        appointment=appointment,
        doubts=(BY_BOOKING,) if assumed else (),
    )
