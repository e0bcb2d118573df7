"""Whoever was not judged is judged later: the same comes out as without the failure."""

from __future__ import annotations

from sqlalchemy import select

from fhir_adapters.errors import FinalError
from loopclose.clock import fixed
from loopclose.flows.reading.sync import sync
from loopclose.flows.site import client_of
from loopclose.sandbox.faults import Fault
from loopclose.sandbox.server import serve
from loopclose.store.engine import Database
from loopclose.store.obligations import Obligation
from tests.store.line import NOW, read, sandbox, site


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
