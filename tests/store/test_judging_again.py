"""Whoever was not judged is judged later: the same comes out as without the failure."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from typing import Any

from sqlalchemy import event, select

from fhir_adapters.errors import FinalError
from loopclose.clock import fixed
from loopclose.flows.judging.persons import judge_again
from loopclose.flows.reading.sync import sync
from loopclose.flows.site import client_of
from loopclose.sandbox.faults import Fault
from loopclose.sandbox.model import Sandbox
from loopclose.sandbox.server import serve
from loopclose.store.engine import Database
from loopclose.store.obligations import Obligation
from tests.store.line import NOW, read, sandbox, site
from tests.store.one_patient import Changed


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


def test_judging_again_what_has_not_changed_writes_nothing(db: Database, box: Sandbox) -> None:
    with serve(box) as server:
        where = site(box, server)
        read(db, where)
    written: list[str] = []
    event.listen(db.engine, "before_cursor_execute", lambda *of: written.append(of[2]) if "INSERT" in of[2] else None)
    with db.read() as session:
        persons = sorted(set(session.scalars(select(Obligation.person))))
    judge_again(db, fixed(NOW), where, persons)
    assert len(persons) > 5 and written == []


def test_what_is_owed_no_more_is_written_beside_what_is_owed_still(db: Database, box: Sandbox) -> None:
    with serve(box) as server:
        where = site(box, server)
        read(db, where)
        with db.read() as session:
            every = session.scalars(select(Obligation).order_by(Obligation.person)).all()
        much = Counter(row.person for row in every)
        gone = next(row for row in every if much[row.person] == 1 and (row.kind, row.state) == ("report", "owed"))
        server.store = Changed(box.resources, without(gone.patient))
        read(db, where)
    with db.read() as session:
        after = {row.id: row.state for row in session.scalars(select(Obligation))}
    assert {key for key, state in after.items() if state == "waived"} == {gone.id} and len(after) > 5


def without(patient: str) -> Callable[[dict[str, Any]], Any]:
    """The chart with that patient's visits and requests entered in error."""

    def change(one: dict[str, Any]) -> Any:
        is_theirs = (one.get("subject") or {}).get("reference") == patient
        kinds = ("Encounter", "ServiceRequest")
        return {**one, "status": "entered-in-error"} if is_theirs and one["resourceType"] in kinds else one

    return change
