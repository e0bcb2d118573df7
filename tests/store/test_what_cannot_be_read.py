"""What cannot be read, is not shown or has no map: kept, with a time, and asked about again when it can be seen."""

from __future__ import annotations

import json
import tomllib
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import pytest
from msgspec import structs
from sqlalchemy import select

from loopclose.clock import fixed
from loopclose.config.loading import parse
from loopclose.domain import commands as c
from loopclose.domain.chart import Chart
from loopclose.domain.deadlines import other_deadline
from loopclose.domain.directory import Directory
from loopclose.domain.judgement import Decisions, Judgement, Owed, Rules
from loopclose.domain.owing import assess
from loopclose.flows.decisions.desk import Desk
from loopclose.flows.health.asking import health
from loopclose.flows.judging import persons
from loopclose.flows.reading.sync import sync
from loopclose.flows.site import client_of, sites
from loopclose.flows.work import Work
from loopclose.sandbox.search import Store
from loopclose.sandbox.server import SandboxServer
from loopclose.store.base import Scope
from loopclose.store.engine import Database
from loopclose.store.links import links
from loopclose.store.loop import LinkDecisionRow, VisitRow
from loopclose.store.obligations import Obligation
from loopclose.store.unmapped import unmapped
from loopclose.store.worklist import worklist
from loopclose.store.worklist_item import to_json
from tests.store.line import NOW, add_people

MAIN = Scope("main")
CONFIG = """
[practice.main]
name = "Harbor Sample"
timezone = "America/New_York"
organizations = ["Organization/harbor"]
clinicians = ["Practitioner/heart"]
rehearsal = true

[ehr.main]
practice = "main"
auth = "none"
worklist = ["orders", "encounters"]
"""
HARBOR = {"resourceType": "Organization", "id": "harbor", "name": "Harbor Sample"}


def person(kind: str, key: str, name: str) -> dict[str, Any]:
    """A patient or a practitioner."""
    return {"resourceType": kind, "id": key, "name": [{"text": name}]}


def request(key: str = "r", patient: str = "p", **elements: Any) -> dict[str, Any]:
    """A referral by Dr. Lee."""
    return {
        "resourceType": "ServiceRequest",
        "id": key,
        "status": "active",
        "intent": "order",
        "code": {"text": "Referral to cardiology"},
        "subject": {"reference": f"Patient/{patient}"},
        "authoredOn": "2026-11-02",
        "requester": {"reference": "Practitioner/lee"},
        **elements,
    }


def encounter(key: str = "v", **elements: Any) -> dict[str, Any]:
    """A visit with Dr. Heart."""
    return {
        "resourceType": "Encounter",
        "id": key,
        "status": "finished",
        "class": {"code": "AMB"},
        "subject": {"reference": "Patient/p"},
        "period": {"start": "2026-11-19T10:00:00-05:00", "end": "2026-11-19T10:30:00-05:00"},
        "participant": [{"individual": {"reference": "Practitioner/heart"}}],
        **elements,
    }


@dataclass
class Line:
    """A practice that reads an EHR whose resources a test may change."""

    db: Database
    server: SandboxServer
    work: Work

    def read(self, *resources: dict[str, Any], now: datetime = NOW) -> None:
        """Sync, where the EHR holds these besides the people."""
        people = [person("Practitioner", key, f"Dr. {key.title()} Sample") for key in ("heart", "lee")]
        patients = [person("Patient", key, f"Pat {key.title()} Sample") for key in ("p", "q")]
        # every resource is stamped anew, so that what changed is read as changed
        stamp = {"lastUpdated": (now - timedelta(hours=1)).strftime("%Y-%m-%dT%H:%M:%SZ")}
        held = [{"meta": stamp, **one} for one in (HARBOR, *people, *patients, *resources)]
        self.server.store = Store(json.loads(json.dumps(held)))
        (site,) = sites(self.work.config)
        with client_of(site) as client:
            assert sync(self.db, fixed(now), site, client).complete

    def owed(self) -> list[Obligation]:
        """What is open."""
        with self.db.read() as session:
            rows = session.scalars(select(Obligation).where(Obligation.state == "owed").order_by(Obligation.kind))
            return list(rows)

    def link(self, visit: str = "Encounter/v") -> dict[str, Any]:
        """The visit's current link."""
        with self.db.read() as session:
            return next(one for one in links(session, MAIN) if one["visit"] == visit)


@pytest.fixture
def line(db: Database) -> Iterator[Line]:
    with SandboxServer(Store([])) as server:
        raw = tomllib.loads(CONFIG)
        raw["ehr"]["main"]["base_url"] = server.base_url
        raw["database"] = {"url": db.url}
        add_people(db)
        yield Line(db, server, Work(parse(raw), db, fixed(NOW)))


def test_a_decision_that_did_not_see_a_referral_is_asked_again_when_it_is_seen(line: Line) -> None:
    named = encounter(basedOn=[{"reference": "ServiceRequest/r"}])
    line.read(named)
    assert (line.link()["band"], line.link()["unseen"]) == ("person", ["ServiceRequest/r"])
    Desk(line.work, MAIN, "cora@demo.example").do(c.Link(ehr="main", visit="Encounter/v", sure=True))
    with line.db.read() as session:
        assert [row.unseen for row in session.scalars(select(LinkDecisionRow))] == [["ServiceRequest/r"]]
    assert line.owed() == [] and line.link()["band"] == "decided"
    line.read(named, request())
    assert [(one.kind, one.visit) for one in line.owed()] == [("resolve", "Encounter/v")]
    assert line.link()["because"] == ["A person decided before ServiceRequest/r could be read."]


