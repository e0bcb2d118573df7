"""High-water marks: they never move back, the next read overlaps them, and a record that moved touches both."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta

import pytest
from sqlalchemy import select

from loopclose.flows.reading.sources import OVERLAP
from loopclose.flows.site import Site
from loopclose.sandbox.server import SandboxServer, serve
from loopclose.store import runs
from loopclose.store.engine import Database
from loopclose.store.obligations import Obligation
from loopclose.store.resources import Resource, Watermark
from tests.store.line import NOW, read, sandbox, site

MINUTE = timedelta(minutes=1)


@pytest.fixture
def ehr() -> Iterator[tuple[SandboxServer, Site]]:
    box = sandbox("tidy", 12)
    with serve(box) as server:
        yield server, site(box, server)


def marks(db: Database) -> dict[str, datetime]:
    with db.read() as session:
        return {row.type: row.value for row in session.scalars(select(Watermark))}


def test_a_mark_never_moves_back(db: Database, ehr: tuple[SandboxServer, Site]) -> None:
    _, where = ehr

    def moved(value: datetime) -> datetime | None:
        with db.write() as session:
            runs.move_watermark(session, where.scope, where.ehr, "Encounter", "encounters", value)
        return marks(db)["Encounter"]

    assert moved(NOW) == NOW
    assert moved(NOW - MINUTE) == NOW
    assert moved(NOW + MINUTE) == NOW + MINUTE


def test_what_is_deleted_does_not_take_the_mark_with_it(db: Database, ehr: tuple[SandboxServer, Site]) -> None:
    server, where = ehr
    older, newest = server.store.get("ServiceRequest", "sr1"), server.store.get("ServiceRequest", "sr2")
    assert older is not None and newest is not None
    server.store.put(older, NOW + MINUTE)
    server.store.put(newest, NOW + 5 * MINUTE)
    read(db, where)
    assert marks(db)["ServiceRequest"] == NOW + 5 * MINUTE
    server.store.delete("ServiceRequest", "sr2")
    read(db, where)  # finds what was changed four minutes before the mark, and nothing newer
    assert marks(db)["ServiceRequest"] == NOW + 5 * MINUTE


def test_what_the_server_indexed_late_is_read_by_the_next_sync(db: Database, ehr: tuple[SandboxServer, Site]) -> None:
    server, where = ehr
    read(db, where)
    known = server.store.get("ServiceRequest", "sr1")
    assert known is not None
    server.store.put({"resourceType": "Patient", "id": "late", "name": [{"text": "Late Sample"}]}, NOW)
    stamp = marks(db)["ServiceRequest"] - OVERLAP + MINUTE
    server.store.put({**known, "id": "late", "identifier": [], "subject": {"reference": "Patient/late"}}, stamp)
    read(db, where)
    with db.read() as session:
        assert session.get(Resource, ("main", "main", "ServiceRequest", "late")) is not None


def test_a_record_that_moved_is_owed_to_its_old_patient_no_more(db: Database, ehr: tuple[SandboxServer, Site]) -> None:
    server, where = ehr
    read(db, where)
    with db.read() as session:
        report = session.scalars(
            select(Obligation).where(Obligation.kind == "report", Obligation.state == "owed")
        ).first()
    assert report is not None and report.visit is not None
    visit = server.store.get("Encounter", report.visit.removeprefix("Encounter/"))
    assert visit is not None
    other = next(f"Patient/pat{n}" for n in range(1, 12) if f"Patient/pat{n}" != report.patient)
    server.store.put({**visit, "subject": {"reference": other}}, NOW + MINUTE)
    read(db, where)
    with db.read() as session:
        again = session.get_one(Obligation, ("main", report.id))
    assert (again.state, again.alert_after) == ("waived", None)
