"""The command line's contracts, run as a user runs it."""

from __future__ import annotations

import json
import os
import shutil
import sqlite3
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from importlib import import_module
from pathlib import Path
from typing import Any

import click
import pytest

from loopclose import cli as commands
from loopclose.cli import MODULES, cli
from loopclose.cli.users import user
from loopclose.sandbox.faults import Fault
from loopclose.sandbox.server import SandboxServer, serve
from loopclose.sandbox.settings import config_toml
from tests.forked import loopclose
from tests.store.line import sandbox

ITEM = {
    "obligation",
    "kind",
    "state",
    "late",
    "late_by_hours",
    "on_time",
    "due_at",
    "winner",
    "due_reasons",
    "referral",
    "visit",
    "patient",
    "referrer",
    "link",
    "owner",
    "next_step",
    "ehr",
    "practice",
}


class Home:
    """A folder with a configuration, and the commands run in it."""

    def __init__(self, folder: Path, server: SandboxServer) -> None:
        self.folder, self.server = folder, server
        (folder / "loopclose.toml").write_text(config_toml(sandbox("messy", 12), server.base_url))

    def run(self, *args: str, **environ: str) -> tuple[int, str, str]:
        done = loopclose(self.folder, *args, **environ)
        return done.code, done.out, done.err

    def json(self, *args: str) -> Any:
        code, out, err = self.run(*args, "--json")
        assert out.count("\n") == 1, (out, err)
        found = json.loads(out)
        assert found["schema"] == 1 and found["as_of"].endswith("Z")
        return {**found, "exit": code}


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Home]:
    with serve(sandbox("messy", 12)) as server:
        yield Home(tmp_path_factory.mktemp("home"), server)


def test_the_line_runs_from_the_command_line(home: Home, tmp_path: Path) -> None:
    synced = home.json("sync")
    assert (
        synced["complete"]
        and synced["fetched"] > 0
        and synced["by_type"]["Encounter"]["fetched"] > 0
        and synced["exit"] == 0
    )
    items = home.json("worklist", "--kind", "all", "--as-of", "2026-12-24T12:00:00Z")["items"]
    assert items and all(set(item) >= ITEM for item in items) and any(item["late"] for item in items)
    assert home.json("links")["items"][0]["band"] in ("automatic", "person", "decided", "none")
    assert isinstance(home.json("quarantine")["items"], list)
    report = home.json("worklist")["items"][0]["obligation"]
    code, out, _ = home.run("draft", report, "-o", str(tmp_path))
    assert code == 0 and {Path(line).name for line in out.split()} == {
        "consult-note.html",
        "consult-note.txt",
        "prescription-sheet.html",
        "prescription-sheet.txt",
    }
    assert home.run("draft", report, "--format", "doc")[0] == 2
    night = home.json("nightly", "--as-of", "2026-12-24T12:00:00Z")
    assert night["exit"] == 7 and night["failed"] > 0 and night["alerts"]
    code, out, _ = home.run("export")
    assert code == 0 and all(json.loads(line)["table"] for line in out.splitlines())


def test_an_as_of_without_an_offset_is_refused(home: Home) -> None:
    code, _, err = home.run("worklist", "--as-of", "2026-12-24T12:00:00")
    assert code == 2 and "offset" in err


def test_a_user_is_added_and_decides(home: Home) -> None:
    home.run("sync")
    secret = home.folder / "pw"
    secret.write_text("a long enough password")
    assert (
        home.run("user", "add", "cora@practice.example", "--role", "coordinator", "--password-file", str(secret))[0]
        == 0
    )
    report = home.json("worklist")["items"][-1]["obligation"]
    assert home.run("waive", report, "--by", "nobody@practice.example", "--code", "duplicate")[0] == 2
    assert home.run("waive", report, "--by", "cora@practice.example", "--code", "duplicate")[0] == 0
    assert report not in [item["obligation"] for item in home.json("worklist")["items"]]
    assert home.run("reopen", report, "--by", "cora@practice.example")[0] == 0


