"""Appointments with us: the visits that they stand for, those never closed, and those missed."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime
from typing import Any

from msgspec.structs import replace as copied

from fhir_adapters.facts import Appointment
from loopclose.domain.admission import Missed
from loopclose.domain.bookings import (
    BY_BOOKING,
    is_baseline,
    missed_of,
    never_closed,
    visits_without_encounter,
    with_us,
)
from loopclose.domain.chart import Chart, Person, Referral, Visit
from tests.spec.cast import DIRECTORY, PRACTICE, fact, local, referral

NOW = local("2026-11-28 07:00")


def booked(status: str = "fulfilled", *who: str, **elements: Any) -> Appointment:
    """An appointment with Dr. Heart on 19 November from 10:00 to 10:30, unless others take part."""
    people = who or ("Practitioner/heart",)
    shape = {
        "status": status,
        "start": "2026-11-19T10:00:00-05:00",
        "end": "2026-11-19T10:30:00-05:00",
        "participant": [{"actor": {"reference": one}} for one in people],
        **elements,
    }
    found: Appointment = fact("Appointment", "a", **shape)
    return found


def visits(*appointments: Appointment, now: datetime = NOW) -> list[Visit]:
    """The visits that they stand for."""
    return list(visits_without_encounter(Chart(appointments=appointments), (), PRACTICE, DIRECTORY, now))


def left_open(appointment: Appointment, now: datetime = NOW) -> list[datetime]:
    """The ends of those that nobody closed."""
    chart = Chart(appointments=(appointment,))
    return [end for _, end in never_closed(chart, (), PRACTICE, DIRECTORY, now)]


def test_an_appointment_is_with_us_by_a_clinician_or_an_organization() -> None:
    person = booked("booked", "Practitioner/heart")
    place = booked("booked", "Organization/harbor")
    assert with_us(person, replace(PRACTICE, organizations=frozenset()), DIRECTORY)
    assert with_us(place, PRACTICE, DIRECTORY)
    assert not with_us(booked("booked", "Practitioner/lee"), PRACTICE, DIRECTORY)


def test_every_appointment_is_with_a_practice_that_takes_all() -> None:
    everybody = replace(PRACTICE, organizations=frozenset(), clinicians=frozenset())
    assert with_us(booked("booked", "Practitioner/lee"), everybody, DIRECTORY)


def test_a_fulfilled_appointment_counts_at_once_and_one_that_arrived_after_half_a_day() -> None:
    assert len(visits(booked(), now=local("2026-11-19 10:30"))) == 1
    assert visits(booked("arrived"), now=local("2026-11-19 21:59")) == []
    assert len(visits(booked("arrived"), now=local("2026-11-19 22:00"))) == 1


def test_a_visit_by_its_booking_has_its_times_the_patient_and_our_clinicians() -> None:
    (one,) = visits(booked("fulfilled", "Practitioner/lee", "Practitioner/heart", "Patient/p"))
    assert (one.start, one.end, one.day) == (
        local("2026-11-19 10:00"),
        local("2026-11-19 10:30"),
        date(2026, 11, 19),
    )
    assert (one.patient, one.clinicians) == ("Patient/p", ("Practitioner/heart",))
    assert not one.unclear and not one.baseline


def test_a_visit_never_ends_before_it_begins() -> None:
    (one,) = visits(booked(end="2026-11-19T09:00:00-05:00"))
    assert one.end == one.start


def test_only_what_the_desk_did_not_close_is_assumed_and_says_so() -> None:
    (held,), (arrived,) = visits(booked()), visits(booked("arrived"))
    assert (held.assumed, held.doubts) == (False, ())
    assert (arrived.assumed, arrived.doubts) == (True, (BY_BOOKING,))


def test_a_booking_that_nobody_closed_is_asked_about_half_a_day_after_its_end() -> None:
    assert left_open(booked("booked"), local("2026-11-19 22:29")) == []
    assert left_open(booked("booked"), local("2026-11-19 22:30")) == [local("2026-11-19 10:30")]
    assert left_open(booked("booked", end="2026-11-19T09:00:00-05:00")) == [local("2026-11-19 10:00")]
    assert left_open(booked("booked", end=None)) == [local("2026-11-19 10:00")]


def test_what_was_missed_counts_under_a_referral_of_ours_alone() -> None:
    request: Any = referral()
    ours = Referral(request.key, "Patient/p", request, "active", "routine", None, None, Person(), False)
    missed = booked("noshow", basedOn=[{"reference": "ServiceRequest/r"}, {"reference": "ServiceRequest/other"}])
    found = missed_of(Chart(appointments=(missed,)), [ours], PRACTICE, DIRECTORY)
    assert found == [Missed("Appointment/a", "ServiceRequest/r", local("2026-11-19 10:00"), "noshow")]


def test_the_go_live_day_itself_is_no_baseline() -> None:
    live = replace(PRACTICE, live_from=date(2026, 11, 19))
    assert not is_baseline(local("2026-11-19 00:00"), live)
    assert is_baseline(local("2026-11-18 23:59"), live)
    assert not is_baseline(datetime(1990, 1, 1, tzinfo=UTC), PRACTICE)


def test_one_visit_that_was_booked_for_each_who_takes_part_is_one() -> None:
    """Some EHRs book each clinician, room and device alone."""
    named = {"basedOn": [{"reference": "ServiceRequest/r"}]}
    room = booked("fulfilled", "Organization/harbor", end="2026-11-19T11:00:00-05:00")
    one, other = booked("fulfilled", **named), booked("arrived")
    visits_of = [copied(each, id=key) for key, each in (("room", room), ("a", other), ("b", one))]
    assert [found.id for found in visits(*visits_of)] == ["Appointment/b"]
    later = booked("fulfilled", start="2026-11-19T10:30:00-05:00", end="2026-11-19T11:00:00-05:00")
    vessel = booked("fulfilled", "Practitioner/vessel")
    second = booked("fulfilled", basedOn=[{"reference": "ServiceRequest/s"}])
    for apart in (later, vessel, second):
        assert len(visits(copied(one, id="b"), copied(apart, id="c"))) == 2
