"""Several processes at one sync, and decisions of people in between: the same comes out as by working alone."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from sqlalchemy import select

from fhir_adapters.errors import FinalError
from loopclose.clock import fixed
from loopclose.flows.decisions import moves as decide
from loopclose.flows.reading.sync import sync
from loopclose.flows.site import Site, client_of
from loopclose.sandbox.faults import Fault
from loopclose.sandbox.server import serve
from loopclose.store.base import Scope
from loopclose.store.engine import Database
from loopclose.store.loop import LinkRow
from loopclose.store.obligations import Obligation
from tests.store.line import NOW, add_people, read, sandbox, site

MAIN = Scope("main")


def test_whoever_was_not_judged_is_judged_by_the_next_sync(db: Database) -> None:
    box = sandbox("messy", 60)
    with serve(box) as server:
        where = site(box, server)
        server.faults.faults.append(Fault("html", "DocumentReference", after=20))
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
