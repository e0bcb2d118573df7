"""When a visit without a period took place."""

from __future__ import annotations

from typing import Any

from loopclose.domain.chart import Chart
from loopclose.domain.visit_times import Times, times_of
from tests.spec.cast import BOSTON, fact, local

VISIT = {"reference": "Encounter/v"}


def times(*, meets: bool = True, **parts: Any) -> Times | None:
    """The times of a visit whose encounter has none, and names the appointment ``a``."""
    booked = [{"reference": "Appointment/a"}] if meets else []
    encounter = fact("Encounter", "v", status="finished", appointment=booked)
    return times_of(encounter, Chart(encounters=(encounter,), **parts), BOSTON, bounded=True)


def test_an_appointment_dates_the_visit_that_names_it_unless_it_was_not_kept() -> None:
    def booked(status: str) -> tuple[Any, ...]:
        return (fact("Appointment", "a", status=status, start="2026-11-19T10:00:00-05:00"),)

    kept = times(appointments=booked("fulfilled"))
    assert kept is not None
    assert kept.start == local("2026-11-19 10:00")
    for status in ("cancelled", "noshow", "canceled", "No Show"):
        assert times(appointments=booked(status)) is None
    assert times(meets=False, appointments=booked("fulfilled")) is None


def test_a_note_dates_every_visit_that_it_names_and_no_other() -> None:
    def noted(*encounters: str) -> tuple[Any, ...]:
        named = {"encounter": [{"reference": one} for one in encounters]}
        return (fact("DocumentReference", "n", status="current", date="2026-11-19T11:00:00-05:00", context=named),)

    both = times(documents=noted("Encounter/u", "Encounter/v"))
    assert both is not None
    assert both.start == local("2026-11-19 11:00")
    assert times(documents=noted("Encounter/u")) is times(documents=noted()) is None


def test_a_note_without_a_date_dates_nothing() -> None:
    note = fact("DocumentReference", "n", status="current", context={"encounter": [VISIT]})
    assert times(documents=(note,)) is None
