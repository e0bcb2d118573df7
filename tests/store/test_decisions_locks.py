"""A decision takes its locks in the order of judging, so that neither waits for the other in a circle."""

from __future__ import annotations

import threading
from datetime import date
from pathlib import Path

import pytest
from sqlalchemy import text

from loopclose.domain import commands as c
from loopclose.flows.decisions.desk import MoveRefused
from loopclose.store.decisions import DecisionRow, obligation_held
from loopclose.store.engine import Database
from loopclose.store.loop import LinkDecisionRow
from loopclose.store.persons import records_of
from loopclose.store.upgrade import open_database
from tests.store.conftest import database_url
from tests.store.desks import CORA, LEO, MAIN, practices
from tests.store.line import sandbox

WAITING = text("SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'")
FRESH = "Encounter/enc4"


def wait_for(db: Database, waiting: int) -> None:
    """Until that many transactions wait for a lock."""
    tick = threading.Event()
    for _ in range(2000):
        with db.read() as session:
            if session.execute(WAITING).scalar_one() >= waiting:
                return
        tick.wait(0.01)
    raise AssertionError("nobody waits")


def test_a_decision_waits_for_judging_and_judging_never_for_it(tmp_path: Path, request: pytest.FixtureRequest) -> None:
    db = open_database(database_url("postgres", tmp_path, request))
    with practices(db, sandbox("tidy", 12)) as both:
        owed = both.one(visit=FRESH)
        moves: list[c.Command] = [
            c.Assign(obligation=owed.id, to=LEO),
            c.Link(ehr="main", visit=FRESH, referrals=("ServiceRequest/sr4",)),
        ]
        for move in moves:
            decides = threading.Thread(target=both.desk().do, args=(move,))
            with db.write() as session:  # as judging does: the person's records first, then what is owed
                session.execute(text("SET LOCAL lock_timeout = '200ms'"))  # less than until a deadlock is looked for
                assert records_of(session, MAIN, "main", [owed.person])
                decides.start()
                wait_for(db, 1)
                assert obligation_held(session, MAIN, owed.id) is not None
            decides.join(60)
            assert not decides.is_alive()
        assert both.one(id=owed.id).owner == LEO
    db.close()


@pytest.mark.parametrize("what", ["owed", "visit", "answer"])
def test_of_two_who_decide_at_once_one_is_told_of_the_other(
    what: str, tmp_path: Path, request: pytest.FixtureRequest
) -> None:
    db = open_database(database_url("postgres", tmp_path, request))
    with practices(db, sandbox("tidy", 12)) as both:
        owed = both.one(visit=FRESH)
        problems: list[str] = []
        asked: dict[str, c.Command] = {
            "owed": c.ReturnsOn(obligation=owed.id, day=date(2026, 11, 28), seen="0.1.1.0"),
            "visit": c.Link(ehr="main", visit=FRESH, referrals=("ServiceRequest/sr4",), seen="0.1"),
            "answer": c.NameRequester(obligation=owed.id, name="Dr. Outside", seen="0.1.1.0"),
        }

        def decide(by: str) -> None:
            try:
                both.desk(by).do(asked[what])
            except MoveRefused as problem:
                problems.append(str(problem))

        threads = [threading.Thread(target=decide, args=(by,)) for by in (CORA, LEO)]
        with db.write() as session:  # both stand before the same door
            assert records_of(session, MAIN, "main", [owed.person])
            for thread in threads:
                thread.start()
            wait_for(db, 2)
        for thread in threads:
            thread.join(60)
        (kept,) = both.rows(LinkDecisionRow if what == "visit" else DecisionRow)
        (said,) = problems
        assert said.startswith(f"Meanwhile {kept.by.partition('@')[0]} ")  # her account is named so
    db.close()
