"""The line from a made-up EHR to what is owed, for tests."""

from __future__ import annotations

import atexit
import shutil
import tempfile
import tomllib
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from functools import lru_cache
from pathlib import Path

from sqlalchemy import select

from loopclose.clock import Clock, fixed
from loopclose.config.loading import parse
from loopclose.config.sections import Config
from loopclose.flows.reading.sync import SyncResult, sync
from loopclose.flows.site import Site, client_of, sites
from loopclose.flows.work import Work
from loopclose.sandbox.model import Sandbox
from loopclose.sandbox.practice import generate
from loopclose.sandbox.server import SandboxServer, serve
from loopclose.sandbox.settings import config_toml
from loopclose.store.base import Scope, natural_id
from loopclose.store.engine import Database
from loopclose.store.export import export
from loopclose.store.people import PatientRow, User
from loopclose.store.upgrade import open_database

NOW = datetime(2026, 11, 24, 15, 0, tzinfo=UTC)
PEOPLE = (
    ("heart@demo.example", "clinician", "Practitioner/heart"),
    ("cora@demo.example", "coordinator", None),
    ("leo@demo.example", "lead", None),
    ("mona@demo.example", "manager", None),
)


def sandbox(style: str = "messy", size: int = 40, seed: int = 1) -> Sandbox:
    """A practice as of NOW."""
    return generate(style, size, seed, NOW)


def config(box: Sandbox, server: SandboxServer, url: str = "sqlite://") -> Config:
    """The configuration that reads a sandbox."""
    return parse(tomllib.loads(config_toml(box, server.base_url, url)))


def site(box: Sandbox, server: SandboxServer) -> Site:
    """Its only site."""
    return sites(config(box, server))[0]


def read(db: Database, where: Site, clock: Clock | None = None) -> SyncResult:
    """One sync that waits for nothing."""
    with client_of(where) as client:
        client._wire.pause = lambda _: None
        return sync(db, clock or fixed(NOW), where, client)


@lru_cache
def kept_practice(size: int) -> tuple[Sandbox, Path]:
    """A messy made-up practice with a user of every role, read once: its EHR's data, and a database to copy."""
    box, path = sandbox("messy", size), Path(tempfile.mkdtemp(prefix="practice")) / "read.db"
    atexit.register(shutil.rmtree, path.parent, ignore_errors=True)
    db = open_database(f"sqlite:///{path}")
    add_people(db)
    with serve(box) as ehr:
        read(db, site(box, ehr))
    with db.engine.connect() as connection:
        connection.exec_driver_sql("PRAGMA wal_checkpoint(TRUNCATE)")
    db.close()
    return box, path


@contextmanager
def practice(folder: Path, size: int) -> Iterator[Work]:
    """The same in a database of its own in ``folder``; its EHR answers meanwhile."""
    box, ready = kept_practice(size)
    shutil.copy(ready, folder / "practice.db")
    with serve(box) as ehr:
        settings = config(box, ehr, f"sqlite:///{folder / 'practice.db'}")
        found = Work(settings, open_database(settings.database.url), fixed(NOW))
        yield found
        found.db.close()


def judge_everybody(work: Work) -> None:
    """What rows show of patients follows from their records when they are judged."""
    with work.db.read() as session:
        persons = sorted(set(session.scalars(select(PatientRow.person))))
    work.judge(Scope("main"), "main", persons)


def lines(db: Database, where: Site) -> list[str]:
    """The export."""
    with db.read() as session:
        return list(export(session, where.scope))


def add_people(db: Database, practice: str = "main") -> None:
    """A user for every role."""
    with db.write() as session:
        for email, role, reference in PEOPLE:
            session.merge(
                User(
                    practice_id=practice,
                    id=natural_id(practice, "user", email),
                    email=email,
                    name=email.split("@")[0],
                    role=role,
                    reference=reference,
                    password_hash=None,
                    disabled=False,
                )
            )
