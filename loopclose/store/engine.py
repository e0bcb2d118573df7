"""Opening the database: SQLite by default, PostgreSQL for a group."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import msgspec
from sqlalchemy import Dialect, Engine, create_engine, event
from sqlalchemy.engine import make_url
from sqlalchemy.exc import OperationalError
from sqlalchemy.orm import Session, configure_mappers

from loopclose.store.sqlite_files import refuse_stray_log

BUSY_SECONDS = 30
DEADLOCK = "40P01"
"""PostgreSQL's word for it; SQLite has one writer at a time."""
MOST_DEADLOCKS = 5


class Database:
    """One database. ``write()`` is one short transaction; ``read()`` never changes anything.

    On SQLite a write transaction begins IMMEDIATE, so that two writers queue instead of failing half-way.
    """

    def __init__(self, url: str) -> None:
        self.url = url
        self.engine = _engine(url)
        configure_mappers()  # here and now, not within the first transaction

    @contextmanager
    def write(self) -> Iterator[Session]:
        """A transaction that commits at the end and rolls back on any error."""
        engine = self.engine.execution_options(begin="BEGIN IMMEDIATE")
        with Session(engine, expire_on_commit=False) as session, session.begin():
            yield session

    def in_write(self, work: Callable[[Session], None]) -> None:
        """Do ``work`` in one transaction, and anew where the database ended it because two waited for each other."""
        for again in range(MOST_DEADLOCKS, -1, -1):
            try:
                with self.write() as session:
                    work(session)
                return
            except OperationalError as problem:
                if not again or getattr(problem.orig, "sqlstate", None) != DEADLOCK:
                    raise

    @contextmanager
    def read(self) -> Iterator[Session]:
        """A consistent view; whatever was changed in it is dropped."""
        with Session(self.engine, expire_on_commit=False, autoflush=False) as session:
            yield session
            session.expunge_all()  # what was read may be used after; a rollback would expire it
            session.rollback()

    @property
    def dialect(self) -> Dialect:
        """Whose words statements are made ready in."""
        return self.engine.dialect

    @property
    def is_shared(self) -> bool:
        """Whether another process would find the same data: not where it is in memory."""
        return self.engine.dialect.name != "sqlite" or bool(self.engine.url.database)

    def close(self) -> None:
        """Give back every connection."""
        self.engine.dispose()


def _engine(url: str) -> Engine:
    address = make_url(url)
    if address.get_backend_name() == "postgresql":
        return create_engine(
            address.set(drivername="postgresql+psycopg"),
            pool_pre_ping=True,
            json_serializer=_to_json,
            hide_parameters=True,
        )
    if address.database:
        refuse_stray_log(Path(address.database))
    engine = create_engine(
        address, connect_args={"timeout": BUSY_SECONDS}, json_serializer=_to_json, hide_parameters=True
    )
    event.listen(engine, "connect", _on_sqlite_connect)
    event.listen(engine, "begin", _on_sqlite_begin)
    return engine


def _to_json(value: Any) -> str:
    return msgspec.json.encode(value).decode()


def _on_sqlite_connect(connection: Any, _record: Any) -> None:
    connection.isolation_level = None  # we say BEGIN ourselves
    cursor = connection.cursor()
    cursor.execute("PRAGMA page_size=8192")  # of a new database: a row of random key costs a page, whatever its size
    cursor.execute("PRAGMA journal_mode=WAL")
    cursor.execute("PRAGMA synchronous=NORMAL")
    cursor.execute("PRAGMA foreign_keys=ON")
    cursor.execute("PRAGMA cache_size=-8000")
    cursor.execute("PRAGMA wal_autocheckpoint=16000")  # pages: some 128 MB may wait in the log
    cursor.execute("PRAGMA temp_store=MEMORY")  # what would undo a statement of many rows is no file of its own
    cursor.close()


def _on_sqlite_begin(connection: Any) -> None:
    connection.exec_driver_sql(connection.get_execution_options().get("begin", "BEGIN"))
