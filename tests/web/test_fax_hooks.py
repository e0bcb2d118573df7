"""What a fax gateway tells is not believed: the gateway is asked sooner, and whoever has no secret changes nothing."""

from __future__ import annotations

import base64
import hashlib
import hmac
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from flask.testing import FlaskClient

from loopclose.clock import fixed
from loopclose.config.channels.fax import FaxConfig
from loopclose.outbound.channels.fax_hooks import secret_path
from loopclose.store.deliveries import DeliveryRow
from loopclose.store.engine import Database
from loopclose.web import create_app
from tests.store.line import NOW, config, kept_practice
from tests.store.practices import row

SECRET = "s" * 40
LATER = NOW + timedelta(hours=1)
BODY = b'{"data": {"messageId": "m1", "subject": "d1-1"}}'


@pytest.fixture
def practice(tmp_path: Path) -> Iterator[tuple[Database, Any]]:
    from loopclose.flows.work import Work
    from loopclose.sandbox.server import serve

    box, path = kept_practice(8)
    url = f"sqlite:///{tmp_path / 'test.db'}"
    (tmp_path / "test.db").write_bytes(path.read_bytes())
    db = Database(url)
    with db.write() as session:
        session.add(
            row(DeliveryRow, "main", id="d1", obligation="o1", state="underway", channel="fax", ask_after=LATER)
        )
    with serve(box) as server:
        yield db, Work(config(box, server, url), db, fixed(NOW))
    db.close()


def client(work: Any, **settings: Any) -> FlaskClient:
    fax = FaxConfig(webhook_secret=SECRET, **settings)
    app = create_app(replace(work, config=work.config.model_copy(update={"fax": {"main": fax}})))
    return app.test_client()


def asked_at(db: Database) -> Any:
    with db.read() as session:
        return session.get_one(DeliveryRow, ("main", "d1")).ask_after


SRFAX = {"gateway": "srfax", "user": "1", "password": "p", "sender": "6175550100", "sender_mail": "us@practice.example"}
DOCUMO = {"gateway": "documo", "password": "key"}


def test_srfax_knows_the_address_alone(practice: tuple[Database, Any]) -> None:
    db, work = practice
    there = client(work, **SRFAX)
    assert there.post("/fax/0000", data=BODY).status_code == 404 and asked_at(db) == LATER
    assert there.get(f"/fax/{secret_path(SECRET, 'main')}").status_code in (404, 405) and asked_at(db) == LATER
    assert there.post(f"/fax/{secret_path(SECRET, 'main')}", data=b"nothing").status_code == 404
    assert there.post(f"/fax/{secret_path(SECRET, 'main')}", data=BODY).status_code == 204
    assert asked_at(db) == NOW


def test_documo_shows_the_secret_as_well(practice: tuple[Database, Any]) -> None:
    db, work = practice
    there, path = client(work, **DOCUMO), f"/fax/{secret_path(SECRET, 'main')}"
    assert there.post(path, data=BODY).status_code == 404 and asked_at(db) == LATER
    wrong = {"Authorization": "Basic " + base64.b64encode(b"u:guess").decode()}
    assert there.post(path, data=BODY, headers=wrong).status_code == 404 and asked_at(db) == LATER
    signed = {"X-Documo-Signature": hmac.new(SECRET.encode(), BODY, hashlib.sha256).hexdigest()}
    assert there.post(path, data=BODY, headers=signed).status_code == 204 and asked_at(db) == NOW
