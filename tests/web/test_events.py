"""The address at which an EHR tells: who may, what is answered, and that nothing but what was told is kept."""

from __future__ import annotations

import hashlib
import hmac
import json
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select
from structlog.testing import capture_logs
from werkzeug.test import TestResponse

from fhir_adapters.events.proof import signature_of
from loopclose.cli.serving import server_of
from loopclose.clock import fixed
from loopclose.config.loading import parse
from loopclose.flows.health.asking import health
from loopclose.flows.health.check import Check
from loopclose.flows.hearing import REFUSED
from loopclose.flows.work import Work
from loopclose.sandbox.server import SandboxServer
from loopclose.sandbox.telling import Happened, Told, by_header, send, signed
from loopclose.store.base import Scope
from loopclose.store.events import ChannelRow, EventRow
from loopclose.store.people import Audit
from loopclose.web import create_app
from loopclose.web.events import LONGEST
from tests.store.line import NOW
from tests.web.serving import running

SECRET, NEXT = "s" * 16 + "0123456789abcdef", "n" * 16 + "0123456789abcdef"
VISIT = Happened("e-1", "Encounter/one", "Patient/one")
EVENT = "event-notification"


@pytest.fixture(autouse=True)
def taking_events(work: Work) -> None:
    values = work.config.model_dump(mode="json", exclude_none=True)
    values["ehr"]["main"] |= {"worklist": ["events", "orders"], "events_secret": SECRET, "events_next_secret": NEXT}
    values["practice"]["other"] = values["practice"]["main"]
    values["ehr"]["theirs"] = {**values["ehr"]["main"], "practice": "other", "events_secret": SECRET[::-1]}
    values["web"]["port"] = 0
    values["ehr"]["silent"] = {"practice": "main", "base_url": "http://127.0.0.1:9/fhir"}
    work.config = parse(values)


def tell(work: Work, told: Told, ehr: str = "main", **headers: str | None) -> TestResponse:
    """Headers that are None are left out."""
    sent = {name: value for name, value in {**told.headers, **headers}.items() if value is not None}
    return create_app(work).test_client().post(f"/events/{ehr}", data=told.body, headers=sent)


def rows(work: Work, model: Any = EventRow) -> list[Any]:
    with work.db.read() as session:
        return list(session.scalars(select(model)))


def refusals(work: Work) -> list[Audit]:
    return [one for one in rows(work, Audit) if one.action == "event_refused"]


@pytest.mark.parametrize("told", [signed(SECRET, [VISIT]), by_header(SECRET, EVENT, 1, [VISIT])])
def test_what_is_told_is_kept_and_nothing_else(work: Work, told: Told) -> None:
    answer = tell(work, told)
    assert (answer.status_code, answer.get_data()) == (204, b"")
    (row,) = rows(work)
    assert (row.practice_id, row.ehr, row.type, row.fhir_id) == ("main", "main", "Encounter", "one")
    assert (row.received_at, row.taken_at) == (NOW, None)
    assert not refusals(work)


def test_nothing_is_asked_of_the_ehr_meanwhile(work: Work, ehr: SandboxServer) -> None:
    before = len(ehr.requests)
    tell(work, signed(SECRET, [VISIT]))
    assert len(ehr.requests) == before


def test_two_secrets_may_overlap(work: Work) -> None:
    for secret in (SECRET, NEXT):
        assert tell(work, signed(secret, [VISIT])).status_code == 204
        assert tell(work, by_header(secret, EVENT, 1)).status_code == 204
    assert tell(work, signed("x" * 32, [VISIT])).status_code == 401


