"""Sixty patients, one after another failed in each way of a real server: the other fifty-nine never notice."""

from __future__ import annotations

import os
from collections.abc import Iterator

import pytest

from loopclose.clock import fixed
from loopclose.flows.reading.sync import SyncResult, sync
from loopclose.flows.site import Site, client_of
from loopclose.sandbox.server import SandboxServer, serve
from loopclose.store.engine import Database
from loopclose.store.quarantine import in_quarantine
from loopclose.store.unread import unread
from loopclose.store.upgrade import open_database
from tests.store.line import NOW, sandbox, site
from tests.store.peers import Owed, emptied, owed_by_patient
from tests.unit.sandbox.ways import for_one

PATIENTS = 60
EACH = int(os.environ.get("FAULTS_EACH", "4"))
"""Of the patients, every so many-th fails in one way, another part of them in the next; 1: everybody in every way."""
WAYS = sorted(for_one("pat1"))


class Practice:
    """A practice of sixty patients, and what is owed when nothing fails."""

    def __init__(self, server: SandboxServer, where: Site, db: Database) -> None:
        self.server, self.where, self.db = server, where, db
        assert self.read().complete
        self.healthy = owed_by_patient(db)
        self.patients = sorted(self.healthy)

    def read(self) -> SyncResult:
        """A sync from the beginning that waits for nothing."""
        emptied(self.db)
        with client_of(self.where) as client:
            client._wire.pause = lambda _: None
            return sync(self.db, fixed(NOW), self.where, client)

    def named(self) -> str:
        """Everybody whom the store names as unread or in quarantine."""
        with self.db.read() as session:
            held = in_quarantine(session, self.where.scope)
            return str([*unread(session, self.where.scope), *held])


@pytest.fixture(scope="module")
def practice(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Practice]:
    box = sandbox("tidy", PATIENTS, seed=5)
    db = open_database(f"sqlite:///{tmp_path_factory.mktemp('faults') / 'loopclose.db'}")
    with serve(box) as server:
        yield Practice(server, site(box, server), db)
    db.close()


@pytest.mark.parametrize("way", WAYS)
def test_what_fails_for_one_is_nobody_elses(practice: Practice, way: str) -> None:
    some = practice.patients[WAYS.index(way) % EACH :: EACH]
    for patient in some:
        other = next(one for one in practice.patients if one != patient).removeprefix("Patient/")
        fault = for_one(patient.removeprefix("Patient/"), other=other)[way]
        practice.server.faults.faults.append(fault)
        result = practice.read()
        practice.server.faults.faults.clear()
        touched = {patient, f"Patient/{other}"} if way == "merged" else {patient}
        now = owed_by_patient(practice.db)
        assert _but(now, touched) == _but(practice.healthy, touched), (way, patient)
        as_ever = now.get(patient) == practice.healthy[patient]
        asked = any("resolve" in what for what in now.get(patient, []))
        named = patient in practice.named() or bool(result.error) or bool(result.counts["warnings"])
        assert as_ever or asked or named, (way, patient, result.counts)


def _but(owed: Owed, patients: set[str]) -> Owed:
    return {patient: what for patient, what in owed.items() if patient not in patients}
