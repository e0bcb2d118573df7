"""Judging beside the reading, and between other people's decisions: the same comes out as by judging alone."""

from __future__ import annotations

import multiprocessing
from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import select

from fhir_adapters.errors import FinalError
from loopclose.clock import fixed
from loopclose.domain import owing
from loopclose.flows import decide
from loopclose.flows.judge_again import judge_person
from loopclose.flows.site import Site, client_of
from loopclose.flows.sync import judging
from loopclose.flows.sync.crew import Crew
from loopclose.flows.sync.run import sync
from loopclose.sandbox.faults import Fault
from loopclose.sandbox.server import serve
from loopclose.store.base import Scope
from loopclose.store.engine import Database
from loopclose.store.loop import LinkDecisionRow, LinkRow
from loopclose.store.obligations import Obligation
from loopclose.store.persons import touched_persons
from loopclose.store.upgrade import open_database
from tests.store.line import NOW, add_people, lines, read, sandbox, site

MAIN = Scope("main")


@pytest.mark.parametrize("killed", [False, True], ids=["whole", "its process killed"])
def test_a_crew_comes_to_the_same_as_judging_alone(db: Database, tmp_path: Path, killed: bool) -> None:
    box = sandbox("messy", 120)
    alone = open_database(f"sqlite:///{tmp_path / 'alone.db'}")
    with serve(box) as server:
        where = site(box, server)
        read(alone, where)
        with client_of(where) as client, Crew(db, where, hands=1, worth_it=0) as crew:
            crew.start()
            (process,) = multiprocessing.active_children()
            if killed:
                process.kill()
                process.join()
            result = sync(db, fixed(NOW), where, client, crew=crew)
    assert result.complete and lines(db, where) == lines(alone, where)
    with db.read() as session:
        assert not touched_persons(session, MAIN, where.ehr)
    alone.close()


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
