"""What a record that could not be read whole makes us owe."""

from __future__ import annotations

from typing import Any

import pytest
from msgspec.structs import replace

from loopclose.domain.chart import Chart
from loopclose.domain.judgement import Decisions, Owed, Rules
from loopclose.domain.owing import assess
from tests.spec.cast import CODES, DIRECTORY, PRACTICE, fact, local, referral, shown

SINCE = local("2026-11-24 10:00")
RULES = Rules(PRACTICE, CODES)
BOOKED = fact(
    "Appointment",
    "a",
    status="booked",
    start="2026-12-01T10:00:00-05:00",
    participant=[{"actor": {"reference": "Patient/p"}}, {"actor": {"reference": "Practitioner/heart"}}],
)
SEEN = fact(
    "Encounter",
    "e",
    status="finished",
    **{"class": {"code": "AMB"}},
    subject={"reference": "Patient/p"},
    period={"start": "2026-11-20T10:00:00-05:00", "end": "2026-11-20T10:30:00-05:00"},
    participant=[{"individual": {"reference": "Practitioner/heart"}}],
)


def asked(chart: Chart, *, unread: bool = True) -> list[Owed]:
    chart = replace(chart, unread="The EHR refused us (403).", unread_since=SINCE) if unread else chart
    found = assess(chart, RULES, DIRECTORY, Decisions(), local("2026-11-24 12:00"))
    return [one for one in found.owed if one.kind == "resolve"]


@pytest.mark.parametrize(
    ("chart", "about"),
    [
        (Chart(service_requests=(referral("r2", "2026-11-10"), referral("r1", "2026-11-02"))), "ServiceRequest/r1"),
        (Chart(appointments=(BOOKED,), encounters=(SEEN,)), "Appointment/a"),
        (Chart(encounters=(SEEN,)), "Encounter/e"),
    ],
)
def test_where_a_visit_of_ours_may_hide_a_person_is_asked_within_a_business_day(chart: Chart, about: str) -> None:
    assert asked(chart, unread=False) == []
    (one,) = asked(chart)
    assert about in (one.referral, one.appointment, one.visit)
    assert one.since == SINCE and shown(one.deadline.due_at) == "Wed 2026-11-25 17:00"


@pytest.mark.parametrize("chart", [Chart(), Chart(appointments=(replace(BOOKED, participant=BOOKED.participant[:1]),))])
def test_where_nothing_ties_to_us_nobody_is_asked(chart: Chart) -> None:
    assert asked(chart) == []


def test_what_is_asked_about_a_visit_already_is_not_asked_again_with_more_time() -> None:
    chart = Chart(encounters=(SEEN,), quarantined=frozenset({"ServiceRequest/held"}))
    before: list[Any] = asked(chart, unread=False)
    assert len(before) == 1 and asked(chart) == before
