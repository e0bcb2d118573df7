"""A signed-in browser over a made-up practice."""

from __future__ import annotations

import re
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from flask.testing import FlaskClient

from loopclose.clock import fixed
from loopclose.flows.papers.working import DraftWorker
from loopclose.flows.sign_in import hash_password, make_link
from loopclose.flows.work import Work
from loopclose.sandbox.server import SandboxServer, serve
from loopclose.store.base import Scope, natural_id
from loopclose.store.people import User
from loopclose.store.upgrade import open_database
from loopclose.web import create_app
from tests.store.line import NOW, add_people, config, read, sandbox, site

BOX = sandbox("messy", 80)
PASSWORD = "a long enough password"


@pytest.fixture(autouse=True)
def every_page_looks_anew(monkeypatch: pytest.MonkeyPatch) -> None:
    """The warnings of the top line are not kept from one request to the next."""
    monkeypatch.setattr("loopclose.flows.health.warnings.KEPT_SECONDS", 0)


class Browser:
    """A test client that posts forms with their token."""

    def __init__(self, client: FlaskClient) -> None:
        self.client = client

    def get(self, path: str) -> str:
        answer = self.client.get(path, follow_redirects=True)
        assert answer.status_code < 500, path
        return answer.get_data(as_text=True)

    def post(self, path: str, page: str, **form: object) -> str:
        found = re.search(r'name="csrf_token" value="([^"]+)"', self.get(page))
        assert found is not None
        answer = self.client.post(path, data={"csrf_token": found[1], **form}, follow_redirects=True)
        assert answer.status_code < 500, path
        return answer.get_data(as_text=True)


@pytest.fixture(scope="session")
def ehr() -> Iterator[SandboxServer]:
    with serve(BOX) as server:
        yield server


@pytest.fixture(scope="session")
def template(ehr: SandboxServer, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A database that was read once; each test gets a copy."""
    path = tmp_path_factory.mktemp("web") / "template.db"
    db = open_database(f"sqlite:///{path}")
    add_people(db)
    with db.write() as session:
        session.add(
            User(
                practice_id="main",
                id=natural_id("main", "user", "pw@demo.example"),
                email="pw@demo.example",
                name="Pw",
                role="coordinator",
                reference=None,
                password_hash=hash_password(PASSWORD),
                disabled=False,
            )
        )
    read(db, site(BOX, ehr))
    with db.engine.connect() as connection:
        connection.exec_driver_sql("PRAGMA wal_checkpoint(TRUNCATE)")
    db.close()
    return path


@pytest.fixture
def work(ehr: SandboxServer, template: Path, tmp_path: Path) -> Iterator[Work]:
    shutil.copy(template, tmp_path / "web.db")
    settings = config(BOX, ehr, f"sqlite:///{tmp_path / 'web.db'}")
    found = Work(settings, open_database(settings.database.url), fixed(NOW))
    yield found
    found.db.close()


def draft_all(work: Work) -> None:
    """What a worker does beside the web server."""
    worker = DraftWorker(work)
    while worker.once():
        pass


@pytest.fixture
def stranger(work: Work) -> Browser:
    return Browser(create_app(work).test_client())


@pytest.fixture
def browser(work: Work) -> Browser:
    found = Browser(create_app(work).test_client())
    token = make_link(work.db, work.clock, Scope("main"), "cora@demo.example")
    found.post(f"/sign-in/once/{token}", f"/sign-in/once/{token}")
    return found