def test_a_change_of_the_audit_shows(home: Home) -> None:
    home.run("sync")
    home.run("user", "add", "leo@practice.example", "--role", "lead")
    report = home.json("worklist")["items"][-1]["obligation"]
    assert home.run("assign", report, "--to", "leo@practice.example", "--by", "leo@practice.example")[0] == 0
    home.run("nightly")  # seals what was audited before
    found = home.json("audit", "verify")
    assert found["exit"] == 0 and found["items"][0]["ok"] and found["items"][0]["sealed"] > 0
    with sqlite3.connect(home.folder / "loopclose.db") as database:
        database.execute("UPDATE audit SET actor = 'mona@practice.example' WHERE actor = 'leo@practice.example'")
    database.close()
    code, out, _ = home.run("audit", "verify")
    assert code == 5 and "was changed after it was sealed" in out
    parts = {part["part"]: part for part in home.json("doctor")["items"]}
    assert parts["audit"]["exit"] == 5 and not parts["audit"]["ok"]


@pytest.mark.parametrize(
    ("fault", "code"), [(None, 2), (Fault("status", "metadata", code=403), 3), (Fault("reset", "metadata"), 6)]
)
def test_doctor_ends_with_the_code_of_what_is_worst(tmp_path: Path, fault: Fault | None, code: int) -> None:
    with serve(sandbox("messy", 4)) as server:
        home = Home(tmp_path, server)
        settings = home.folder / "loopclose.toml"
        settings.write_text(settings.read_text() + '\n[mail]\nhost = "localhost"\nsender = "a@practice.example"\n')
        home.run("sync")
        server.faults.faults += [fault] if fault else []
        found = home.json("doctor")
    assert found["exit"] == code
    parts = {part["part"]: part for part in found["items"]}
    assert parts["ehr.main"]["ok"] == (fault is None) and parts["roles"]["exit"] == 2  # nobody was added yet


@pytest.mark.parametrize(
    ("fault", "code", "words"),
    [
        (Fault("html", "metadata"), 3, "web page"),
        (Fault("truncated", "metadata"), 6, "cut short"),
        (Fault("truncated", "Encounter"), 6, "cut short"),
        (Fault("endless", "Encounter"), 3, "never end"),
        (Fault("status", "metadata", code=401), 3, "credentials"),
    ],
    ids=["html", "truncated statement", "truncated page", "endless", "refused"],
)
def test_an_ehr_that_fails_is_one_sentence_and_its_code(home: Home, fault: Fault, code: int, words: str) -> None:
    home.server.faults.faults[:] = [fault]
    try:
        done, out, err = home.run("sync", "--json")
    finally:
        home.server.faults.faults.clear()
    assert done == code and words in err and json.loads(out)["complete"] is False


@pytest.mark.parametrize(
    ("environ", "code", "words"),
    [
        ({"LOOPCLOSE_EHR__MAIN__BASE_URL": "http://127.0.0.1:9/fhir"}, 6, "refused"),
        ({"LOOPCLOSE_COLOR": "red"}, 2, "LOOPCLOSE_COLOR is not known"),
        ({"LOOPCLOSE_PRACTICE__MAIN__TIMEZONE": "Mars/Base"}, 2, "time zone"),
        ({"LOOPCLOSE_DATABASE__URL": "sqlite:////nowhere/at/all.db"}, 5, "database cannot be used"),
        ({"LOOPCLOSE_CONFIG": "/nowhere.toml"}, 2, "no configuration"),
    ],
    ids=["nobody listens", "variable", "zone", "database", "no file"],
)
def test_bad_input_is_one_sentence_and_its_code(home: Home, environ: dict[str, str], code: int, words: str) -> None:
    done, _, err = home.run("sync", **environ)
    assert done == code and words in err and len(err.strip().splitlines()) == 1


MEASURED = """
import resource, subprocess, sys
done = subprocess.run([sys.executable, "-m", "loopclose", "sync"])
print(resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss)
sys.exit(done.returncode)
"""
"""A process counts as its own peak that of the one it was split off from: so that one must be small."""


