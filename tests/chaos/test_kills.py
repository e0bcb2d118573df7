"""kill -9 at random moments of sync and of the night run, then a re-run: as if nothing had happened."""

from __future__ import annotations

import os
import random
import shutil
import signal
import socket
import sqlite3
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from email import message_from_bytes
from pathlib import Path
from typing import Any

import pytest
from aiosmtpd.controller import Controller

from loopclose.sandbox.server import SandboxServer, serve
from loopclose.sandbox.settings import config_toml
from tests.store.line import sandbox

KILLS = int(os.environ.get("KILLS", "10"))
AS_OF = "2026-11-24T15:00:00Z"
PEOPLE = (("heart", "clinician"), ("cora", "coordinator"), ("leo", "lead"), ("mona", "manager"))
BOX = sandbox("messy", 40)


class Inbox:
    """A mail server that keeps what it took; it may kill the sender between taking a mail and saying so."""

    def __init__(self) -> None:
        self.got: list[bytes] = []
        self.kill_at: int | None = None
        self.sender: subprocess.Popen[bytes] | None = None

    async def handle_DATA(self, server: Any, session: Any, envelope: Any) -> str:
        self.got.append(envelope.content)
        if len(self.got) == self.kill_at and self.sender is not None:
            self.sender.send_signal(signal.SIGKILL)
        return "250 taken"


@pytest.fixture(scope="module")
def ehr() -> Iterator[SandboxServer]:
    with serve(BOX) as server:
        yield server


@pytest.fixture
def post() -> Iterator[tuple[Inbox, int]]:
    inbox = Inbox()
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    controller = Controller(inbox, hostname="127.0.0.1", port=port)
    controller.start()
    yield inbox, port
    controller.stop()


def home(folder: Path, ehr: SandboxServer, port: int | None = None) -> Path:
    folder.mkdir()
    mail = f'[mail]\nhost = "127.0.0.1"\nport = {port}\ntls = "none"\nsender = "l@practice.example"\n' if port else ""
    (folder / "loopclose.toml").write_text(config_toml(BOX, ehr.base_url) + mail)
    for name, role in PEOPLE:
        reference = ["--reference", f"Practitioner/{name}"] if role == "clinician" else []
        run(folder, "user", "add", f"{name}@practice.example", "--role", role, *reference)
    return folder


def start(folder: Path, *args: str) -> subprocess.Popen[bytes]:
    return subprocess.Popen(
        [sys.executable, "-m", "loopclose", *args],
        cwd=folder,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        env={k: v for k, v in os.environ.items() if not k.startswith("LOOPCLOSE_")},
    )


def run(folder: Path, *args: str) -> bytes:
    process = start(folder, *args)
    out, err = process.communicate(timeout=120)
    assert process.returncode == 0, err.decode()
    return out


def die(process: subprocess.Popen[bytes], ready: Callable[[], bool], after: float) -> bool:
    """Kill the process a moment after ``ready``; says whether it was still at it."""
    until = time.monotonic() + 60
    while process.poll() is None and not ready() and time.monotonic() < until:
        time.sleep(0.002)
    time.sleep(after)
    killed = process.poll() is None
    process.kill()
    process.communicate()
    return killed


def test_a_killed_sync_is_made_good_by_the_next(tmp_path: Path, ehr: SandboxServer) -> None:
    template = home(tmp_path / "template", ehr)
    whole = copied(template, tmp_path / "whole")
    seen = len(ehr.requests)
    run(whole, "sync", "--as-of", AS_OF)
    requests = len(ehr.requests) - seen
    wanted = run(whole, "export")
    rng, inside = random.Random(7), 0
    for number in range(KILLS):
        folder = copied(template, tmp_path / f"k{number}")
        before, at = len(ehr.requests), rng.randint(1, requests)
        process = start(folder, "sync", "--as-of", AS_OF)
        inside += die(process, lambda: len(ehr.requests) - before >= at, rng.uniform(0, 0.05))
        run(folder, "sync", "--as-of", AS_OF)
        assert run(folder, "export") == wanted
    print(f"{inside} of {KILLS} kills of sync after the first request and before the end")
    assert inside >= 0.8 * KILLS


def test_a_killed_night_tells_everybody_once(tmp_path: Path, ehr: SandboxServer, post: tuple[Inbox, int]) -> None:
    inbox, port = post
    template = home(tmp_path / "template", ehr, port)
    run(template, "sync", "--as-of", AS_OF)
    whole = copied(template, tmp_path / "whole")
    run(whole, "nightly", "--as-of", AS_OF)
    wanted, mails = run(whole, "export"), {message_from_bytes(mail)["Message-ID"]: mail for mail in inbox.got}
    assert mails
    rng, inside, between = random.Random(11), 0, 0
    for number in range(KILLS):
        folder = copied(template, tmp_path / f"n{number}")
        inbox.got.clear()
        process = inbox.sender = start(folder, "nightly", "--as-of", AS_OF)
        if number % 2:  # between the mail server's acceptance and our commit
            inbox.kill_at = rng.randint(1, len(mails))
            process.communicate()
            killed = process.returncode == -signal.SIGKILL
            between += killed
        else:
            inbox.kill_at = None
            killed = die(process, lambda folder=folder: begun(folder), rng.uniform(0, 0.03))  # type: ignore[misc]
        inside += killed
        inbox.kill_at = None
        run(folder, "nightly", "--as-of", AS_OF)
        assert run(folder, "export") == wanted
        arrived: dict[str, bytes] = {}
        for mail in inbox.got:
            key = message_from_bytes(mail)["Message-ID"]
            assert arrived.setdefault(key, mail) == mail  # the same bytes under the same name
        assert arrived == mails
    print(f"{inside} of {KILLS} kills of the night before its end, {between} between acceptance and commit")
    assert inside >= 0.8 * KILLS and between > 0


def begun(folder: Path) -> bool:
    """Whether the night run holds its lease."""
    with sqlite3.connect(folder / "loopclose.db", timeout=5) as connection:
        return bool(connection.execute("SELECT 1 FROM lease WHERE name LIKE 'nightly:%'").fetchall())


def copied(template: Path, folder: Path) -> Path:
    """A folder like the template, so that no kill meets what another left."""
    shutil.copytree(template, folder)
    return folder
