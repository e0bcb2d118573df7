"""One patient's trouble is that patient's trouble: everybody else is read and judged as without it."""

from __future__ import annotations

import json
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import select

from fhir_adapters.errors import Refused, TemporaryError
from loopclose.clock import fixed
from loopclose.flows.reading.sync import sync
from loopclose.flows.site import client_of
from loopclose.sandbox.faults import Fault
from loopclose.sandbox.model import Sandbox
from loopclose.sandbox.search import Store
from loopclose.sandbox.server import serve
from loopclose.store.engine import Database
from loopclose.store.obligations import Obligation
from loopclose.store.resources import Watermark
from loopclose.store.unread import unread
from loopclose.store.worklist import worklist
from tests.store.line import NOW, lines, read, sandbox, site
from tests.store.one_patient import ONE, OUTCOME, owed

ISSUE = {"severity": "warning", "code": "suppressed", "diagnostics": "A sub-resource is not authorized."}
SUPPRESSED = json.dumps({"resourceType": "OperationOutcome", "issue": [ISSUE]}).encode()


@pytest.mark.parametrize(
    "fault",
    [
        Fault("status", f"patient={ONE}&", code=403, body=OUTCOME),
        Fault("status", f"DocumentReference?patient={ONE}&", code=403, body=OUTCOME),
        Fault("status", f"Task?patient={ONE}&", code=500),
        Fault("status", f"Appointment?patient={ONE}&", code=200, body=OUTCOME),
        Fault("truncated", f"Procedure?patient={ONE}&"),
        Fault("huge", f"Communication?patient={ONE}&"),
        Fault("partial", f"DiagnosticReport?patient={ONE}&"),
    ],
    ids=lambda fault: f"{fault.kind} {fault.code} {fault.where[:12]}",
)
def test_a_refused_patient_is_named_and_everybody_else_is_judged(db: Database, box: Sandbox, fault: Fault) -> None:
    with serve(box) as server:
        where = site(box, server)
        assert read(db, where).complete
        before = owed(db, but=ONE), owed(db, of=ONE)
        server.faults.faults[:] = [fault]
        with client_of(where, parallel=1) as client:
            client._wire.pause, client._wire.max_bytes = (lambda _: None), 2**20
            found = sync(db, fixed(NOW + timedelta(minutes=15)), where, client)
        assert found.complete and found.error is None and list(found.unread) == [ONE]
        with db.read() as session:
            (one,) = unread(session, where.scope)
            assert session.scalars(select(Watermark)).all()
        assert "glass" not in one.reason, "the EHR's own words may name the patient"
        assert one.patient == ONE and one.reason.startswith("The EHR") and one.since == NOW + timedelta(minutes=15)
        assert owed(db, but=ONE) == before[0]
        after = owed(db, of=ONE)
        assert {*before[1]} <= {*after}, "what stood of the patient stays"
        (asked,) = {*after} - {*before[1]}
        with db.read() as session:
            items = worklist(session, where.scope, NOW, kind="resolve")
            steps = {item.obligation.referral: item.next_step for item in items}
        assert "not everything could be read" in (steps[asked[2]] or "")
        assert asked[0] == "resolve" and asked[2].startswith("ServiceRequest/") and asked[5] == "coordinator"
        server.faults.faults.clear()
        healed = read(db, where, fixed(NOW + timedelta(minutes=30)))
    assert healed.complete and not healed.unread and (owed(db, but=ONE), owed(db, of=ONE)) == before


def test_a_patient_refused_from_the_first_leaves_everybody_else_as_without(db: Database, box: Sandbox) -> None:
    with serve(box) as server:
        where = site(box, server)
        server.faults.faults[:] = [Fault("status", ONE, code=403, body=OUTCOME)]
        found = read(db, where)
        assert found.complete and list(found.unread) == [ONE]
        with db.read() as session:
            assert {row.type for row in session.scalars(select(Watermark))} == {"ServiceRequest", "Encounter"}
        others = owed(db, but=ONE)
        assert any(one[0] == "resolve" for one in owed(db, of=ONE))
        again = lines(db, where)
        assert read(db, where).complete and lines(db, where) == again, "the second time changes nothing"
        server.faults.faults.clear()
        read(db, where)
    assert owed(db, but=ONE) == others


