"""kill -9 at random moments of sync and of the night run, then a re-run: as if nothing had happened."""

from __future__ import annotations

import os
import random
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
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
    """A mail server that keeps what it took, and may take its time to say so."""

    def __init__(self) -> None:
        self.got: list[bytes] = []

    async def handle_DATA(self, server: Any, session: Any, envelope: Any) -> str:
        self.got.append(envelope.content)
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


def kill_at(folder: Path, seconds: float, *args: str) -> bool:
    """Kill the command after that long; says whether it was still at it."""
    process = start(folder, *args)
    try:
        process.wait(timeout=seconds)
    except subprocess.TimeoutExpired:
        process.send_signal(signal.SIGKILL)
        process.communicate()
        return True
    process.communicate()
    return False


def timed(folder: Path, *args: str) -> float:
    begun = time.monotonic()
    run(folder, *args)
    return time.monotonic() - begun


def test_a_killed_sync_is_made_good_by_the_next(tmp_path: Path, ehr: SandboxServer) -> None:
    whole = home(tmp_path / "whole", ehr)
    seen = len(ehr.requests)
    length = timed(whole, "sync", "--as-of", AS_OF)
    assert len(ehr.requests) > seen
    wanted = run(whole, "export")
    rng, inside = random.Random(7), 0
    for number in range(KILLS):
        folder = home(tmp_path / f"k{number}", ehr)
        before = len(ehr.requests)
        killed = kill_at(folder, rng.uniform(0.45, 0.98) * length, "sync", "--as-of", AS_OF)
        inside += killed and len(ehr.requests) > before
        run(folder, "sync", "--as-of", AS_OF)
        assert run(folder, "export") == wanted
    print(f"{inside} of {KILLS} kills after the first request and before the end")
    assert inside >= 0.5 * KILLS


def test_a_killed_night_tells_everybody_once(tmp_path: Path, ehr: SandboxServer, post: tuple[Inbox, int]) -> None:
    inbox, port = post
    whole = home(tmp_path / "whole", ehr, port)
    run(whole, "sync", "--as-of", AS_OF)
    copy = {path.name: path.read_bytes() for path in whole.iterdir()}
    length = timed(whole, "nightly", "--as-of", AS_OF)
    wanted, mails = run(whole, "export"), {message_from_bytes(mail)["Message-ID"]: mail for mail in inbox.got}
    assert mails
    rng, inside = random.Random(11), 0
    for number in range(KILLS):
        folder = tmp_path / f"n{number}"
        folder.mkdir()
        for name, content in copy.items():
            (folder / name).write_bytes(content)
        inbox.got.clear()
        inside += kill_at(folder, rng.uniform(0.6, 0.99) * length, "nightly", "--as-of", AS_OF)
        run(folder, "nightly", "--as-of", AS_OF)
        assert run(folder, "export") == wanted
        arrived: dict[str, bytes] = {}
        for mail in inbox.got:
            key = message_from_bytes(mail)["Message-ID"]
            assert arrived.setdefault(key, mail) == mail  # the same bytes under the same name
        assert arrived == mails
    print(f"{inside} of {KILLS} kills before the end")
    assert inside >= 0.5 * KILLS