@pytest.mark.parametrize("kind", ["huge", "announced"])
def test_two_gigabytes_are_refused_and_not_held_in_memory(home: Home, kind: str) -> None:
    home.server.faults.faults[:] = [Fault(kind, "Encounter")]
    environ = {**os.environ, "LOOPCLOSE_CONFIG": str(home.folder / "loopclose.toml")}
    command = [sys.executable, "-c", MEASURED]
    try:
        done = subprocess.run(command, cwd=home.folder, env=environ, capture_output=True, text=True, check=False)
    finally:
        home.server.faults.faults.clear()
    told = done.stderr
    assert done.returncode == 3 and "larger than 64 MB" in told and "page_size" in told
    assert len(told.strip().splitlines()) == 1
    assert int(done.stdout.split()[-1]) * (1 if sys.platform == "darwin" else 1024) < 400 * 2**20


def test_a_patient_who_is_refused_is_named_by_doctor_and_the_sync_ends_with_4(tmp_path: Path) -> None:
    with serve(sandbox("tidy", 6)) as server:
        home = Home(tmp_path, server)
        server.faults.faults[:] = [Fault("status", "patient=Patient/pat1&", code=403)]
        found = home.json("sync")
        assert found["exit"] == 4 and found["complete"] and found["unread"] == ["Patient/pat1"]
        assert found["without_verdict"] == {}
        code, out, _ = home.run("sync")
        assert code == 4 and "not read whole" in out and "Patient/pat1" in out
        parts = {part["part"]: part for part in home.json("doctor")["items"]}
        assert parts["unread in main"]["exit"] == 4 and "Patient/pat1" in parts["unread in main"]["says"]
        assert parts["verdicts of main"]["ok"]
        server.faults.faults.clear()
        assert home.json("sync")["exit"] == 0
        parts = {part["part"]: part for part in home.json("doctor")["items"]}
        assert parts["unread in main"]["ok"]


AS_NOBODY = """
import os, pathlib
from loopclose.cli import main
try:
    main(["sync"])  # everything is imported while it can be: the interpreter may stand in root's own folder
except SystemExit:
    pass
for path in (pathlib.Path("loopclose.db"), pathlib.Path(".")):
    path.chmod(path.stat().st_mode & 0o555)
if os.geteuid() == 0:
    os.setgroups([]), os.setgid(65534), os.setuid(65534)
main(["sync"])
"""


def test_a_read_only_database_is_one_sentence_and_stays_as_it_was(home: Home) -> None:
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        folder.chmod(0o755)
        shutil.copy(home.folder / "loopclose.toml", folder)
        environ = {**os.environ, "LOOPCLOSE_CONFIG": str(folder / "loopclose.toml")}
        command = [sys.executable, "-c", AS_NOBODY]
        done = subprocess.run(command, cwd=folder, capture_output=True, text=True, env=environ, check=False)
        folder.chmod(0o755)
        assert (done.returncode, len(done.stderr.strip().splitlines())) == (5, 1), done.stderr
        assert "database cannot be used" in done.stderr
        kept = sqlite3.connect(folder / "loopclose.db").execute("SELECT count(*) FROM sync_run").fetchone()
        assert kept == (1,)


def test_a_line_of_the_command_line_carries_no_character_that_a_terminal_obeys(
    capsys: pytest.CaptureFixture[str],
) -> None:
    from loopclose.cli.common import say

    say("Encounter/1              \x1b[2JDr. \u202eelpmaS\nEncounter/2")
    assert capsys.readouterr().out == "Encounter/1              \ufffd[2JDr. \ufffdelpmaS Encounter/2\n"


def test_every_command_of_every_module_is_found_by_its_name() -> None:
    """One in no module's list would be there for nobody, whatever its tests say."""
    context = click.Context(cli)
    named = {f"loopclose.cli.{module}": names for module, names in MODULES.items()}
    assert sorted(name for names in MODULES.values() for name in names) == cli.list_commands(context)
    for path in Path(commands.__path__[0]).glob("*.py"):
        module = import_module(f"loopclose.cli.{path.stem}")
        defined = [one.name for one in getattr(module, "COMMANDS", ())]
        if path.stem == "moves":
            defined.remove("returns")  # which is a word of the group of that name
        if path.stem == "identities":
            assert set(defined) <= set(user.commands)
        else:
            assert tuple(defined) == named.get(module.__name__, ()), path
    assert all(cli.get_command(context, name) is not None for name in cli.list_commands(context))
    assert cli.get_command(context, "nothing") is None
