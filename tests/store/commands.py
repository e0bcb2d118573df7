"""The command line over a practice with one signed letter and a made-up fax gateway, for tests."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select

from loopclose import cli
from loopclose.cli import common
from loopclose.flows.delivery.said import add_address, check_address
from loopclose.sandbox.fax_gateway import FaxGateway
from loopclose.sandbox.search import Store
from loopclose.sandbox.server import SandboxServer
from loopclose.sandbox.settings import config_toml
from loopclose.store.engine import Database
from loopclose.store.schema import TABLES
from tests.store.test_corrections import BOX, CORA, MAIN, Line

NUMBER = "+16175550142"
SETTINGS = """
[web]
secret = "{secret}"
[fax.main]
gateway = "srfax"
url = "{fax}/srfax"
user = "4711"
password = "made-up"
sender = "+1 617-555-0100"
sender_mail = "letters@practice.example"
"""


@dataclass(frozen=True)
class Ended:
    """How a command ended, and what it wrote where."""

    code: int
    out: str
    err: str

    @property
    def json(self) -> dict[str, Any]:
        """The one document on standard output."""
        assert self.out.count("\n") == 1, self
        found: dict[str, Any] = json.loads(self.out)
        assert list(found)[:2] == ["schema", "as_of"] and found["schema"] == 1
        return found


class Commands:
    """Runs commands as a user does, over the database of a line, at its time."""

    def __init__(self, line: Line, gateway: FaxGateway, folder: Path, capture: pytest.CaptureFixture[str]) -> None:
        self.line, self.gateway, self.capture = line, gateway, capture
        self.path = folder / "loopclose.toml"
        settings = SETTINGS.format(secret="s" * 40, fax=gateway.address)
        text = config_toml(BOX, line.server.base_url, line.db.url) + settings
        self.path.write_text(text.replace("rehearsal = true", "rehearsal = false"))

    def run(self, *args: str) -> Ended:
        """Run one to its end."""
        self.capture.readouterr()
        mask = os.umask(0o077)
        try:
            cli.main(list(args))
        except SystemExit as end:
            said = self.capture.readouterr()
            assert isinstance(end.code, int) and "Traceback" not in said.err
            return Ended(end.code, said.out, said.err)
        finally:
            os.umask(mask)
        raise AssertionError("a command always ends with a code")

    def json(self, *args: str) -> dict[str, Any]:
        """The document of one that went well."""
        ended = self.run(*args, "--json")
        assert ended.code == 0, ended
        return ended.json

    def address(self, to: str = NUMBER, *, channel: str = "fax", check: bool = True, **more: Any) -> str:
        """Of the referrer of the signed letter."""
        given = {"referrer": self.line.report().referrer_key, "name": "Dr. Lee", "channel": channel, "to": to, **more}
        key = add_address(self.line.at_work(), MAIN, given, CORA)
        if check:
            check_address(self.line.at_work(), MAIN, key, CORA)
        return key

    def tables(self) -> dict[str, list[str]]:
        """Every row of every table."""
        with self.line.db.read() as session:
            return {name: sorted(map(repr, session.execute(select(table)))) for name, table in TABLES.items()}

    @contextmanager
    def changed(self, model: Any, key: tuple[Any, ...], **values: Any) -> Iterator[None]:
        """A row that says something else meanwhile, whoever wrote it."""
        with self.line.db.write() as session:
            row = session.get_one(model, ("main", *key))
            before = {name: getattr(row, name) for name in values}
            for name, value in values.items():
                setattr(row, name, value)
        yield
        with self.line.db.write() as session:
            row = session.get_one(model, ("main", *key))
            for name, value in before.items():
                setattr(row, name, value)


def moments(document: Any) -> Iterator[str]:
    """Every value of a key that ends with ``_at``."""
    if isinstance(document, dict):
        for name, value in document.items():
            if name.endswith("_at") and value is not None:
                yield value
            yield from moments(value)
    elif isinstance(document, list):
        for one in document:
            yield from moments(one)


@pytest.fixture
def line(db: Database) -> Iterator[Line]:
    """A practice with one signed letter."""
    with SandboxServer(Store(BOX.resources)) as server:
        yield Line(db, server)


@pytest.fixture
def office(
    line: Line, tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> Iterator[Commands]:
    """The command line over that line."""

    def clock() -> datetime:
        return line.now  # type: ignore[no-any-return]

    monkeypatch.setattr(common, "system_clock", clock)
    with FaxGateway() as gateway:
        found = Commands(line, gateway, tmp_path, capsys)
        monkeypatch.setenv("LOOPCLOSE_CONFIG", str(found.path))
        yield found
