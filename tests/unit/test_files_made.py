"""Whatever a command makes is for its owner alone: the database and its log, mails, drafts, keys, exports, backups."""

from __future__ import annotations

import json
import stat
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from loopclose.letters.forms import FORMS
from loopclose.sandbox.server import serve
from loopclose.sandbox.settings import config_toml
from tests.forked import loopclose
from tests.store.line import sandbox

OPEN_TO_OTHERS = 0o077


@pytest.fixture
def folder() -> Iterator[Path]:
    """A folder that others may look into, as most are."""
    with tempfile.TemporaryDirectory() as name:
        Path(name).chmod(0o755)
        yield Path(name)


WHILE_OPEN = """
import pathlib
from loopclose.cli import main
try:
    main(["worklist"])
except SystemExit:
    for path in sorted(pathlib.Path(".").glob("loopclose.db-*")):
        print("BESIDE", path.name, oct(path.stat().st_mode & 0o777))
"""


def beside_an_open_database(folder: Path) -> dict[str, str]:
    """What stands beside the database while a command runs, by name, with its mode."""
    command = [sys.executable, "-c", WHILE_OPEN]
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=True, umask=0o022)
    lines = [line.split() for line in done.stdout.splitlines() if line.startswith("BESIDE")]
    return {name: mode for _, name, mode in lines}


def open_to_others(folder: Path, known: set[Path]) -> dict[str, str]:
    """What was made and others may read, by path, with its mode."""
    made = [path for path in folder.rglob("*") if path not in known]
    assert made
    modes = {path: stat.S_IMODE(path.stat().st_mode) for path in made}
    return {str(path.relative_to(folder)): oct(mode) for path, mode in modes.items() if mode & OPEN_TO_OTHERS}


def test_every_file_and_folder_is_its_owners_alone(folder: Path) -> None:
    with serve(sandbox("messy", 12)) as server:
        settings = config_toml(sandbox("messy", 12), server.base_url)
        (folder / "loopclose.toml").write_text(settings + '\n[web]\nmail_folder = "mails"\n')
        known = {folder / "loopclose.toml"}
        loopclose(folder, "sync")
        for role in ("coordinator", "lead", "manager"):
            loopclose(folder, "user", "add", f"{role}@practice.example", "--role", role)
        loopclose(folder, "nightly", "--as-of", "2026-12-24T12:00:00Z")
        report = json.loads(loopclose(folder, "worklist", "--json").out)["items"][0]["obligation"]
        made = loopclose(folder, "draft", report, "-o", "papers/of-today", "--format", ",".join(FORMS)).out
        assert [Path(line).name for line in made.splitlines()] == [
            f"{kind}{form.suffix}"
            for form in FORMS.values()
            for kind in ("consult-note", "prescription-sheet")
            if kind == "consult-note" or not form.is_whole
        ]
        loopclose(folder, "sandbox", "write", "made-up/practice", "--size", "3")
        assert beside_an_open_database(folder) == {"loopclose.db-shm": "0o600", "loopclose.db-wal": "0o600"}
        loopclose(folder, "backup", "copy")
        assert "is kept as" in loopclose(folder, "restore", "copy", "--replace").out
        assert "holds everything" in loopclose(folder, "backup", "second copy").out
        assert {"loopclose.db", "copy", "second copy", "mails", "papers", "made-up"} <= {
            path.name for path in folder.iterdir()
        }
        assert list((folder / "mails").iterdir())
        assert open_to_others(folder, known) == {}