GOOD = signed(SECRET, [VISIT])
FORGED = {
    "nothing": (GOOD, {"X-Hub-Signature": None}, "missing"),
    "a signature by another secret": (signed("x" * 32, [VISIT]), {}, "wrong"),
    "a signature of another body": (Told(GOOD.headers, GOOD.body.replace(b"one", b"two")), {}, "wrong"),
    "a body that was cut": (Told(GOOD.headers, GOOD.body[:-20]), {}, "wrong"),
    "a signature that was cut": (GOOD, {"X-Hub-Signature": GOOD.headers["X-Hub-Signature"][:-1]}, "wrong"),
    "an empty signature": (GOOD, {"X-Hub-Signature": "sha256="}, "wrong"),
    "a signature that is no text": (GOOD, {"X-Hub-Signature": "sha256=äöü"}, "wrong"),
    "the secret of the other practice": (signed(SECRET[::-1], [VISIT]), {}, "wrong"),
    "a method that is broken": (
        GOOD,
        {"X-Hub-Signature": "sha1=" + hmac.new(SECRET.encode(), GOOD.body, hashlib.sha1).hexdigest()},
        "method",
    ),
    "no method": (GOOD, {"X-Hub-Signature": GOOD.headers["X-Hub-Signature"][7:]}, "method"),
    "another bearer": (by_header("x" * 32, EVENT, 1), {}, "wrong"),
    "an empty bearer": (by_header(SECRET, EVENT, 1), {"Authorization": "Bearer "}, "missing"),
    "the secret by another scheme": (by_header(SECRET, EVENT, 1), {"Authorization": f"Basic {SECRET}"}, "missing"),
    "a wrong signature beside the right bearer": (
        by_header(SECRET, EVENT, 1),
        {"X-Hub-Signature": "sha256=00"},
        "wrong",
    ),
}


@pytest.mark.parametrize("name", FORGED)
def test_who_does_not_prove_to_be_the_ehr_is_refused_in_a_sentence_and_audited_without_the_body(
    work: Work, name: str
) -> None:
    told, headers, why = FORGED[name]
    with capture_logs() as logged:
        answer = tell(work, told, **headers)
    assert (answer.status_code, answer.json) == (401, {"error": REFUSED[why][1]})
    assert answer.headers["WWW-Authenticate"] == "Bearer"
    assert not rows(work)
    (row,) = refusals(work)
    assert (row.practice_id, row.subject, row.detail["why"]) == ("main", "ehr main", why)
    assert "one" not in json.dumps(row.detail) and SECRET not in str(logged) and "Patient/one" not in str(logged)


def test_other_methods_of_a_signature_are_taken(work: Work) -> None:
    for method in ("sha384", "sha512", "SHA256"):
        proof = signature_of(GOOD.body, SECRET, method.lower()).replace(method.lower(), method)
        assert tell(work, GOOD, **{"X-Hub-Signature": proof}).status_code == 204


def test_many_forgeries_leave_one_row_of_the_audit_a_minute_and_keep_nobody_out(work: Work) -> None:
    for _ in range(20):
        assert tell(work, signed("x" * 32, [VISIT])).status_code == 401
    assert len(refusals(work)) == 1
    assert tell(work, GOOD).status_code == 204
    work.clock = fixed(NOW + timedelta(minutes=1))
    tell(work, signed("x" * 32, [VISIT]))
    assert [one.detail["refused_so_far"] for one in refusals(work)] in ([1, 21], [21, 1])


@pytest.mark.parametrize("name", ["nobody", "silent", "main ", "../main", "MAIN"])
def test_an_ehr_that_is_not_known_or_does_not_tell_is_not_found(work: Work, name: str) -> None:
    assert tell(work, GOOD, name).status_code == 404
    assert not rows(work) and not rows(work, ChannelRow)


def test_one_practice_s_ehr_tells_nothing_of_another_s(work: Work) -> None:
    assert tell(work, signed(SECRET[::-1], [VISIT]), "theirs").status_code == 204
    assert tell(work, GOOD, "theirs").status_code == 401
    assert [(one.practice_id, one.ehr) for one in rows(work)] == [("other", "theirs")]


def test_a_body_that_is_too_long_is_not_read(work: Work) -> None:
    body = b" " * LONGEST + GOOD.body
    long = Told({"X-Hub-Signature": signature_of(body, SECRET)}, body)
    assert tell(work, long).status_code == 413
    just = GOOD.body + b" " * (LONGEST - len(GOOD.body))
    assert tell(work, Told({"X-Hub-Signature": signature_of(just, SECRET)}, just)).status_code == 204


