"""A Task of the referrer's that a sync reads is the receipt of what we sent; what we wrote ourselves never is."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest

from fhir_adapters.facts.own import SYSTEM
from loopclose.flows.delivery.task_receipts import hear_of_tasks
from loopclose.sandbox.search import Store
from loopclose.sandbox.server import SandboxServer
from loopclose.store.delivery_history import DeliveryEvent
from loopclose.store.engine import Database
from loopclose.store.obligations import Obligation
from tests.store.desks import rows_of
from tests.store.scripted import Post, Scripted
from tests.store.test_corrections import BOX, MAIN, Line, one_kind

CONSULT = {"coding": [{"system": "http://loinc.org", "code": "11488-4"}]}


@pytest.fixture
def line(db: Database) -> Iterator[Line]:
    with SandboxServer(Store(BOX.resources)) as server:
        yield Line(db, server)


@pytest.fixture
def post(line: Line) -> Post:
    found = Post(line)
    found.address()
    found.run()
    return found


def task(line: Line, hours: int = 2, **more: Any) -> dict[str, Any]:
    """The referrer's own: that they have the consultant report under this referral."""
    report = line.report()
    assert report.referrer is not None
    return {
        "resourceType": "Task",
        "id": "theirs",
        "status": "completed",
        "intent": "order",
        "code": CONSULT,
        "basedOn": [{"reference": report.referral}],
        "for": {"reference": report.patient},
        "owner": {"reference": report.referrer["reference"]},
        "executionPeriod": {"end": (line.now + timedelta(hours=hours)).isoformat()},
        **more,
    }


def heard(line: Line) -> int:
    line.look()
    return hear_of_tasks(line.at_work(), MAIN)


def test_a_task_that_the_referrer_completed_confirms_the_report_and_its_receipt(post: Post, line: Line) -> None:
    line.put(task(line, status="in-progress"))
    assert heard(line) == 0 and line.report().state == "sent"
    line.put(task(line))
    assert heard(line) == 1
    (row,) = post.rows()
    assert row.state == "received" and line.report().state == "confirmed"
    assert {one.state for one in rows_of(line.db, Obligation, kind="receipt", visit=line.owed.visit)} == {"confirmed"}
    (event,) = [one for one in rows_of(line.db, DeliveryEvent) if one.what == "received"]
    assert (event.source, event.evidence) == ("ehr", "Task/theirs")
    assert heard(line) == 0 and line.report().state == "confirmed", "it is said once, and stays"


@one_kind
def test_what_says_nothing_of_this_report_confirms_nothing(post: Post, line: Line) -> None:
    ours = {"identifier": [{"system": SYSTEM, "value": post.rows()[0].id}]}
    for change in (
        ours,
        {"meta": {"tag": [{"system": SYSTEM, "code": "written"}]}},
        {"owner": {"reference": "Practitioner/heart"}},
        {"basedOn": [{"reference": "ServiceRequest/other"}]},
        {"executionPeriod": {"end": "2026-11-20T09:00:00Z"}},
        {"code": {"coding": [{"system": "http://hl7.org/fhir/CodeSystem/task-code", "code": "fulfill"}]}},
    ):
        line.put(task(line) | change)
        assert heard(line) == 0, change
    assert line.report().state == "sent" and post.states() == ["sent"]


@one_kind
def test_of_a_letter_that_went_twice_the_last_arrived(post: Post, line: Line) -> None:
    second = post.address("two@direct.example.org")
    line.hours += 1
    post.send(second)
    post.run()
    line.put(task(line))
    assert heard(line) == 1
    assert [one.state for one in post.rows()] == ["sent", "received"]
    assert post.rows()[1].address == second and heard(line) == 0


@one_kind
def test_a_copy_for_somebody_else_is_not_received_by_it(line: Line) -> None:
    post = Post(line, Scripted("direct"))
    copy = post.address("family@direct.example.org", referrer="npi:1093817465", name="Dr. Family")
    post.send(copy, purpose="copy")
    post.run()
    line.put(task(line))
    assert heard(line) == 0 and [one.state for one in post.rows()] == ["sent"]
