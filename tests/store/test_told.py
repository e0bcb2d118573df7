"""An EHR tells that something happened: whoever it names is read first, and nothing that was told is lost."""

from __future__ import annotations

import tomllib
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select

from loopclose.clock import fixed
from loopclose.config.loading import parse
from loopclose.config.sections import Config
from loopclose.flows.reading.sync import SyncResult, sync
from loopclose.flows.reading.told_alone import ToldResult, read_told_alone
from loopclose.flows.site import Site, client_of, sites
from loopclose.flows.work import Work
from loopclose.sandbox.model import Sandbox
from loopclose.sandbox.server import SandboxServer, serve
from loopclose.sandbox.settings import config_toml
from loopclose.sandbox.telling import Happened, Told, signed
from loopclose.store.base import Scope
from loopclose.store.engine import Database
from loopclose.store.events import EventRow
from loopclose.store.obligations import Obligation
from loopclose.web import create_app
from tests.store.line import NOW, sandbox

SECRET = "agreed on by both, long enough to guess for ever"
MAIN = Scope("main")
QUARTER = timedelta(minutes=15)


@dataclass
class Told_:
    """A practice whose EHR tells; one referred visit stands on no roster."""

    db: Database
    config: Config
    server: SandboxServer
    visit: str
    """Of the patient whom nothing but an event shows."""
    patient: str
    now: datetime = NOW
    asked: list[str] = field(default_factory=list)

    @property
    def site(self) -> Site:
        return sites(self.config)[0]

    @property
    def ehr(self) -> FlaskClient:
        """Who tells: the EHR, or somebody else."""
        return create_app(Work(self.config, self.db, fixed(self.now))).test_client()

    def tell(self, told: Told, ehr: str = "main") -> int:
        return self.ehr.post(f"/events/{ehr}", data=told.body, headers=told.headers).status_code

    def sync(self, *, gently: bool = True, after: timedelta = QUARTER) -> SyncResult:
        self.now += after
        before = len(self.server.requests)
        with client_of(self.site) as client:
            client._wire.pause = lambda _: None
            found = sync(self.db, fixed(self.now), self.site, client, gently=gently)
        self.asked = [path for _, path in self.server.requests[before:]]
        return found

    def read_told(self, after: timedelta = timedelta(minutes=1)) -> ToldResult:
        """What the scheduler does between two syncs."""
        self.now += after
        before = len(self.server.requests)
        with client_of(self.site) as client:
            client._wire.pause = lambda _: None
            found = read_told_alone(self.db, fixed(self.now), self.site, client)
        self.asked = [path for _, path in self.server.requests[before:]]
        return found

    def rows(self, model: Any = EventRow) -> list[Any]:
        with self.db.read() as session:
            return list(session.scalars(select(model)))

    @property
    def waiting(self) -> list[str]:
        return sorted(one.event_id for one in self.rows() if one.taken_at is None)

    def owed(self) -> set[str]:
        """Visits of the patient for which a report is owed."""
        these = (Obligation.patient == self.patient, Obligation.kind == "report")
        with self.db.read() as session:
            return {str(visit) for visit in session.scalars(select(Obligation.visit).where(*these))}


def referred_visit(box: Sandbox) -> tuple[str, str]:
    """A visit for which a report is owed, and its patient, who has no other."""
    resources = {f"{one['resourceType']}/{one['id']}": one for one in box.resources}
    for key, one in sorted(resources.items()):
        if key.startswith("Encounter/") and one["status"] == "finished" and one.get("basedOn"):
            return key, one["subject"]["reference"]
    raise AssertionError("no referred visit")


@pytest.fixture
def practice(db: Database, tmp_path: Path) -> Iterator[Told_]:
    box, roster = sandbox("tidy", 12), tmp_path / "roster.csv"
    visit, patient = referred_visit(box)
    everybody = [f"Patient/{one['id']}" for one in box.resources if one["resourceType"] == "Patient"]
    roster.write_text("\n".join(one for one in everybody if one != patient))
    with serve(box, strict=True, vendor="athena") as server:
        settings = tomllib.loads(config_toml(box, server.base_url, "sqlite://"))
        settings["ehr"]["main"] |= {
            "worklist": ["events", "roster"],
            "roster": str(roster),
            "events_secret": SECRET,
        }
        found = Told_(db, parse(settings), server, visit, patient)
        result = found.sync()
        assert result.error is None, result.error
        assert not found.owed() and not found.rows()
        yield found


def signoff(practice: Told_, event_id: str = "e-1") -> Told:
    return signed(SECRET, [Happened(event_id, practice.visit, practice.patient)])


def test_what_is_told_is_on_the_worklist_after_one_sync(practice: Told_) -> None:
    assert practice.tell(signoff(practice)) == 204
    result = practice.sync()
    assert result.error is None, result.error
    assert practice.owed() == {practice.visit}
    (row,) = practice.rows()
    assert (row.type, row.patient, row.taken_at) == ("Encounter", practice.patient, practice.now)
    theirs = [place for place, path in enumerate(practice.asked) if practice.patient.split("/")[1] in path]
    assert theirs[0] <= 2, "before anybody else is asked for"
