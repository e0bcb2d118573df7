"""When the next rung is due, what begins a new ladder, and who is told late because nobody had the role before."""

from __future__ import annotations

from datetime import date, timedelta

import pytest

from loopclose.domain.codes import NOT_YET_SENT, OPEN_STATES
from loopclose.domain.deputies import Colleague, Staff
from loopclose.domain.escalation import (
    DEFAULT_LADDER,
    Rung,
    coordinators,
    due_rung,
    ladders_begun,
    next_alert_after,
    roles_told,
    rung_told,
    told,
)
from loopclose.domain.states import Transition
from tests.spec.cast import CALENDAR, local

DUE = local("2026-11-20 17:00")  # a Friday, before the week of Thanksgiving
LEA, MONA = Colleague("lea@p.example", "lead"), Colleague("mona@p.example", "manager")


def test_what_is_the_coordinators_keeps_its_moments_and_names_no_author() -> None:
    ladder = coordinators(DEFAULT_LADDER)
    assert [(rung.no, rung.offset_days) for rung in ladder] == [(r.no, r.offset_days) for r in DEFAULT_LADDER]
    assert [rung.roles for rung in ladder] == [("coordinator",), ("coordinator",), ("lead",), ("manager",)]


def test_each_rung_fires_at_the_same_hour_so_many_business_days_away() -> None:
    wanted = ["2026-11-19 17:00", "2026-11-20 17:00", "2026-11-24 17:00", "2026-11-30 17:00"]
    on = date(2026, 11, 30)
    after = [next_alert_after(DUE, fired, on, DEFAULT_LADDER, CALENDAR) for fired in range(5)]
    assert after == [*(local(at) for at in wanted), local("2026-12-07 00:00")]


def test_a_week_of_silence_is_counted_from_the_deadline_and_from_what_was_told_after_it() -> None:
    before, after = date(2026, 11, 19), date(2026, 11, 23)
    late = [Rung(1, -1, ("author",)), Rung(2, 30, ("manager",))]
    assert next_alert_after(DUE, 1, before, late, CALENDAR) == local("2026-11-27 00:00")
    assert next_alert_after(DUE, 1, after, late, CALENDAR) == local("2026-11-30 00:00")
    assert next_alert_after(DUE, 0, None, [Rung(1, 40, ("manager",))], CALENDAR) == local("2026-11-27 00:00")


def test_one_rung_a_date_fires_once_its_moment_has_come() -> None:
    night = date(2026, 11, 20)

    def fires(fired: int, fired_on: date | None, until: str) -> int | None:
        rung = due_rung(DUE, fired, fired_on, local(until), night, DEFAULT_LADDER, CALENDAR)
        return rung.no if rung else None

    assert fires(0, None, "2026-11-19 16:59") is None
    assert fires(0, None, "2026-11-19 17:00") == 1
    assert fires(1, date(2026, 11, 19), "2026-11-20 17:00") == 2
    assert fires(1, night, "2026-11-20 17:00") is None
    assert fires(1, date(2026, 11, 21), "2026-11-20 17:00") is None
    assert fires(4, date(2026, 11, 19), "2026-12-20 17:00") is None


def test_a_reminder_says_how_long_it_is_open_and_looks_ahead_to_no_other_date() -> None:
    def fires(at: str, until: str) -> Rung | None:
        night = CALENDAR.day_of(local(at))
        return due_rung(DUE, 4, date(2026, 12, 1), local(until), night, DEFAULT_LADDER, CALENDAR)

    assert fires("2026-12-07 16:00", "2026-12-08 02:00") is None
    assert fires("2026-12-08 02:00", "2026-12-08 02:00") == Rung(5, 11, ("manager", "coordinator"))


def steps(*states: str) -> list[Transition]:
    before: list[str | None] = [None, *states]
    return [
        Transition(earlier, later, DUE + timedelta(hours=n), "ehr")
        for n, (earlier, later) in enumerate(zip(before, states, strict=False))
    ]


@pytest.mark.parametrize(
    ("states", "waiting", "ladders"),
    [
        (["owed"], NOT_YET_SENT, 1),
        (["owed", "drafted", "owed", "signed"], NOT_YET_SENT, 1),
        (["owed", "waived", "owed"], NOT_YET_SENT, 2),
        (["owed", "sent", "confirmed", "sent", "signed"], NOT_YET_SENT, 2),
        (["owed", "sent", "signed", "sent", "owed"], NOT_YET_SENT, 3),
        (["sent"], NOT_YET_SENT, 1),
        (["owed", "confirmed"], OPEN_STATES, 1),
        (["owed", "confirmed", "owed"], OPEN_STATES, 2),
    ],
)
def test_waiting_again_begins_a_ladder(states: list[str], waiting: frozenset[str], ladders: int) -> None:
    assert ladders_begun(steps(*states), waiting) == ladders


def test_whoever_has_a_role_by_now_is_told_with_the_next_rung() -> None:
    staff = Staff([LEA, MONA], [], date(2026, 11, 24))
    assert told(DEFAULT_LADDER[3], DEFAULT_LADDER, None, staff, ["lead", "coordinator"]).recipients == (
        "mona@p.example",
        "lea@p.example",
    )


def test_a_rung_without_roles_passes_to_the_next_that_has_somebody() -> None:
    ladder = [Rung(1, 0, ()), Rung(2, 2, ("lead",)), Rung(3, 5, ("manager",))]
    found = told(ladder[0], ladder, None, Staff([MONA], [], date(2026, 11, 24)))
    assert (found.rung, found.recipients, found.gaps) == (ladder[2], ("mona@p.example",), ((2, "lead"),))


def test_every_role_that_is_ever_told_is_known() -> None:
    assert roles_told(DEFAULT_LADDER) == ["coordinator", "lead", "manager"]
    assert roles_told([Rung(1, 0, ("author",))]) == ["coordinator", "manager"]


def test_a_rung_that_was_told_is_found_by_its_number_and_above_the_top_is_a_reminder() -> None:
    night = date(2026, 11, 24)  # two business days after

    def found(no: int) -> Rung:
        return rung_told(no, DUE, DEFAULT_LADDER, night, CALENDAR)

    assert [found(no) for no in (1, 3, 4)] == [DEFAULT_LADDER[0], DEFAULT_LADDER[2], DEFAULT_LADDER[3]]
    assert found(5) == Rung(5, 2, ("manager", "coordinator"))
    gone = rung_told(2, DUE, [DEFAULT_LADDER[0], DEFAULT_LADDER[2]], night, CALENDAR)
    assert gone == Rung(2, 0, ()), "it was taken out of the ladder since"
