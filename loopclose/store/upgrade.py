"""The schema's version: making it, bringing it up, and refusing one that we do not know."""

from __future__ import annotations

from importlib.resources import as_file, files

from alembic import command
from alembic.config import Config as AlembicConfig
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import inspect
from sqlalchemy.exc import SQLAlchemyError

from loopclose.errors import DatabaseError
from loopclose.store.engine import Database


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
    """Bring the schema up to this version."""
    with as_file(files("loopclose.store") / "migrations") as folder, db.engine.connect() as connection:
        config = _alembic(str(folder))
        config.attributes["connection"] = connection
        command.upgrade(config, "head")
        connection.commit()


def check(db: Database) -> None:
    """Raise ``DatabaseError`` unless the schema is this version's."""
    with db.engine.connect() as connection:
        current = MigrationContext.configure(connection).get_current_revision()
    with as_file(files("loopclose.store") / "migrations") as folder:
        script = ScriptDirectory.from_config(_alembic(str(folder)))
        known = {revision.revision for revision in script.walk_revisions()}
        head = script.get_current_head()
    if current == head:
        return
    if current in known or current is None:
        raise DatabaseError("The database has an older schema: run loopclose db upgrade, after a backup.")
    raise DatabaseError("The database was written by a newer Loopclose: install that version.")


def _alembic(folder: str) -> AlembicConfig:
    config = AlembicConfig()
    config.set_main_option("script_location", folder)
    return config


def _why(problem: SQLAlchemyError) -> str:
    first = str(getattr(problem, "orig", None) or problem).strip().splitlines()[0]
    return first.split("DETAIL")[0].strip().rstrip(".")
