"""Several processes at one sync, and decisions of people in between: the same comes out as by working alone."""

from __future__ import annotations

import multiprocessing
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import datetime
from multiprocessing.process import BaseProcess
from pathlib import Path

import pytest
from sqlalchemy import select

from fhir_adapters.errors import FinalError
from loopclose.clock import fixed
from loopclose.domain import owing
from loopclose.flows import decide
from loopclose.flows.judge_again import judge_person
from loopclose.flows.site import Site, client_of
from loopclose.flows.sync import judging, stages, worklist
from loopclose.flows.sync.crew import Crew
from loopclose.flows.sync.run import sync
from loopclose.sandbox.faults import Fault
from loopclose.sandbox.server import serve
from loopclose.store.base import Scope, table_of
from loopclose.store.engine import Database
from loopclose.store.loop import LinkDecisionRow, LinkRow
from loopclose.store.obligations import Obligation
from loopclose.store.people import PatientRow
from loopclose.store.persons import judge_again, touched_persons
from loopclose.store.resources import Watermark
from loopclose.store.upgrade import open_database
from tests.store.line import NOW, add_people, lines, read, sandbox, site

MAIN = Scope("main")


@pytest.mark.parametrize("killed_at", [None, 0, 30, 400], ids=["whole", "killed at once", "early", "late"])
def test_a_crew_comes_to_the_same_as_working_alone(
    db: Database, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, killed_at: int | None
) -> None:
    monkeypatch.setattr(worklist, "AT_ONCE", 20)  # so that pages are offered to the process, too
    monkeypatch.setattr(stages, "READ_AT_MOST", 80)  # and there is a task for everybody at every stage
    monkeypatch.setattr(stages, "JUDGED_AT_MOST", 80)
    box = sandbox("messy", 120)
    alone = open_database(f"sqlite:///{tmp_path / 'alone.db'}")
    with serve(box) as server:
        where = site(box, server)
        wanted = read(alone, where)
        before = len(server.requests)
        with client_of(where) as client, Crew(db, where, hands=1, worth_it=0) as crew:
            crew.start()
            (process,) = multiprocessing.active_children()
            if killed_at is not None:
                _kill(process, lambda: len(server.requests) - before >= killed_at)
            result = sync(db, fixed(NOW), where, client, crew=crew)
            assert crew.at_work == (killed_at is None)
    assert result.complete and lines(db, where) == lines(alone, where)
    assert result.counts == wanted.counts and _marks(db) == _marks(alone)
    with db.read() as session:
        assert not touched_persons(session, MAIN, where.ehr)
    alone.close()


def _marks(db: Database) -> set[tuple[str, str, datetime]]:
    with db.read() as session:
        return {(mark.type, mark.scope, mark.value) for mark in session.scalars(select(Watermark))}


def _kill(process: BaseProcess, ready: Callable[[], bool]) -> None:
    """Kill -9 at a moment of the run."""

    def watch() -> None:
        while not ready() and process.is_alive():
            time.sleep(0.001)
        process.kill()

    threading.Thread(target=watch, daemon=True).start()
    if ready():
        process.join()


@pytest.mark.parametrize(("parallel", "hands", "each"), [(1, 0, 1), (2, 1, 1), (4, 1, 2), (4, 3, 1), (8, 3, 2)])
def test_all_processes_together_ask_no_more_at_once_than_the_site_allows(
    tmp_path: Path, parallel: int, hands: int, each: int
) -> None:
    box = sandbox("tidy", 5)
    opened = open_database(f"sqlite:///{tmp_path / 'x.db'}")
    with serve(box) as server:
        found = site(box, server)
        where = replace(found, settings=found.settings.model_copy(update={"parallel": parallel}))
        with Crew(opened, where, hands=min(3, hands + (parallel == 1))) as crew:
            crew.start()
            assert (crew.at_work, crew.parallel) == (hands > 0, each)
    opened.close()