UNREADABLE = {
    "XML": b"<Bundle xmlns='http://hl7.org/fhir'/>",
    "cut": GOOD.body[:-20],
    "a form": b"a=b&c=d",
    "no Bundle": b'{"resourceType": "Patient", "id": "one"}',
    "a list": b"[1, 2]",
    "a Bundle of nothing": b'{"resourceType": "Bundle", "type": "history"}',
    "entries that are none": b'{"resourceType": "Bundle", "entry": [null, 7, {"resource": []}]}',
    "no text": b"\xff\xfe\x00",
    "deep": b"[" * 100_000,
}


@pytest.mark.parametrize("name", UNREADABLE)
def test_what_the_ehr_proved_and_cannot_be_read_says_that_something_changed(work: Work, name: str) -> None:
    told = Told({"Authorization": f"Bearer {SECRET}", "Content-Type": "text/xml"}, UNREADABLE[name])
    for _ in range(2):
        answer = tell(work, told)
        assert (answer.status_code, answer.json) == (400, {"error": REFUSED["malformed"][1]})
    (row,) = rows(work)
    assert (row.type, row.fhir_id, row.patient, row.taken_at) == (None, None, None, None)


@pytest.mark.parametrize("kind", ["text/plain", "application/x-www-form-urlencoded", "application/json", None])
def test_the_name_of_the_content_does_not_matter(work: Work, kind: str | None) -> None:
    assert tell(work, GOOD, **{"Content-Type": kind}).status_code == 204
    assert [one.fhir_id for one in rows(work)] == ["one"]


def test_an_empty_request_says_that_something_changed_once_a_minute(work: Work) -> None:
    empty = Told({"Authorization": f"Bearer {SECRET}", "Content-Type": "application/x-www-form-urlencoded"}, b"")
    assert [tell(work, empty).status_code for _ in range(3)] == [204] * 3
    assert [(one.type, one.patient) for one in rows(work)] == [(None, None)]


@pytest.mark.parametrize("kind", ["handshake", "heartbeat"])
def test_that_the_channel_lives_is_kept_and_no_event(work: Work, kind: str) -> None:
    assert tell(work, by_header(SECRET, kind, 0)).status_code == 204
    assert not rows(work)
    (channel,) = rows(work, ChannelRow)
    assert (channel.subscription, channel.heard_at, channel.status) == ("Subscription/visits", NOW, "active")


def check(work: Work, after: timedelta = timedelta(0)) -> Check:
    later = Work(work.config, work.db, fixed(NOW + after))
    return next(one for one in health(later, Scope("main")).checks if one.name == "events of main")


def test_how_the_ehr_tells_is_said(work: Work) -> None:
    assert "nothing was heard yet" in check(work).sentence and not check(work).ok
    tell(work, by_header(SECRET, "handshake", 0))
    assert check(work).ok and "0 told within a day, 0 not read yet" in check(work).sentence
    tell(work, by_header(SECRET, EVENT, 3, [VISIT]))
    tell(work, signed("x" * 32, [VISIT]))
    said = check(work).sentence
    assert "2 told within a day, 2 not read yet" in said and "2 never came" in said and "1 requests proved" in said
    old = check(work, timedelta(hours=3))
    assert not old.ok and "the oldest since" in old.sentence


def test_a_silence_is_said(work: Work) -> None:
    tell(work, by_header(SECRET, "handshake", 0))
    assert "silent" not in check(work, timedelta(hours=23)).sentence
    silent = check(work, timedelta(hours=25))
    assert "silent for more than a day" in silent.sentence and silent.what_to_do


def test_a_subscription_that_ended_is_said(work: Work) -> None:
    told = by_header(SECRET, "heartbeat", 0)
    tell(work, Told(told.headers, told.body.replace(b'"valueCode": "active"', b'"valueCode": "error"')))
    ended = check(work)
    assert not ended.ok and "Subscription/visits" in ended.sentence


def test_it_is_heard_over_http(work: Work) -> None:
    with running(server_of(work)) as address:
        assert send(f"{address}/events/main", GOOD) == 204
        assert send(f"{address}/events/main", signed("x" * 32, [VISIT])) == 401


def test_every_refusal_is_documented() -> None:
    page = (Path(__file__).parents[2] / "docs" / "connect-an-ehr.md").read_text(encoding="utf-8")
    lines = [f"| `{code}` | {status} | {words} |" for code, (status, words) in REFUSED.items()]
    assert [line for line in lines if line not in page] == []
