"""Sync on both databases: nothing vanishes, nothing changes twice, and what changes is seen."""

from __future__ import annotations

import re
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import select

from fhir_adapters.errors import FinalError, TemporaryError
from loopclose.clock import fixed
from loopclose.sandbox.faults import Fault
from loopclose.sandbox.search import Store
from loopclose.sandbox.server import SandboxServer, serve
from loopclose.store.base import UtcDateTime
from loopclose.store.closed_words import OWN
from loopclose.store.engine import Database
from loopclose.store.obligations import DeadlineRow, Obligation
from loopclose.store.resources import Watermark
from loopclose.store.schema import metadata
from loopclose.store.upgrade import open_database
from tests.spec.cast import local, shown
from tests.store.conftest import database_url
from tests.store.line import NOW, lines, read, sandbox, site


def test_the_migrations_make_the_tables_of_the_models(db: Database) -> None:
    with db.engine.connect() as connection:
        context = MigrationContext.configure(connection, opts={"include_object": of_a_model})
        assert compare_metadata(context, metadata) == []


def of_a_model(_: object, name: str | None, kind: str, reflected: bool, counterpart: object) -> bool:
    """Whether a model must describe it: the index of words does without."""
    return not (name or "").startswith(OWN)


def test_a_time_without_a_zone_is_refused() -> None:
    with pytest.raises(ValueError, match="zone"):
        UtcDateTime().process_bind_param(datetime(2026, 1, 1), None)


class InFull(Store):
    """Gives its references in full, as some EHRs do; ``slash`` may be escaped."""

    def __init__(self, resources: list[dict[str, Any]], base_url: str, slash: bytes) -> None:
        super().__init__(resources)
        self.slash = slash
        self.base = f"{base_url}/".encode().replace(b"/", slash)

    def search(self, kind: str, params: list[tuple[str, str]]) -> list[bytes]:
        return [
            _REFERENCE.sub(lambda found: found[1] + self.base + found[2] + self.slash, raw)
            for raw in super().search(kind, params)
        ]


_REFERENCE = re.compile(rb'("reference":\s*")([A-Za-z]+)/')


@pytest.mark.parametrize("slash", [b"/", rb"\/"])
@pytest.mark.parametrize("style", ["epic", "messy"])
def test_references_in_full_mean_the_same(db: Database, style: str, slash: bytes) -> None:
    box = sandbox(style)
    with serve(box) as server:
        plain = site(box, server)
        server.store = InFull(box.resources, server.base_url, slash)
        assert server.store.base in server.store.search("Encounter", [])[0]
        read(db, plain)
    with db.read() as session:
        reports = session.execute(select(Obligation.visit, Obligation.referral).where(Obligation.kind == "report"))
        assert {tuple(row) for row in reports} == {
            (row["visit"], row["referral"]) for row in box.truth if row["kind"] == "report"
        }


@pytest.mark.parametrize("style", ["tidy", "epic", "oracle", "messy"])
def test_a_practice_comes_out_as_its_truth_and_twice_changes_nothing(db: Database, style: str) -> None:
    box = sandbox(style)
    with serve(box) as server:
        where = site(box, server)
        first = read(db, where)
        before = lines(db, where)
        second = read(db, where)
    assert first.complete and second.complete and lines(db, where) == before
    assert first.counts["without_verdict"] == second.counts["without_verdict"] == {}
    total = second.counts
    assert total["fetched"] == total["unchanged"] > 0
    for counts in first.counts["by_type"].values():
        assert (
            counts["fetched"]
            == counts["admitted"] + counts["unchanged"] + sum(counts["ignored"].values()) + counts["quarantined"]
        )
    with db.read() as session:
        owed = session.scalars(select(Obligation)).all()
    reports = {(one.visit, one.referral) for one in owed if one.kind == "report"}
    assert reports == {(row["visit"], row["referral"]) for row in box.truth if row["kind"] == "report"}
    assert {one.visit for one in owed if one.kind == "resolve"} == {
        r["visit"] for r in box.truth if r["kind"] == "resolve"
    }


def test_both_databases_hold_the_same(tmp_path: Path, request: pytest.FixtureRequest) -> None:
    box = sandbox()
    found = []
    with serve(box) as server:
        for kind in ("sqlite", "postgres"):
            db = open_database(database_url(kind, tmp_path, request))
            where = site(box, server)
            read(db, where)
            found.append(lines(db, where))
            db.close()
    assert found[0] == found[1]


