"""Databases of an earlier version of the schema."""

from __future__ import annotations

from importlib.resources import as_file, files
from pathlib import Path

import pytest
from alembic import command
from alembic.config import Config

from loopclose.store.engine import Database
from tests.store.conftest import database_url


def at_revision(revision: str, kind: str, folder: Path, request: pytest.FixtureRequest) -> Database:
    """A new database with the tables of that version."""
    db = Database(database_url(kind, folder, request))
    with as_file(files("loopclose.store") / "migrations") as scripts, db.engine.connect() as connection:
        config = Config()
        config.set_main_option("script_location", str(scripts))
        config.attributes["connection"] = connection
        command.upgrade(config, revision)
        connection.commit()
    return db
