"""SQLite: an online copy while others write, and a copy put back beside whatever stood there."""

from __future__ import annotations

import os
import shutil
import sqlite3
from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager, suppress
from datetime import UTC, datetime
from pathlib import Path

from loopclose.errors import DatabaseError, TemporaryProblem, UsageError
from loopclose.store.restores import minute_of, moment_of
from loopclose.store.sqlite_files import BESIDE, has_stray_log, header


def copy(source: Path, target: Path, now: datetime) -> None:
    """A consistent copy, which says when it was taken; raises ``DatabaseError`` where it cannot be made whole."""
    if not header(source):
        raise DatabaseError(f"There is no database at {source} yet: nothing to back up.")
    with closing(sqlite3.connect(source)) as live, closing(sqlite3.connect(target)) as made:
        live.backup(made)  # all in one read: whoever writes meanwhile is not held up, and the copy is of one moment
        made.execute("PRAGMA journal_mode=DELETE")  # one file, without a log of its own
        made.execute(f"PRAGMA user_version={minute_of(now)}")
    problem = _damage(target)
    if problem:
        raise DatabaseError(f"The database {source} is damaged, and so would be its backup: {problem}.")


def taken_at(path: Path) -> datetime:
    """When a copy was taken; raises ``DatabaseError`` for a file that is none, or damaged."""
    if not header(path):
        raise DatabaseError(f"{path} is no backup of an SQLite database.")
    if Path(f"{path}-wal").exists():
        raise DatabaseError(f"{path} is a database in use, or was copied as one: make a backup with loopclose backup.")
    problem = _damage(path)
    if problem:
        raise DatabaseError(f"The backup {path} is damaged: {problem}.")
    with closing(_read_only(path)) as found:
        (minute,) = found.execute("PRAGMA user_version").fetchone()
    return moment_of(minute) or datetime.fromtimestamp(path.stat().st_mtime, UTC)


def put_back(source: Path, target: Path, now: datetime, *, replace: bool) -> Path | None:
    """Put a copy in the place of ``target``; gives where what stood there is kept.

    Raises ``UsageError`` where something stands there and may not be replaced, ``TemporaryProblem`` while it is used.
    """
    there = [path for path in (target, *(Path(f"{target}{end}") for end in BESIDE)) if path.exists()]
    if there and not replace:
        names = ", ".join(path.name for path in there)
        raise UsageError(f"In {target.parent} stands {names} already: with --replace it is kept under another name.")
    kept = target.with_name(f"{target.name}.before-{now.astimezone(UTC):%Y%m%dT%H%M%SZ}")
    part = target.with_name(f"{target.name}.restoring")
    try:
        shutil.copyfile(source, part)
        _on_disk(part)
        _take_place(part, target, there, kept)
    finally:
        part.unlink(missing_ok=True)
    return kept if there else None


def _take_place(part: Path, target: Path, there: Sequence[Path], kept: Path) -> None:
    with _nobody_else(target):
        for path in there:
            if path.exists():  # SQLite itself takes a log away that it has worked off
                path.rename(f"{kept}{path.name.removeprefix(target.name)}")
        part.rename(target)
    _on_disk(target.parent)


def revision_of(path: Path) -> str | None:
    """The schema of a copy; None where it has none."""
    with closing(_read_only(path)) as found:
        try:
            row = found.execute("SELECT version_num FROM alembic_version").fetchone()
        except sqlite3.OperationalError:
            return None
    return str(row[0]) if row else None


def _damage(path: Path) -> str:
    """What SQLite finds wrong; empty for nothing."""
    try:
        with closing(_read_only(path)) as found:
            (said,) = found.execute("PRAGMA integrity_check(1)").fetchone()
    except sqlite3.DatabaseError as problem:
        return str(problem)
    return "" if said == "ok" else said.splitlines()[0]


def _read_only(path: Path) -> sqlite3.Connection:
    return sqlite3.connect(f"{path.resolve().as_uri()}?mode=ro&immutable=1", uri=True)


@contextmanager
def _nobody_else(target: Path) -> Iterator[None]:
    """While no other process has the database open, and none can open it; its log is worked off first.

    What SQLite cannot read, or would read a strange log into, is left as it is.
    """
    if not header(target) or has_stray_log(target):
        yield
        return
    with closing(sqlite3.connect(target, timeout=0, isolation_level=None)) as held:
        try:
            held.execute("PRAGMA journal_mode=DELETE")  # refused while anybody else has it open
            held.execute("BEGIN EXCLUSIVE")
        except sqlite3.OperationalError as problem:
            raise TemporaryProblem(f"{target} is in use: stop loopclose serve, and try again.") from problem
        except sqlite3.DatabaseError:
            held.close()  # broken: that may be why it is replaced
        yield
        with suppress(sqlite3.ProgrammingError):  # closed above
            held.execute("ROLLBACK")


def _on_disk(path: Path) -> None:
    opened = os.open(path, os.O_RDONLY)
    try:
        os.fsync(opened)
    finally:
        os.close(opened)
