"""HAPI tells by an R4 topic subscription, the one of the documentation, and whom it names is read."""

from __future__ import annotations

import json
import re
import time
import tomllib
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import requests
from sqlalchemy import select

from loopclose.cli.serving import server_of
from loopclose.clock import system_clock
from loopclose.config.loading import parse
from loopclose.flows.jobs import read_told_of, sync_site
from loopclose.flows.site import sites
from loopclose.flows.work import Work
from loopclose.sandbox.model import Sandbox
from loopclose.sandbox.practice import generate
from loopclose.sandbox.settings import config_toml
from loopclose.store.events import ChannelRow, EventRow
from loopclose.store.obligations import Obligation
from loopclose.store.people import Audit
from loopclose.store.upgrade import open_database
from tests.interop.loading import HEADERS, Held, Json, load
from tests.interop.servers import HERE, hapi
from tests.interop.walk import patient_of
from tests.store.ehr_tells import referred_visit
from tests.web.serving import running

SECRET = "agreed-on-by-both-and-long-enough-to-guess"
PATIENCE = 120
"""Seconds that anything may take: HAPI takes a topic within a minute, and tells every five seconds what it saved."""
PAGE = Path(__file__).parents[2] / "docs" / "connect-an-ehr.md"
TOPIC: Json = json.loads((HERE / "hapi" / "topic.json").read_text(encoding="utf-8"))
"""Visits that begin or change, to be filtered by status: in the form in which HAPI keeps a topic for R4."""


def key_of(resource: Json) -> str:
    """``Type/id``."""
    return f"{resource['resourceType']}/{resource['id']}"


def documented(address: str, secret: str) -> Json:
    """The Subscription that the documentation shows, with this address and secret in the places of the example's."""
    (block,) = re.findall(r"```json\n(.*?)```", PAGE.read_text(encoding="utf-8"), re.DOTALL)
    return dict(json.loads(block.replace("https://loopclose.practice.example", address).replace("SECRET", secret)))


def until(found: Callable[[], Any], what: str, every: float = 0.1) -> Any:
    """What is found, once it is there; it is looked for again after so many seconds."""
    deadline = time.monotonic() + PATIENCE
    while not (there := found()):
        assert time.monotonic() < deadline, f"{what}: not within {PATIENCE} seconds"
        time.sleep(every)
    return there


@dataclass
class Telling:
    """HAPI's address, and what reads it."""

    address: str
    work: Work

    def put(self, resource: Json, **members: Any) -> None:
        """Have HAPI hold it, with other members."""
        name, held = f"{self.address}/{key_of(resource)}", resource | members
        answer = requests.put(name, json=held, headers=HEADERS, timeout=PATIENCE)
        assert answer.ok, answer.text[:500]

    def subscribe(self, subscription: Json) -> str:
        """Register it; gives its ``Subscription/id`` once HAPI has it active."""
        answer = requests.post(f"{self.address}/Subscription", json=subscription, headers=HEADERS, timeout=PATIENCE)
        assert answer.status_code == 201, answer.text[:500]
        name = f"{self.address}/Subscription/{answer.json()['id']}"
        until(lambda: requests.get(name, timeout=PATIENCE).json()["status"] == "active", "it is active")
        return name.removeprefix(f"{self.address}/")

    def rows(self, model: Any = EventRow, **values: str) -> list[Any]:
        """Rows of a table that have those values."""
        with self.work.db.read() as session:
            return list(session.scalars(select(model).filter_by(**values)))


@contextmanager
def telling(folder: Path, box: Sandbox) -> Iterator[Telling]:
    """An empty HAPI, and Loopclose, to which it may tell."""
    with hapi() as address:
        values = tomllib.loads(config_toml(box, address, "sqlite://"))
        values["ehr"]["main"] |= {"worklist": ["events", "encounters"], "events_secret": SECRET}
        values["web"] = {"port": 0}
        db = open_database(f"sqlite:///{folder}/loopclose.db")
        yield Telling(address, Work(parse(values), db, system_clock))
        db.close()


def test_whom_hapi_names_is_read_and_a_wrong_secret_is_refused(tmp_path: Path) -> None:
    box = generate("tidy", 6, 1, system_clock())
    visit, patient = referred_visit(box)
    theirs = [one for one in box.resources if patient in (key_of(one), patient_of(one))]
    newest = next(one for one in theirs if key_of(one) == visit)
    others = [one for one in box.resources if one not in theirs]
    probe = next(one for one in others if one["resourceType"] == "Encounter" and one["status"] == "finished")
    with telling(tmp_path, box) as told, running(server_of(told.work)) as ours:
        told.put(TOPIC)
        load(told.address, others, Held())
        assert sync_site(told.work, sites(told.work.config)[0], gently=False).error is None
        key = told.subscribe(documented(ours, SECRET))
        a_channel_that_lives(told, key, probe)

        load(told.address, [one for one in theirs if one != newest], Held())
        told.put(newest, status="in-progress")
        began = time.monotonic()
        told.put(newest)
        until(lambda: told.rows(fhir_id=newest["id"]), "the visit is told of")
        print(f"hapi: kept {time.monotonic() - began:.1f} s after the visit was finished")
        assert read_told_of(told.work, sites(told.work.config)[0]).error is None
        assert [one.kind for one in told.rows(Obligation, visit=visit, patient=patient)] == ["report"]
        assert [one.taken_at is None for one in told.rows(fhir_id=newest["id"])] == [False], "told once, and taken"
        a_wrong_secret(told, ours, key, newest)


def a_channel_that_lives(told: Telling, key: str, probe: Json) -> None:
    """HAPI sends no handshake, and knows a new topic after up to a minute: a visit is changed until it tells of it.
    Its numbers are not looked at: of events told at once some have the same, and they come in any order.
    """

    def is_heard() -> list[Any]:
        told.put(probe, length={"value": int(time.time()), "unit": "min"})
        return told.rows(fhir_id=probe["id"])

    until(is_heard, "an event is heard", every=1)
    assert [(one.subscription, one.status) for one in told.rows(ChannelRow)] == [(key, "active")]


def a_wrong_secret(told: Telling, ours: str, key: str, newest: Json) -> None:
    """HAPI is refused, and so sends again; that is counted and audited, and nothing is kept of it."""
    assert requests.delete(f"{told.address}/{key}", timeout=PATIENCE).ok
    wrong = told.subscribe(documented(ours, SECRET[::-1]))
    told.put(newest, length={"value": 7, "unit": "min"})
    until(lambda: any(one.refused > 1 for one in told.rows(ChannelRow)), "it is refused")
    assert {one.detail["why"] for one in told.rows(Audit, action="event_refused")} == {"wrong"}
    assert len(told.rows(fhir_id=newest["id"])) == 1 and not told.rows(ChannelRow, subscription=wrong)
