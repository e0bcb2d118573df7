"""The schema's version: making it, bringing it up, and refusing one that we do not know."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from importlib.resources import as_file, files

from sqlalchemy import Connection, column, func, inspect, select, table
from sqlalchemy.exc import SQLAlchemyError

from loopclose.errors import DatabaseError
from loopclose.store.engine import Database

VERSION = table("alembic_version", column("version_num"))
NEWER = "The database was written by a newer Loopclose: install that version."
UPGRADE_LOCK = 5_607_103_411
"""Of this database's advisory locks, the one of whoever changes the schema; any number that nobody else takes."""
UPGRADE_SECONDS = 3600
"""How long to wait for another process that upgrades."""


def revisions() -> list[str]:
    """Every revision of the schema that this version knows, in order: what the name of each step's file begins with."""
    steps = files("loopclose.store") / "migrations" / "versions"
    return sorted(one.name.partition("_")[0] for one in steps.iterdir() if one.name[:1].isdigit())


def open_database(url: str, *, create: bool = True) -> Database:
    """The database with a schema we know. One that is not there yet is made; an older one is refused.

    Raises ``DatabaseError`` with one sentence that says what to do.
    """
    db = Database(url)
    try:
        tables = inspect(db.engine).get_table_names()
        if not tables and create:
            upgrade(db)
        else:
            check(db)
    except SQLAlchemyError as problem:
        raise DatabaseError(f"The database cannot be used: {_why(problem)}.") from problem
    return db


def upgrade(db: Database) -> None:
    """Bring the schema up to this version; of several at once, one does and the others wait for it.

    Raises ``DatabaseError`` for a schema of a newer version. All of it happens, or nothing.
    """
    from alembic import command
    from alembic.config import Config  # it reads every step, and much else: no other command needs it

    with as_file(files("loopclose.store") / "migrations") as folder, _alone(db) as connection:
        if _revision(connection) not in (None, *revisions()):
            raise DatabaseError(NEWER)
        config = Config()
        config.set_main_option("script_location", str(folder))
        config.attributes["connection"] = connection
        command.upgrade(config, "head")


def check(db: Database) -> None:
    """Raise ``DatabaseError`` unless the schema is this version's."""
    with db.engine.connect() as connection:
        current = _revision(connection)
    known = revisions()
    if current == known[-1]:
        return
    if current in known or current is None:
        raise DatabaseError("The database has an older schema: run loopclose db upgrade, after a backup.")
    raise DatabaseError(NEWER)


def refuse_unknown(revision: str | None) -> None:
    """Raises ``DatabaseError`` for a schema of a newer version, or of something else than Loopclose."""
    if revision is None:
        raise DatabaseError("That is no database of Loopclose.")
    if revision not in revisions():
        raise DatabaseError(NEWER)


@contextmanager
def _alone(db: Database) -> Iterator[Connection]:
    """A transaction in which nobody else upgrades: of SQLite the only writer, of PostgreSQL the holder of a lock."""
    engine = db.engine.execution_options(begin="BEGIN IMMEDIATE")
    with engine.connect() as connection:
        if connection.dialect.name == "sqlite":
            connection.connection.driver_connection.execute(f"PRAGMA busy_timeout={UPGRADE_SECONDS * 1000}")  # type: ignore[union-attr]
        with connection.begin():
            if connection.dialect.name == "postgresql":
                connection.execute(select(func.pg_advisory_xact_lock(UPGRADE_LOCK)))
            yield connection


def _revision(connection: Connection) -> str | None:
    if not inspect(connection).has_table(VERSION.name):
        return None
    return connection.scalar(select(VERSION.c.version_num))


def _why(problem: SQLAlchemyError) -> str:
    first = str(getattr(problem, "orig", None) or problem).strip().splitlines()[0]
    return first.split("DETAIL")[0].strip().rstrip(".")
