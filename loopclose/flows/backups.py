"""A backup of everything, and putting it back: the database says from then on that it was restored, and from when."""

from __future__ import annotations

import os
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from sqlalchemy.engine import make_url

from loopclose.clock import Clock
from loopclose.errors import DatabaseError, UsageError
from loopclose.store.backups import postgres, sqlite
from loopclose.store.engine import Database
from loopclose.store.restores import clear_mark, mark_of, note_restore
from loopclose.store.upgrade import refuse_unknown, upgrade


@dataclass(frozen=True)
class PutBack:
    """A backup in use again."""

    taken_at: datetime
    kept: Path | None
    """Where the database that stood there is kept."""


def back_up(url: str, target: Path, now: datetime) -> None:
    """Write a backup, whole or not at all, for its owner alone; others may go on working.

    Raises ``UsageError`` where ``target`` is there already, ``DatabaseError`` where no backup can be made.
    """
    if target.exists():
        raise UsageError(f"{target} is there already: name another file.")
    file = _file(url)
    part = target.with_name(f"{target.name}.part")
    try:
        os.close(os.open(part, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600))
    except OSError as problem:
        raise UsageError(f"{part} cannot be written: {problem.strerror}.") from problem
    try:
        if file is not None:
            sqlite.copy(file, part, now)
        else:
            postgres.copy(url, part)
        part.rename(target)
    finally:
        part.unlink(missing_ok=True)


def restore(url: str, source: Path, now: datetime, *, replace: bool) -> PutBack:
    """Put a backup back, bring its schema up, and mark it as restored; nobody is signed in then.

    Raises ``UsageError`` where it would overwrite something, ``TemporaryProblem`` while that is in use,
    ``DatabaseError`` for a file that is no good backup.
    """
    if not source.exists():
        raise UsageError(f"There is no file {source}.")
    file = _file(url)
    taken = sqlite.taken_at(source) if file is not None else postgres.taken_at(source)
    refuse_unknown(sqlite.revision_of(source) if file is not None else postgres.revision_of(source))
    try:
        kept = sqlite.put_back(source, file, now, replace=replace) if file is not None else None
    except OSError as problem:
        raise DatabaseError(f"The backup cannot be put back: {problem.strerror}.") from problem
    db = Database(url)
    try:
        if file is None:
            postgres.put_back(source, db)
        upgrade(db)
        _note(db, now, taken)
    finally:
        db.close()
    return PutBack(taken, kept)


def note_if_put_back(db: Database, clock: Clock) -> datetime | None:
    """Mark a backup that somebody put in place by hand; gives when it was taken."""
    with db.read() as session:
        taken = mark_of(session)
    if taken is not None:
        _note(db, clock(), taken)
    return taken


def _note(db: Database, now: datetime, taken: datetime) -> None:
    with db.write() as session:
        note_restore(session, now, taken)
        clear_mark(session)


def _file(url: str) -> Path | None:
    """The file of an SQLite database; None for PostgreSQL."""
    address = make_url(url)
    if address.get_backend_name() != "sqlite":
        return None
    if not address.database:
        raise DatabaseError("A database in memory has no backup.")
    return Path(address.database)