def test_the_patients_return_moves_the_deadline_and_its_cancellation_moves_it_back(db: Database) -> None:
    box = sandbox("tidy", 6)
    with serve(box) as server:
        _visit_at(server, "enc5", "2026-11-24 08:30", "2026-11-24 09:00")
        back = {
            "resourceType": "Appointment",
            "id": "return5",
            "status": "booked",
            "start": local("2026-11-25 09:30").isoformat(),
            "participant": [
                {"actor": {"reference": "Patient/pat5"}},
                {"actor": server.store.get("ServiceRequest", "sr5")["requester"]},
            ],
        }
        server.store.put(back)
        where = site(box, server)
        read(db, where)
        assert _due(db) == [("Tue 2026-11-24 17:00", "patient_returns")]
        server.store.put({**back, "status": "cancelled"})
        read(db, where)
    assert _due(db) == [("Tue 2026-11-24 17:00", "patient_returns"), ("Mon 2026-11-30 17:00", "policy")]
    with db.read() as session:
        last = session.scalars(select(DeadlineRow).order_by(DeadlineRow.no.desc())).first()
        assert last is not None and "no longer holds" in (last.changed_because or "")


def test_a_deleted_note_reopens_the_report(db: Database) -> None:
    box = sandbox("tidy", 30)
    with serve(box) as server:
        where = site(box, server)
        read(db, where)
        with db.read() as session:
            signed = session.scalars(select(Obligation).where(Obligation.state == "signed")).first()
        assert signed is not None and signed.visit is not None
        server.store.delete("DocumentReference", signed.visit.replace("Encounter/enc", "note"))
        read(db, where)
    with db.read() as session:
        again = session.get_one(Obligation, ("main", signed.id))
        assert again.state == "owed"


@pytest.mark.parametrize(
    ("fault", "kind"),
    [
        (Fault("status", "Task", code=503), TemporaryError),
        (Fault("html", "Appointment"), FinalError),
    ],
    ids=lambda value: value.kind if isinstance(value, Fault) else None,
)
def test_an_incomplete_run_says_so_and_is_made_good_by_the_next(
    db: Database, fault: Fault, kind: type[Exception]
) -> None:
    box = sandbox("tidy", 12)
    with serve(box) as server:
        where = site(box, server)
        server.faults.faults[:] = [fault]
        import fhir_adapters.wire as wire

        pause, wire.time.sleep = wire.time.sleep, lambda _: None
        try:
            failed = read(db, where)
        finally:
            wire.time.sleep = pause
        assert not failed.complete and isinstance(failed.error, kind)
        with db.read() as session:
            assert session.scalars(select(Watermark)).all() == []
        server.faults.faults.clear()
        assert read(db, where).complete
        after = lines(db, where)
    fresh = open_database("sqlite://")
    assert after and fresh is not None


def test_the_mark_comes_from_the_server_and_never_moves_back(db: Database) -> None:
    box = sandbox("tidy", 12)
    with serve(box) as server:
        where = site(box, server)
        read(db, where, fixed(NOW + timedelta(days=400)))
        with db.read() as session:
            marks = {row.type: row.value for row in session.scalars(select(Watermark))}
    assert marks and all(mark <= NOW for mark in marks.values())


def _visit_at(server: SandboxServer, fhir_id: str, start: str, end: str) -> None:
    encounter = server.store.get("Encounter", fhir_id)
    assert encounter is not None
    period = {"start": local(start).isoformat(), "end": local(end).isoformat()}
    server.store.put({**encounter, "period": period})
    request = server.store.get("ServiceRequest", fhir_id.replace("enc", "sr"))
    server.store.put({**request, "priority": "routine", "authoredOn": "2026-11-02"})
    note = server.store.get("DocumentReference", fhir_id.replace("enc", "note"))
    if note is not None:
        server.store.delete("DocumentReference", note["id"])


def _due(db: Database) -> list[tuple[str, str]]:
    """Every deadline of the fifth visit's report, in order."""
    with db.read() as session:
        report = session.scalars(
            select(Obligation).where(Obligation.visit == "Encounter/enc5", Obligation.kind == "report")
        ).one()
        rows = session.scalars(select(DeadlineRow).where(DeadlineRow.obligation == report.id).order_by(DeadlineRow.no))
        return [(shown(row.due_at), row.winner) for row in rows]
