"""Two EHRs of one practice: what one of them does is nothing to the other."""

from __future__ import annotations

import tomllib
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import select

from loopclose.clock import fixed
from loopclose.config.loading import parse
from loopclose.flows.schedule import Scheduler, schedulers
from loopclose.flows.work import Work
from loopclose.sandbox.faults import Fault
from loopclose.sandbox.server import SandboxServer, serve
from loopclose.sandbox.settings import config_toml
from loopclose.store import runs, unread
from loopclose.store.base import Scope
from loopclose.store.engine import Database
from loopclose.store.obligations import Obligation
from tests.store.line import NOW, sandbox

MAIN, QUARTER = Scope("main"), timedelta(minutes=15)


@dataclass
class Both:
    """A practice with the EHRs ``main`` and ``second``, each read by a thread of its own."""

    work: Work
    servers: dict[str, SandboxServer]
    now: datetime = NOW
    schedulers: dict[str, Scheduler] = field(default_factory=dict)

    def ticks(self, after: timedelta) -> None:
        """Each reads what is due, a while later."""
        self.now += after
        for name, scheduler in self.schedulers.items():
            if name.startswith("reading"):
                scheduler.work = Work(self.work.config, self.work.db, fixed(self.now))
                scheduler.tick()

    def last_read(self) -> dict[str, datetime | None]:
        """When each was last read completely."""
        with self.work.db.read() as session:
            found = {name: runs.last_run(session, MAIN, name) for name in self.servers}
        return {name: run.finished_at if run else None for name, run in found.items()}

    def owed(self, ehr: str) -> int:
        """How many reports are owed of its visits."""
        with self.work.db.read() as session:
            return len(session.scalars(select(Obligation).filter_by(ehr=ehr, kind="report")).all())


@pytest.fixture
def both(db: Database) -> Iterator[Both]:
    boxes = {"main": sandbox("tidy", 5), "second": sandbox("tidy", 7, seed=2)}
    with serve(boxes["main"]) as one, serve(boxes["second"]) as other:
        servers = {"main": one, "second": other}
        settings: dict[str, Any] = tomllib.loads(config_toml(boxes["main"], one.base_url, "sqlite://"))
        settings["ehr"]["second"] = {**settings["ehr"]["main"], "base_url": other.base_url}
        found = Both(Work(parse(settings), db, fixed(NOW)), servers)
        found.schedulers = {one.name: one for one in schedulers(found.work)}
        yield found


def test_one_that_is_down_changes_nothing_for_the_other(both: Both) -> None:
    both.ticks(timedelta(0))
    assert both.last_read() == {"main": NOW, "second": NOW}
    both.servers["second"].close()
    for _ in range(3):
        both.ticks(QUARTER)
    assert both.last_read() == {"main": NOW + 3 * QUARTER, "second": NOW}
    with both.work.db.read() as session:
        newest = runs.newest_run(session, MAIN, "second")
        assert newest is not None and newest.error is not None and "second" not in (newest.counts or {})


def test_each_keeps_its_marks_ways_and_unread_patients(both: Both) -> None:
    both.ticks(timedelta(0))
    patient = both.servers["second"].store.search("ServiceRequest", [])[0].decode().split("Patient/")[1].split('"')[0]
    both.servers["second"].faults.faults.append(Fault("status", where="Encounter", code=500, patient=patient))
    both.ticks(timedelta(hours=26))
    with both.work.db.read() as session:
        assert [one.ehr for one in unread.unread(session, MAIN)] == ["second"]
        rows = [runs.ehr_row(session, MAIN, name) for name in ("main", "second")]
    assert all(row is not None and row.keeping_up is not None for row in rows)
    assert len({row.keeping_up["of"] for row in rows if row is not None and row.keeping_up}) == 2
    assert both.owed("main") > 0 and both.owed("second") > 0
