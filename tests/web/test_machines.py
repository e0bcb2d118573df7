"""What machines ask: alive, ready, and numbers, which say nothing of a patient and are not for everybody."""

from __future__ import annotations

import re
from datetime import timedelta
from typing import Any

import pytest
import requests
from prometheus_client.parser import text_string_to_metric_families
from sqlalchemy import select

from loopclose.cli.serving import server_of
from loopclose.clock import fixed
from loopclose.errors import TEMPORARY, UNSENT
from loopclose.flows.health.asking import health
from loopclose.flows.health.check import Check
from loopclose.flows.health.last_night import BROKEN, MISSED
from loopclose.flows.jobs import run_night
from loopclose.flows.work import Work
from loopclose.store.base import Scope
from loopclose.store.outbox import NightRun
from loopclose.store.people import ClinicianRow, PatientRow
from loopclose.web import create_app
from tests.store.line import NOW
from tests.web.conftest import Browser
from tests.web.serving import running

MAIN = Scope("main")


def asked(work: Work, path: str, peer: str = "127.0.0.1", **sent: str) -> Any:
    return create_app(work).test_client().get(path, environ_base={"REMOTE_ADDR": peer}, headers=sent)


def test_alive_and_ready(work: Work) -> None:
    assert asked(work, "/healthz", "10.0.0.9").status_code == 200
    assert asked(work, "/readyz", "10.0.0.9").status_code == 200


def test_not_ready_without_the_schema_or_the_database_and_still_alive(work: Work) -> None:
    with work.db.engine.begin() as connection:
        connection.exec_driver_sql("UPDATE alembic_version SET version_num = '0005'")
    answer = asked(work, "/readyz")
    assert answer.status_code == 503 and "loopclose db upgrade" in answer.get_data(as_text=True)
    with work.db.engine.begin() as connection:
        connection.exec_driver_sql("DROP TABLE alembic_version")
    assert asked(work, "/readyz").status_code == 503
    assert asked(work, "/healthz").status_code == 200


def test_the_numbers_are_prometheus_text_and_name_no_patient(work: Work) -> None:
    run_night(work, MAIN)  # without [mail]: mails stay unsent
    client = create_app(work).test_client()
    client.get("/not-here")
    answer = client.get("/metrics")
    text = answer.get_data(as_text=True)
    assert answer.status_code == 200 and answer.headers["Content-Type"].startswith("text/plain; version=0.0.4")
    found = {one.name: one.samples for one in text_string_to_metric_families(text)}
    of_practice = {"practice": "main"}
    for name in ("loopclose_open", "loopclose_late", "loopclose_mails_unsent"):
        (sample,) = found[name]
        assert sample.labels == of_practice and sample.value > 0, name
    (night,) = found["loopclose_night_timestamp_seconds"]
    (sync,) = found["loopclose_sync_complete_timestamp_seconds"]
    assert night.value == NOW.timestamp() and sync.labels == {**of_practice, "ehr": "main"}
    assert [sample.value for sample in found["loopclose_sync_failing"]] == [0]
    assert {sample.labels["status"] for sample in found["loopclose_http_answers"]} == {"4xx"}
    with work.db.read() as session:
        people = [*session.scalars(select(PatientRow)), *session.scalars(select(ClinicianRow))]
        words = {word for one in people for word in re.findall(r"[\w/-]{4,}", one.name or "")}
        words |= {getattr(one, "mrn", None) or one.name or "" for one in people} | {
            one.id for one in people if isinstance(one, PatientRow)
        }
    assert not [word for word in words if word and re.search(rf"\b{re.escape(word)}\b", text)]


@pytest.mark.parametrize(
    ("peer", "sent", "status"),
    [
        ("127.0.0.1", {}, 200),
        ("::1", {}, 200),
        ("10.0.0.9", {}, 403),
        ("127.0.0.1", {"X-Forwarded-For": "203.0.113.7"}, 403),
        ("10.0.0.9", {"Authorization": "Bearer s3cret"}, 200),
        ("10.0.0.9", {"Authorization": "Bearer wrong"}, 403),
        ("10.0.0.9", {"Authorization": "Bearer é"}, 403),
    ],
)
def test_the_numbers_are_for_this_machine_or_who_knows_the_token(
    work: Work, peer: str, sent: dict[str, str], status: int
) -> None:
    web = type(work.config.web).model_validate({"metrics_token": "s3cret"})
    without_a_token = 403 if sent else status
    assert asked(work, "/metrics", peer, **sent).status_code == without_a_token
    work.config = work.config.model_copy(update={"web": web})
    assert asked(work, "/metrics", peer, **sent).status_code == status


def night(work: Work, after: timedelta = timedelta(0)) -> Check:
    work.clock = fixed(NOW + after)
    return next(check for check in health(work, MAIN).checks if check.name == "night")


def test_doctor_says_when_the_last_night_was_and_what_it_did(work: Work) -> None:
    assert night(work).ok and "no night run yet" in night(work).words
    run_night(work, MAIN)
    check = night(work, timedelta(hours=7))
    told = r"last night run Tue 24 Nov 2026, 15:00 UTC, 7 hours ago: \d+ open, \d+ late, 0 mails sent, [1-9]\d* failed"
    assert re.fullmatch(told, check.sentence) and check.exit_code == UNSENT and "not everybody was told" in check.words
    late = night(work, MISSED + timedelta(minutes=1))
    assert late.exit_code == TEMPORARY and "1 day ago" in late.words and "no night since" in late.words
    assert "3 days ago" in night(work, timedelta(days=3)).words


def test_a_night_that_told_everybody_is_well(work: Work) -> None:
    counts = {"examined": 3, "late": 1, "messages_sent": 1, "failed": 0}
    with work.db.write() as session:
        session.add(
            NightRun(practice_id="main", id="n", night=NOW.date(), started_at=NOW, finished_at=NOW, counts=counts)
        )
    assert night(work).ok and night(work).words.endswith("3 open, 1 late, 1 mail sent, 0 failed")


def test_a_night_that_did_not_end_is_said(work: Work) -> None:
    with work.db.write() as session:
        session.add(
            NightRun(practice_id="main", id="n", night=NOW.date(), started_at=NOW, finished_at=None, counts=None)
        )
    assert night(work, BROKEN).ok and "and runs" in night(work, BROKEN).words
    assert night(work, BROKEN + timedelta(minutes=1)).exit_code == TEMPORARY


def test_the_health_page_shows_it(work: Work, browser: Browser) -> None:
    assert "No night run yet" in browser.get("/health")


def test_the_server_itself_hides_no_proxy(work: Work) -> None:
    """What a proxy on this machine passes on, over a real socket: the server must not take its headers away."""
    work.config = work.config.model_copy(update={"web": work.config.web.model_copy(update={"port": 0})})
    with running(server_of(work)) as base:
        address = f"{base}/metrics"
        assert requests.get(address, timeout=10).status_code == 200
        assert requests.get(address, headers={"X-Forwarded-For": "203.0.113.7"}, timeout=10).status_code == 403
        assert requests.get(address, headers={"Via": "1.1 proxy"}, timeout=10).status_code == 403
