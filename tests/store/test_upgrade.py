"""Making the schema and bringing it up: by several processes at once, and never back from a newer one."""

from __future__ import annotations

import subprocess
import sys
from importlib.resources import as_file, files
from pathlib import Path

import pytest
from alembic import command
from alembic.config import Config
from alembic.script import ScriptDirectory
from sqlalchemy import text

from loopclose.errors import DatabaseError
from loopclose.store.engine import Database
from loopclose.store.upgrade import check, open_database, revisions, upgrade
from tests.store.conftest import database_url

ONE = """
import sys
from loopclose.store.engine import Database
from loopclose.store.upgrade import {how}
print("ready", flush=True)
sys.stdin.readline()
{do}
print("done")
"""
WAYS = {
    "upgrade": ("upgrade", "upgrade(Database(sys.argv[1]))"),
    "open": ("open_database", "open_database(sys.argv[1]).close()"),
}


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize("kind", ["sqlite", "postgres"])
def test_three_first_upgrades_at_once_make_one_schema(
    kind: str, way: str, tmp_path: Path, request: pytest.FixtureRequest
) -> None:
    url = database_url(kind, tmp_path, request)
    how, do = WAYS[way]
    started_as = [sys.executable, "-c", ONE.format(how=how, do=do), url]
    pipe = subprocess.PIPE
    started = [subprocess.Popen(started_as, stdin=pipe, stdout=pipe, stderr=pipe, text=True) for _ in range(3)]
    assert all(one.stdout is not None and one.stdout.readline() == "ready\n" for one in started)
    for one in started:
        assert one.stdin is not None
        one.stdin.write("\n")
        one.stdin.flush()
    told = [one.communicate(timeout=120) for one in started]
    assert [out for out, _ in told] == ["done\n"] * 3, told
    db = Database(url)
    check(db)
    with db.read() as session:
        assert session.execute(text("SELECT count(*) FROM alembic_version")).scalar_one() == 1
    db.close()


def test_a_newer_schema_is_one_sentence_and_stays_as_it_is(db: Database) -> None:
    with db.write() as session:
        session.execute(text("UPDATE alembic_version SET version_num = '9999'"))
    for way in (upgrade, check, lambda one: open_database(one.url)):
        with pytest.raises(DatabaseError, match=r"written by a newer Loopclose: install that version\."):
            way(db)
    with db.read() as session:
        assert session.execute(text("SELECT version_num FROM alembic_version")).scalar_one() == "9999"


@pytest.mark.parametrize("kind", ["sqlite", "postgres"])
def test_an_upgrade_that_breaks_off_changes_nothing(
    kind: str, tmp_path: Path, request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch
) -> None:
    db = Database(database_url(kind, tmp_path, request))
    whole = command.upgrade
    monkeypatch.setattr(command, "upgrade", lambda config, _: whole(config, "0005"))
    upgrade(db)

    def broken(config: Config, revision: str) -> None:
        whole(config, revision)
        raise KeyboardInterrupt

    monkeypatch.setattr(command, "upgrade", broken)
    with pytest.raises(KeyboardInterrupt):
        upgrade(db)
    monkeypatch.undo()
    with pytest.raises(DatabaseError, match="older schema"):
        check(db)
    with db.read() as session:
        assert session.execute(text("SELECT version_num FROM alembic_version")).scalar_one() == "0005"
    upgrade(db)
    check(db)
    db.close()


def test_each_step_is_in_a_file_whose_name_begins_with_its_revision() -> None:
    """So a command knows every revision without reading the steps."""
    with as_file(files("loopclose.store") / "migrations") as scripts:
        config = Config()
        config.set_main_option("script_location", str(scripts))
        steps = [one.revision for one in ScriptDirectory.from_config(config).walk_revisions()]
    assert revisions() == steps[::-1]
