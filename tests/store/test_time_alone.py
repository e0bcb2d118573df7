"""Time alone says what some of a chart means: nothing of it changes, and it is judged anew when its time has come."""

from __future__ import annotations

import tomllib
from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import select

from loopclose.clock import fixed
from loopclose.config.loading import parse
from loopclose.flows.jobs import run_night, sync_site
from loopclose.flows.site import sites
from loopclose.flows.work import Work
from loopclose.sandbox.search import Store
from loopclose.sandbox.server import SandboxServer, serve
from loopclose.sandbox.settings import config_toml
from loopclose.store.base import Scope
from loopclose.store.engine import Database
from loopclose.store.loop import VisitRow
from loopclose.store.obligations import Obligation
from tests.store.line import NOW, sandbox

Look = Callable[[Work], object]
LATER = NOW + timedelta(days=3)
LOOKS: tuple[Look, ...] = (
    lambda work: sync_site(work, sites(work.config)[0]),
    lambda work: run_night(work, Scope("main")),
)
"""What looks at the time: a sync, which finds nothing new, and a night, which does not read."""


@pytest.fixture
def place(db: Database) -> Iterator[tuple[Work, SandboxServer]]:
    box = sandbox("tidy", 20)
    with serve(box) as server:
        work = Work(parse(tomllib.loads(config_toml(box, server.base_url, db.url))), db, fixed(NOW))
        LOOKS[0](work)
        yield work, server


class Unchanged(Store):
    """An EHR that says that nothing changed, whenever it is asked since when: of some it does not know."""

    def search(self, kind: str, params: list[tuple[str, str]]) -> list[bytes]:
        return [] if "_lastUpdated" in dict(params) else super().search(kind, params)


def one_owed(work: Work) -> Obligation:
    with work.db.read() as session:
        found = session.scalars(select(Obligation).filter_by(kind="report", state="owed").order_by(Obligation.id))
        return found.first() or pytest.fail("no report is owed")


def seen(work: Work, key: str) -> VisitRow | None:
    with work.db.read() as session:
        return session.scalars(select(VisitRow).where(VisitRow.id == key)).first()


def at(work: Work, moment: datetime) -> Work:
    return Work(work.config, work.db, fixed(moment))


def over_ahead_of_its_time(work: Work, server: SandboxServer) -> dict[str, Any]:
    like = server.store.get("Encounter", (one_owed(work).visit or "").removeprefix("Encounter/"))
    assert like is not None
    span = {"start": LATER.isoformat(), "end": (LATER + timedelta(minutes=20)).isoformat()}
    return {**like, "id": "ahead", "status": "finished", "appointment": [], "basedOn": [], "period": span}


def test_the_time_of_a_visit_that_was_too_far_ahead_is_believed_once_it_has_come(
    place: tuple[Work, SandboxServer],
) -> None:
    work, server = place
    server.store.put(over_ahead_of_its_time(work, server), NOW)
    LOOKS[0](work)
    before = seen(work, "Encounter/ahead")
    assert before is not None and before.assumed and before.start == NOW
    LOOKS[0](at(work, LATER))
    after = seen(work, "Encounter/ahead")
    assert after is not None and not after.assumed and after.start == LATER


def test_a_visit_that_nothing_else_dates_is_one_once_its_time_has_come(db: Database) -> None:
    box = sandbox("tidy", 20)
    like = next(one for one in box.resources if one["resourceType"] == "Encounter" and one["status"] == "finished")
    undated = {**like, "id": "ahead", "period": {"start": LATER.isoformat()}, "appointment": [], "meta": {}}
    with serve(box) as server:
        server.store = Unchanged([*box.resources, undated])
        work = Work(parse(tomllib.loads(config_toml(box, server.base_url, db.url))), db, fixed(NOW))
        LOOKS[0](work)
        assert seen(work, "Encounter/ahead") is None
        LOOKS[0](at(work, LATER))
    assert seen(work, "Encounter/ahead") is not None


@pytest.mark.parametrize("look", LOOKS)
def test_an_appointment_kept_before_its_time_is_a_visit_once_that_has_come(
    place: tuple[Work, SandboxServer], look: Look
) -> None:
    work, server = place
    owed = one_owed(work)
    people = [{"actor": {"reference": one}, "status": "accepted"} for one in (owed.patient, owed.author)]
    span = {"start": LATER.isoformat(), "end": (LATER + timedelta(minutes=20)).isoformat()}
    booked = {"resourceType": "Appointment", "id": "early", "status": "fulfilled", **span, "participant": people}
    server.store.put(booked, NOW)
    LOOKS[0](at(work, LATER - timedelta(minutes=15)))
    assert seen(work, "Appointment/early") is None
    look(at(work, LATER + timedelta(minutes=15)))
    assert seen(work, "Appointment/early") is not None
