"""Whom a rung tells, and when the next one is due."""

from __future__ import annotations

from datetime import date

import pytest

from loopclose.domain.escalation import (
    DEFAULT_LADDER,
    Rung,
    coordinators,
    due_rung,
    next_alert_after,
    rung_moments,
    told,
)
from tests.spec.cast import CALENDAR, local

BY_ROLE = {"coordinator": ["cora@p.example", "carl@p.example"], "lead": ["leo@p.example"]}
BOTH = Rung(2, 0, ("author", "coordinator"))


@pytest.mark.parametrize(
    ("rung", "author", "whom"),
    [
        (BOTH, "heart@p.example", ["heart@p.example", "carl@p.example", "cora@p.example"]),
        (BOTH, None, ["carl@p.example", "cora@p.example"]),
        (BOTH, "cora@p.example", ["cora@p.example", "carl@p.example"]),
        (Rung(1, -1, ("author",)), "heart@p.example", ["heart@p.example"]),
        (Rung(3, 2, ("lead",)), "heart@p.example", ["leo@p.example"]),
        (Rung(4, 5, ("lead", "manager")), None, ["leo@p.example", "nobody:manager"]),
    ],
)
def test_whom_a_rung_tells(rung: Rung, author: str | None, whom: list[str]) -> None:
    assert told(rung, author, BY_ROLE) == whom


def test_an_author_without_an_account_where_nobody_coordinates_is_told_of_by_name() -> None:
    assert told(BOTH, None, {}) == ["nobody:coordinator"]


def test_what_is_the_coordinators_keeps_its_moments_and_names_no_author() -> None:
    ladder = coordinators(DEFAULT_LADDER)
    assert [(rung.no, rung.offset_days) for rung in ladder] == [(r.no, r.offset_days) for r in DEFAULT_LADDER]
    assert [rung.roles for rung in ladder] == [("coordinator",), ("coordinator",), ("lead",), ("manager",)]


def test_each_rung_fires_at_the_same_hour_so_many_business_days_away() -> None:
    due = local("2026-11-20 17:00")  # a Friday, before the week of Thanksgiving
    wanted = ["2026-11-19 17:00", "2026-11-20 17:00", "2026-11-24 17:00", "2026-11-30 17:00"]
    assert rung_moments(due, DEFAULT_LADDER, CALENDAR) == [(no, local(at)) for no, at in enumerate(wanted, start=1)]
    after = [next_alert_after(due, fired, DEFAULT_LADDER, CALENDAR) for fired in range(5)]
    assert after == [*(local(at) for at in wanted), None]


def test_one_rung_a_date_fires_once_its_moment_has_come() -> None:
    due, night = local("2026-11-20 17:00"), date(2026, 11, 20)

    def fires(fired: int, fired_on: date | None, until: str) -> int | None:
        rung = due_rung(due, fired, fired_on, local(until), night, DEFAULT_LADDER, CALENDAR)
        return rung.no if rung else None

    assert fires(0, None, "2026-11-19 16:59") is None
    assert fires(0, None, "2026-11-19 17:00") == 1
    assert fires(1, date(2026, 11, 19), "2026-11-20 17:00") == 2
    assert fires(1, night, "2026-11-20 17:00") is None
    assert fires(1, date(2026, 11, 21), "2026-11-20 17:00") is None
    assert fires(4, date(2026, 11, 19), "2026-12-20 17:00") is None