def test_a_server_that_fails_for_one_after_another_is_not_asked_for_hours(db: Database, box: Sandbox) -> None:
    with serve(box) as server:
        where = site(box, server)
        server.faults.faults[:] = [Fault("status", "DocumentReference?patient", code=500)]
        found = read(db, where)
        assert not found.complete and isinstance(found.error, TemporaryError)
        assert sum("DocumentReference?patient" in path for _, path in server.requests) <= 4 * 12
        with db.read() as session:
            assert session.scalars(select(Watermark)).all() == []


def test_a_type_refused_for_everybody_is_refused_to_us_and_nobody_is_called_unread(db: Database, box: Sandbox) -> None:
    with serve(box) as server:
        where = site(box, server)
        read(db, where)
        before = owed(db)
        server.faults.faults[:] = [Fault("status", "DocumentReference?patient", code=403, body=OUTCOME)]
        found = read(db, where)
    assert not found.complete and isinstance(found.error, Refused) and not found.unread
    assert owed(db) == before, "everybody is judged, and nothing is withdrawn"


class Keeping(Store):
    """Says that it keeps some tasks from us: of everybody, or of those whom it names."""

    def __init__(self, resources: list[dict[str, Any]], whose: str) -> None:
        super().__init__(resources)
        self.whose = whose

    def search(self, kind: str, params: list[tuple[str, str]]) -> list[bytes]:
        found = super().search(kind, params)
        kept = kind == "Task" and self.whose in dict(params).get("patient", "")
        return [*found, SUPPRESSED] if kept else found


def test_what_is_kept_from_us_is_one_patients_trouble_and_of_all_what_our_access_allows(
    db: Database, box: Sandbox
) -> None:
    with serve(box) as server:
        where = site(box, server)
        server.store = Keeping(box.resources, ONE)
        one = read(db, where)
        server.store = Keeping(box.resources, "Patient/")
        everybody = read(db, where)
    assert one.complete and list(one.unread) == [ONE] and not one.counts["warnings"]
    assert everybody.complete and not everybody.unread
    assert any("some Task is kept from us" in words for words in everybody.counts["warnings"])


def test_what_is_not_found_any_more_stands_and_what_was_deleted_does_not(db: Database) -> None:
    box = sandbox("tidy", 30)
    with serve(box) as server:
        where = site(box, server)
        read(db, where)
        with db.read() as session:
            signed = session.scalars(select(Obligation).where(Obligation.state == "signed")).first()
        assert signed is not None and signed.visit is not None
        note = signed.visit.replace("Encounter/enc", "note")
        kept = server.store.get("DocumentReference", note)
        assert kept is not None
        server.store.delete("DocumentReference", note)
        server.store._gone.clear()  # from now on 404, as if it were hidden
        hidden = read(db, where)
        assert list(hidden.unread) == [signed.patient]
        with db.read() as session:
            (why,) = unread(session, where.scope)
            assert f"DocumentReference/{note}" in why.reason and "404" in why.reason
            assert session.get_one(Obligation, ("main", signed.id)).state == "signed"
        assert any(one[0] == "resolve" for one in owed(db, of=signed.patient))
        since = why.since
        read(db, where, fixed(NOW + timedelta(days=2)))
        with db.read() as session:
            assert [one.since for one in unread(session, where.scope)] == [since], "since when stays as it was"
        server.store._gone.add(("DocumentReference", note))
        gone = read(db, where)
    assert not gone.unread
    with db.read() as session:
        assert session.get_one(Obligation, ("main", signed.id)).state == "owed"
