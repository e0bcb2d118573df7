"""A practice whose EHR tells: what it tells comes over the web, and is read by a sync or between two."""

from __future__ import annotations

import tomllib
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any, TypeVar

from flask.testing import FlaskClient
from sqlalchemy import select

from fhir_adapters.client import FhirClient
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
from loopclose.store.engine import Database
from loopclose.store.events import EventRow
from loopclose.store.obligations import Obligation
from loopclose.web import create_app
from tests.store.line import NOW, sandbox

SECRET = "agreed on by both, long enough to guess for ever"
MINUTE, QUARTER = timedelta(minutes=1), timedelta(minutes=15)
Found = TypeVar("Found")


@dataclass
class Telling:
    """The practice, and the EHR, of whose patients one stands on no roster."""

    db: Database
    config: Config
    server: SandboxServer
    visit: str
    """A referred visit that nothing but an event shows, and its patient."""
    patient: str
    known: str
    """A patient of the roster."""
    now: datetime = NOW
    asked: list[str] = field(default_factory=list)
    """What the EHR was asked by the newest reading."""

    @property
    def site(self) -> Site:
        """Its EHR ``main``."""
        return sites(self.config, "main")[0]

    @property
    def browser(self) -> FlaskClient:
        """Whoever comes."""
        return create_app(Work(self.config, self.db, fixed(self.now))).test_client()

    def tell(self, told: Told, ehr: str = "main") -> int:
        """What is answered to it."""
        return self.browser.post(f"/events/{ehr}", data=told.body, headers=told.headers).status_code

    def signoff(self, event_id: str = "e-1") -> int:
        """athenahealth tells that somebody signed the visit off."""
        return self.tell(signed(SECRET, [Happened(event_id, self.visit, self.patient)]))

    def sync(self, after: timedelta = QUARTER, *, gently: bool = True) -> SyncResult:
        """One sync, so long after the last."""
        return self._reading(after, lambda client: sync(self.db, fixed(self.now), self.site, client, gently=gently))

    def read_told(self, after: timedelta = MINUTE) -> ToldResult:
        """What the scheduler does between two syncs."""
        return self._reading(after, lambda client: read_told_alone(self.db, fixed(self.now), self.site, client))

    def _reading(self, after: timedelta, do: Callable[[FhirClient], Found]) -> Found:
        self.now += after
        before = len(self.server.requests)
        try:
            with client_of(self.site) as client:
                client._wire.pause = lambda _: None
                return do(client)
        finally:
            self.asked = [path for _, path in self.server.requests[before:]]

    def rows(self, model: Any = EventRow) -> list[Any]:
        """Every row of a table, of whatever practice."""
        with self.db.read() as session:
            return list(session.scalars(select(model)))

    @property
    def waiting(self) -> list[str]:
        """Ids of events that are not taken."""
        return sorted(one.event_id for one in self.rows() if one.taken_at is None)

    @property
    def owed(self) -> set[str]:
        """Visits of the patient for which a report is owed."""
        these = (Obligation.patient == self.patient, Obligation.kind == "report")
        with self.db.read() as session:
            return {str(visit) for visit in session.scalars(select(Obligation.visit).where(*these))}

    def asked_of(self, patient: str) -> list[int]:
        """The places of the questions about that patient among all that were asked."""
        name = patient.split("/")[1]
        return [place for place, path in enumerate(self.asked) if name in path]


@contextmanager
def telling(db: Database, folder: Path, **settings: Any) -> Iterator[Telling]:
    """A tidy practice of athenahealth's manners that was read once, with what else ``settings`` says of the EHR."""
    box, roster = sandbox("tidy", 12), folder / "roster.csv"
    visit, patient = referred_visit(box)
    everybody = [f"Patient/{one['id']}" for one in box.resources if one["resourceType"] == "Patient"]
    others = [one for one in everybody if one != patient]
    roster.write_text("\n".join(others))
    with serve(box, strict=True, vendor="athena") as server:
        values = tomllib.loads(config_toml(box, server.base_url, "sqlite://"))
        told = {"worklist": ["events", "roster"], "roster": str(roster), "events_secret": SECRET}
        values["ehr"]["main"] |= {**told, **settings}
        values["practice"]["other"] = values["practice"]["main"]
        values["ehr"]["theirs"] = {**values["ehr"]["main"], "practice": "other", "events_secret": SECRET[::-1]}
        found = Telling(db, parse(values), server, visit, patient, others[0])
        found.sync()
        assert not found.owed and not found.rows()
        yield found


def referred_visit(box: Sandbox) -> tuple[str, str]:
    """A visit that answers a referral and is over, and its patient."""
    for one in sorted(box.resources, key=lambda one: str(one["id"])):
        if one["resourceType"] == "Encounter" and one["status"] == "finished" and one.get("basedOn"):
            return f"Encounter/{one['id']}", one["subject"]["reference"]
    raise AssertionError("no referred visit")