def test_whoever_was_not_judged_is_judged_by_the_next_sync(db: Database) -> None:
    box = sandbox("messy", 60)
    with serve(box) as server:
        where = site(box, server)
        server.faults.faults.append(Fault("status", "DocumentReference", after=20, code=403))
        with client_of(where) as client:
            first = sync(db, fixed(NOW), where, client)
        assert isinstance(first.error, FinalError)
        server.faults.faults.clear()
        read(db, where)
    with db.read() as session:
        owed = session.scalars(select(Obligation).where(Obligation.kind == "report")).all()
    truth = {(row["visit"], row["referral"]) for row in box.truth if row["kind"] == "report"}
    assert {(one.visit, one.referral) for one in owed} == truth


@pytest.fixture
def where(db: Database) -> Iterator[Site]:
    """A site that was read, and whose EHR still answers."""
    box = sandbox("messy")
    add_people(db)
    with serve(box) as server:
        found = site(box, server)
        read(db, found)
        yield found


def test_a_decision_made_while_its_person_is_judged_is_kept(
    db: Database, where: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    with db.read() as session:
        owed = session.scalars(select(Obligation).where(Obligation.kind == "resolve")).all()
        link = next(
            found
            for one in owed
            if (found := session.scalars(select(LinkRow).where(LinkRow.visit == one.visit)).first())
            and found.candidates
        )
        person = next(one.person for one in owed if one.visit == link.visit)
    picked = link.candidates[0]["referral"]
    asked = []

    def judge_slowly(*case: object) -> owing.Judgement:
        asked.append(case)
        if len(asked) == 1:  # somebody decides between the reading of the chart and the writing of what follows
            decide.link_visit(
                db, fixed(NOW), lambda *_: None, MAIN, where.ehr, link.visit, [picked], "cora@demo.example"
            )
        return owing.judge(*case)  # type: ignore[arg-type]

    monkeypatch.setattr(judging, "judge", judge_slowly)
    judge_person(db, fixed(NOW), where, person)
    assert len(asked) == 2
    with db.read() as session:
        assert session.scalars(select(LinkDecisionRow)).one().referrals == [picked]
        now = session.scalars(select(LinkRow).where(LinkRow.visit == link.visit, LinkRow.current)).one()
        assert (now.band, now.referrals) == ("decided", [picked])
        assert not touched_persons(session, MAIN, where.ehr)


def test_who_is_touched_while_judged_for_the_first_time_is_judged_again(
    db: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    box = sandbox("messy", 20)
    judged: list[object] = []

    def judge_slowly(*case: object) -> owing.Judgement:
        if not judged:  # another process reads something of the first one, between the chart and the writing
            with db.read() as session:
                first = touched_persons(session, MAIN, where.ehr, 1)
            with db.write() as session:
                judge_again(session, MAIN, where.ehr, first)
        judged.append(case[0])
        return owing.judge(*case)  # type: ignore[arg-type]

    monkeypatch.setattr(judging, "judge", judge_slowly)
    with serve(box) as server:
        where = site(box, server)
        read(db, where)
    with db.read() as session:
        persons = session.query(table_of(PatientRow).c.person).distinct().count()
        assert not touched_persons(session, MAIN, where.ehr)
    # the lot was judged, then those who stood still, then the one who was touched
    assert len(judged) == 2 * persons


def test_a_decision_whose_judging_failed_is_followed_by_the_next_sync(db: Database, where: Site) -> None:
    with db.read() as session:
        one = session.scalars(select(Obligation).where(Obligation.kind == "resolve")).first()
    assert one is not None and one.visit is not None
    decide.link_visit(db, fixed(NOW), lambda *_: None, MAIN, where.ehr, one.visit, [], "cora@demo.example")
    read(db, where)
    with db.read() as session:
        now = session.scalars(select(LinkRow).where(LinkRow.visit == one.visit, LinkRow.current)).one()
        again = session.get_one(Obligation, ("main", one.id))
    assert now.band == "decided" and again.state == "confirmed"
