"""Deadlines at their edges: the default policy, a return that a person entered, and how late something is."""

from __future__ import annotations

from datetime import date, timedelta

import pytest

from loopclose.domain.deadlines import Policy, hours_late, report_deadline
from tests.spec.cast import CALENDAR, local, shown, visit

DUE = local("2026-11-24 17:00")


def test_what_is_wanted_as_soon_as_possible_is_due_on_the_next_business_day() -> None:
    found = report_deadline(visit("2026-11-19 10:30"), "asap", Policy(), CALENDAR)
    assert shown(found.due_at) == "Fri 2026-11-20 17:00"


def test_a_return_that_a_person_entered_begins_with_its_day() -> None:
    late = report_deadline(visit("2026-11-19 23:30"), "routine", Policy(), CALENDAR, returns_by_hand=date(2026, 11, 20))
    assert (shown(late.due_at), late.winner) == ("Fri 2026-11-20 00:00", "patient_returns")


def test_a_return_on_the_day_that_begins_as_the_visit_ends_is_no_later_return() -> None:
    found = report_deadline(
        visit("2026-11-20 00:00"), "routine", Policy(), CALENDAR, returns_by_hand=date(2026, 11, 20)
    )
    assert found.winner == "policy"


@pytest.mark.parametrize(
    ("later", "state", "hours"),
    [
        (timedelta(0), "owed", 0.0),
        (timedelta(minutes=-30), "owed", 0.0),
        (timedelta(hours=1), "owed", 1.0),
        (timedelta(minutes=95), "owed", 1.6),
        (timedelta(days=100, minutes=2), "owed", 2400.0),
        (timedelta(hours=1), "sent", 0.0),
    ],
)
def test_hours_late_count_from_the_deadline_to_a_tenth(later: timedelta, state: str, hours: float) -> None:
    assert hours_late(DUE, state, DUE + later) == hours