def test_a_referral_of_another_patient_is_said_to_be_one(line: Line) -> None:
    line.read(encounter(basedOn=[{"reference": "ServiceRequest/r"}]), request(patient="q"))
    assert line.link()["because"] == ["The visit names a referral of another patient (ServiceRequest/r)."]
    assert [one.kind for one in line.owed()] == ["resolve"]


def test_a_visit_that_cannot_be_read_is_asked_about_and_keeps_its_time(line: Line) -> None:
    broken = encounter(period={"start": "2026-11-19T25:00:00-05:00"})
    line.read(broken, request())
    (owed,) = line.owed()
    assert (owed.kind, owed.visit, owed.patient) == ("resolve", "Encounter/v", "Patient/p")
    with line.db.read() as session:
        (item,) = worklist(session, MAIN, NOW, kind="resolve")
    assert item.next_step == "Look at the visit in the EHR"
    assert to_json(item)["visit"] == {"id": "Encounter/v", "start": None, "end": None, "assumed": False}
    line.read(encounter(), request())
    assert [one.kind for one in line.owed()] == ["report"]


def test_a_booking_in_quarantine_holds_the_link_that_it_may_name(line: Line) -> None:
    booking = {
        "resourceType": "Appointment",
        "id": "a",
        "status": "fulfilled",
        "start": "2026-11-19T25:00:00-05:00",
        "subject": {"reference": "Patient/p"},
        "basedOn": [{"reference": "ServiceRequest/r"}],
    }
    other = request("s", requester={"display": "Dr. Roy Sample"}, performer=[{"reference": "Practitioner/heart"}])
    line.read(encounter(), request(), other, booking)
    assert line.link()["because"] == ["Appointment/a may name the referral, and cannot be read."]
    assert [one["referral"] for one in line.link()["candidates"]] == ["ServiceRequest/r", "ServiceRequest/s"]


@pytest.mark.parametrize(("status", "kind"), [("booked", "resolve"), ("arrived", "report")])
def test_an_appointment_that_nobody_closes_is_over_though_nothing_changes_in_the_ehr(
    line: Line, status: str, kind: str
) -> None:
    people = [{"actor": {"reference": one}} for one in ("Patient/p", "Practitioner/heart")]
    start = (NOW + timedelta(hours=2)).isoformat()
    booking = {"resourceType": "Appointment", "id": "a", "status": status, "start": start, "participant": people}
    line.read({**booking, "basedOn": [{"reference": "ServiceRequest/r"}]}, request())
    assert line.owed() == []
    (site,) = sites(line.work.config)
    with client_of(site) as client:
        assert sync(line.db, fixed(NOW + timedelta(hours=15)), site, client).complete
    assert [(one.kind, one.appointment or one.visit) for one in line.owed()] == [(kind, "Appointment/a")]


def test_what_nothing_dates_keeps_the_time_it_was_first_given(line: Line, monkeypatch: pytest.MonkeyPatch) -> None:
    """Its deadline counts from when it was found: found again later, it is no later."""

    def found_now(chart: Chart, rules: Rules, directory: Directory, decisions: Decisions, now: datetime) -> Judgement:
        deadline = other_deadline("resolve", now, rules.practice.calendar)
        owed = Owed("resolve", "Patient/p", deadline, now, visit="Encounter/x", first_seen=True)
        return structs.replace(assess(chart, rules, directory, decisions, now), owed=(owed,))

    monkeypatch.setattr(persons, "assess", found_now)
    line.read(request())
    (first,) = line.owed()
    line.read(request(priority="urgent"), now=NOW + timedelta(days=2))
    (second,) = line.owed()
    assert (second.due_at, second.deadline_no) == (first.due_at, 1)


def test_what_is_said_of_a_visits_times_is_kept_with_it(line: Line) -> None:
    line.read(encounter(period={"start": "2026-11-19T10:00:00-05:00", "end": "2026-11-19T03:00:00-05:00"}), request())
    with line.db.read() as session:
        assert [row.doubts for row in session.scalars(select(VisitRow))] == [
            ["Its times do not fit: it ends before it begins."]
        ]


def test_codes_that_no_map_knows_are_listed_once_with_an_example(line: Line) -> None:
    local = {"class": {"system": "urn:local", "code": "4", "display": "HOV"}}
    line.read(encounter("v", **local), encounter("w", **local), request(code={"text": "Zeta 17"}))
    with line.db.read() as session:
        found = unmapped(session, MAIN)
    of = {"ehr": "main", "meaning": None}
    visit = {"element": "Encounter.class", "token": "urn:local|4", "code": "urn:local|4 HOV", "example": "Encounter/v"}
    asked = {
        "element": "ServiceRequest.code",
        "token": "text:Zeta 17",
        "code": "Zeta 17",
        "example": "ServiceRequest/r",
    }
    assert found == [{**of, **visit, "count": 2}, {**of, **asked, "count": 1}]
    says = next(check for check in health(line.work, MAIN).checks if check.name == "codes")
    assert says.words == "2 unmapped codes, such as urn:local|4 HOV: say on the page Codes what they mean"
    line.read(encounter("v"), encounter("w"), request())
    with line.db.read() as session:
        assert unmapped(session, MAIN) == []
