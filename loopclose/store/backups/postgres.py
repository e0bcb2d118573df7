"""PostgreSQL: its own programs make the copy and put it back."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
from datetime import UTC, datetime
from pathlib import Path

from sqlalchemy import inspect
from sqlalchemy.engine import make_url

from loopclose.errors import DatabaseError, UsageError
from loopclose.store.engine import Database


def copy(url: str, target: Path) -> None:
    """A consistent copy in PostgreSQL's own form; raises ``DatabaseError`` with what ``pg_dump`` said."""
    _run("pg_dump", url, "--format=custom", "--no-owner", "--no-privileges", f"--file={target}")


def taken_at(path: Path) -> datetime:
    """When a copy was taken; raises ``DatabaseError`` for a file that is none."""
    said = _run("pg_restore", None, "--list", str(path))
    found = re.search(r"Archive created at (\d{4}-\d\d-\d\d \d\d:\d\d:\d\d)", said)
    if found is None:
        raise DatabaseError(f"{path} is no backup of a PostgreSQL database.")
    return datetime.fromisoformat(found[1]).replace(tzinfo=UTC)


def revision_of(path: Path) -> str | None:
    """The schema of a copy; None where it has none."""
    said = _run("pg_restore", None, "--data-only", "--table=alembic_version", "--file=-", str(path))
    found = re.search(r"^COPY \S*alembic_version \(version_num\) FROM stdin;\n(\w+)\n", said, re.MULTILINE)
    return found[1] if found else None


def put_back(source: Path, db: Database) -> None:
    """Put a copy into an empty database, whole or not at all; raises ``UsageError`` where it is not empty."""
    if inspect(db.engine).get_table_names():
        name = make_url(db.url).database
        raise UsageError(
            f"The database {name} is not empty: make a new one with createdb, name it in [database] url, and try again."
        )
    how = ("--exit-on-error", "--single-transaction", "--no-owner", "--no-privileges")
    _run("pg_restore", db.url, *how, str(source))


def _run(program: str, url: str | None, *arguments: str) -> str:
    found = shutil.which(program)
    if found is None:
        raise DatabaseError(
            f"{program} is not here: install PostgreSQL's client programs, of the server's version or newer."
        )
    environ, connection = {**os.environ, "TZ": "UTC", "LC_ALL": "C"}, []
    if url is not None:
        address = make_url(url).set(drivername="postgresql")
        if address.password is not None:
            environ["PGPASSWORD"] = str(address.password)  # not among the arguments, which everybody may list
        plain = address._replace(password=None).render_as_string(hide_password=False)
        connection = [f"--dbname={plain}"]
    done = subprocess.run([found, *connection, *arguments], capture_output=True, text=True, env=environ, check=False)  # noqa: S603
    if done.returncode:
        lines = [line for line in done.stderr.splitlines() if line.strip()] or ["it gave no reason"]
        raise DatabaseError(f"{program} failed: {lines[0].removeprefix(f'{program}: ').rstrip('.')}.")
    return done.stdout
