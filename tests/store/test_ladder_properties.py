"""Whatever happens to a late report and to the people of a practice: somebody who is there is told within a week."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, timedelta

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import delete

from loopclose.domain.codes import NOT_YET_SENT
from loopclose.domain.deputies import Absence, stands_in
from loopclose.domain.escalation import DEFAULT_LADDER, WEEK, Rung
from loopclose.store.absences import AbsenceRow, absences
from loopclose.store.base import table_of
from loopclose.store.engine import Database
from loopclose.store.obligations import Obligation
from loopclose.store.outbox import Alert, Attempt, Message, NightRun
from loopclose.store.people import User
from loopclose.store.upgrade import open_database
from tests.store.ladders import DUE, MAIN, ROLE, House, house

FIRST = date(2026, 11, 18)
"""Two days before the deadline, in the week before Thanksgiving; the longest run goes on past New Year."""
PEOPLE = (*ROLE, "nora@demo.example", "beat@demo.example")
ROLES = ("clinician", "coordinator", "lead", "manager")
who = st.sampled_from(PEOPLE)
ahead = st.integers(0, 9)
EVENT = st.one_of(
    st.tuples(st.just("night")),
    st.tuples(st.just("night")),
    st.tuples(st.just("night")),
    st.tuples(st.just("state"), st.sampled_from(["owed", "drafted", "signed", "sent", "waived"])),
    st.tuples(st.just("role"), who, st.sampled_from(ROLES), st.booleans()),
    st.tuples(st.just("away"), who, ahead, st.none() | ahead, st.none() | who),
    st.tuples(st.just("assign"), st.none() | who),
    st.tuples(st.just("skip"), st.integers(1, 12)),
)
LADDERS = st.sampled_from(
    [
        DEFAULT_LADDER,
        (Rung(1, 5, ("manager",)),),
        (Rung(1, -2, ("author",)), Rung(2, 30, ("lead", "manager"))),
    ]
)


@pytest.fixture(scope="module")
def db() -> Iterator[Database]:
    found = open_database("sqlite://")
    yield found
    found.close()


def fresh(db: Database, ladder: tuple[Rung, ...]) -> House:
    with db.write() as session:
        for model in (Alert, Attempt, Message, NightRun, Obligation, User, AbsenceRow):
            session.execute(delete(table_of(model)))
    found = house(db)
    found.ladder = ladder
    found.report()
    return found


class Watch:
    """What happened, and whether it was right."""

    def __init__(self, practice: House) -> None:
        self.practice, self.today = practice, FIRST
        self.silent_since = max(FIRST, DUE.date())
        """The day from which a week of silence counts: the deadline, the last telling, the last day nobody could be
        told, or that on which the report came back."""

    def enabled(self) -> set[str]:
        with self.practice.db.read() as session:
            return {user.email for user in session.query(User) if not user.disabled}

    def away(self) -> list[Absence]:
        with self.practice.db.read() as session:
            return [one.as_absence() for one in absences(session, MAIN, self.today)]

    def night(self) -> None:
        told = self.practice.night(self.today)
        enabled, away = self.enabled(), self.away()
        assert set(told) <= enabled, "somebody disabled was told"
        replaced = [one for one in told if stands_in(one, self.today, away, enabled) not in (None, one)]
        assert not replaced, "somebody was told for whom another stands in"
        present = [one for one in enabled if stands_in(one, self.today, away, enabled) == one]
        assert not (present and told) or set(told) & set(present), "only the absent were told"
        waits = self.practice.one().state in NOT_YET_SENT
        assert waits or not told, "what is closed was told"
        if told or not waits or not enabled:
            self.silent_since = self.today
        assert max(self.silent_since, DUE.date()) + WEEK > self.today, "a late report was silent for a week"
        self.today += timedelta(days=1)

    def each_rung_once(self) -> None:
        nights: dict[tuple[int, int], set[date | None]] = {}
        for ladder, rung, recipient, night in self.practice.alerts():
            if not recipient.startswith("nobody:"):
                nights.setdefault((ladder, rung), set()).add(night)
        assert all(len(found) == 1 for found in nights.values()), nights
        for ladder in {ladder for ladder, _ in nights}:
            rising = sorted((min(filter(None, found)), rung) for (of, rung), found in nights.items() if of == ladder)
            assert [rung for _, rung in rising] == sorted(rung for _, rung in rising)
            assert len({night for night, _ in rising}) == len(rising), "two rungs on one date"


def happen(watch: Watch, event: tuple[object, ...]) -> None:
    practice, (what, *more) = watch.practice, event
    if what == "night":
        watch.night()
    elif what == "state" and more[0] != practice.one().state:
        practice.state(str(more[0]), watch.today)
        watch.silent_since = watch.today if practice.one().state not in NOT_YET_SENT else watch.silent_since
    elif what == "role":
        practice.user(str(more[0]), str(more[1]), disabled=bool(more[2]))
    elif what == "away":
        first, last = more[1], more[2]
        assert isinstance(first, int) and (last is None or isinstance(last, int))
        begins = watch.today + timedelta(days=first)
        practice.away(
            str(more[0]), begins, None if last is None else begins + timedelta(days=last), more[3] and str(more[3])
        )
    elif what == "assign":
        with practice.db.write() as session:
            session.get_one(Obligation, ("main", "o1")).assigned_to = more[0]  # type: ignore[assignment]
    elif what == "skip":  # the machine sleeps, and runs one night on waking
        assert isinstance(more[0], int)
        watch.today += timedelta(days=more[0])
        watch.silent_since = watch.today if watch.today > watch.silent_since else watch.silent_since
        told = practice.night(watch.today)
        watch.today += timedelta(days=1)
        assert not told or practice.one().state in NOT_YET_SENT


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(ladder=LADDERS, events=st.lists(EVENT, min_size=5, max_size=40))
def test_a_late_report_is_told_to_somebody_who_is_there_within_a_week(
    db: Database, ladder: tuple[Rung, ...], events: list[tuple[object, ...]]
) -> None:
    watch = Watch(fresh(db, ladder))
    for event in events:
        happen(watch, event)
    for _ in range(9):
        watch.night()
    watch.each_rung_once()


def test_the_longest_silence_is_a_week(db: Database) -> None:
    """Over the holidays, with nights alone, for every ladder that the property is tried on."""
    for ladder in (DEFAULT_LADDER, (Rung(1, 5, ("manager",)),), (Rung(1, -2, ("author",)), Rung(2, 30, ("lead",)))):
        watch = Watch(fresh(db, ladder))
        for _ in range(60):
            watch.night()
        assert watch.silent_since > date(2027, 1, 8)
        watch.each_rung_once()
