"""The ladder never ends before the report does: told weekly, anew when it waits again, and always to somebody there."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import pytest

from loopclose.store.absences import end_absences
from loopclose.store.engine import Database
from tests.store.ladders import DUE, MAIN, House, house
from tests.store.line import PEOPLE

HEART, CORA, LEO, MONA = (email for email, _, _ in PEOPLE)
NEW = "nora@demo.example"
FIRST = date(2026, 11, 20)
"""The night before the deadline, on which rung 1 is due."""


@pytest.fixture
def practice(db: Database) -> House:
    found = house(db)
    found.report()
    return found


def days(practice: House, first: date, count: int) -> dict[date, list[str]]:
    """Whom each night told, those that told nobody left out."""
    nights = [first + timedelta(days=n) for n in range(count)]
    return {night: told for night in nights if (told := practice.night(night))}


def test_after_the_fourth_rung_manager_and_coordinator_are_told_every_week_until_it_is_closed(practice: House) -> None:
    told = days(practice, FIRST, 46)
    fourth = date(2026, 12, 1)
    weekly = [fourth + timedelta(days=7 * n) for n in range(1, 5)]
    assert {night: told[night] for night in weekly} == {night: [CORA, MONA] for night in weekly}
    assert [night for night in told if night > fourth] == weekly
    practice.state("sent", weekly[-1])
    assert days(practice, weekly[-1], 30) == {}


def test_a_report_that_waits_again_begins_a_new_ladder(practice: House) -> None:
    days(practice, FIRST, 20)
    practice.state("sent", date(2026, 12, 10))
    assert days(practice, date(2026, 12, 11), 30) == {}
    practice.state("owed", date(2027, 1, 11))
    told = days(practice, date(2027, 1, 11), 12)
    assert list(told.values()) == [[HEART], [CORA, HEART], [LEO], [MONA], [CORA, MONA]]
    assert list(told)[-1] - list(told)[-2] == timedelta(days=7)
    assert [(ladder, rung) for ladder, rung, who, _ in practice.alerts() if who == MONA] == [
        (1, 4),
        (1, 5),
        (2, 4),
        (2, 5),
    ]


@pytest.mark.parametrize("since", [FIRST, date(2026, 11, 1)])
def test_what_is_the_move_of_somebody_disabled_later_is_told_the_coordinator(db: Database, since: date) -> None:
    practice = house(db)
    practice.report(assigned_to=NEW)
    practice.user(NEW, "clinician", disabled=True)
    assert practice.night(FIRST) == [CORA]
    practice.away(NEW, since, None, LEO)
    assert practice.night(FIRST + timedelta(days=1)) == [CORA, LEO]


def test_the_deputy_is_told_for_whoever_is_away_until_they_are_back(practice: House) -> None:
    practice.user(NEW, "clinician")
    practice.away(HEART, FIRST, FIRST, NEW)
    practice.away(CORA, FIRST, None, LEO)
    assert practice.night(FIRST) == [NEW]
    assert practice.night(FIRST + timedelta(days=1)) == [HEART, LEO]
    with practice.db.write() as session:
        assert end_absences(session, MAIN, CORA, date(2026, 11, 25)) == 1
    told = days(practice, date(2026, 11, 25), 14)
    assert list(told.values()) == [[LEO], [MONA], [CORA, MONA]]


def test_a_disabled_author_is_told_through_the_coordinator_or_whoever_took_over(practice: House) -> None:
    practice.user(HEART, disabled=True)
    assert practice.night(FIRST) == [CORA]
    practice.away(HEART, FIRST, None, NEW)
    practice.user(NEW, "clinician")
    assert practice.night(FIRST + timedelta(days=1)) == [CORA, NEW]


def test_where_a_role_has_nobody_the_next_rung_fires_at_once_and_whoever_has_it_later_is_told(practice: House) -> None:
    practice.user(LEO, disabled=True)
    days(practice, FIRST, 2)
    third = date(2026, 11, 25)
    told, result = practice.run(third)
    assert told == [MONA] and result.failed == 1
    assert practice.one().fired_rung == 4
    practice.user(NEW, "lead")
    assert days(practice, date(2026, 11, 26), 7) == {date(2026, 12, 2): [CORA, MONA, NEW]}
    assert days(practice, date(2026, 12, 3), 7) == {date(2026, 12, 9): [CORA, MONA]}
    assert (1, 3, "nobody:lead", date(2026, 12, 2)) in practice.alerts()


def test_what_nobody_at_all_can_be_told_is_tried_again_until_there_is_somebody(practice: House) -> None:
    for email in (HEART, CORA, LEO, MONA):
        practice.user(email, disabled=True)
    for n in range(3):
        told, result = practice.run(FIRST + timedelta(days=n))
        assert told == [] and result.failed > 0
    assert practice.one().fired_rung == 0
    practice.user(NEW, "lead")
    assert practice.night(FIRST + timedelta(days=2)) == [NEW]


def test_what_was_silent_above_its_ladder_when_this_version_came_is_told_again(db: Database) -> None:
    practice = house(db)
    practice.report(fired_rung=4, fired_on=date(2026, 6, 1), due_at=DUE - timedelta(days=200))
    assert practice.night(FIRST) == [CORA, MONA]
    assert practice.one().alert_after == datetime(2026, 11, 27, 5, 0, tzinfo=UTC)
