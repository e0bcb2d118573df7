"""A practice whose users decide, for tests: two practices in one database, read from made-up EHRs."""

from __future__ import annotations

import tomllib
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import select

from loopclose.clock import fixed
from loopclose.config.loading import parse
from loopclose.flows.decisions.desk import Desk
from loopclose.flows.reading.sync import sync
from loopclose.flows.site import client_of, sites
from loopclose.flows.work import Work
from loopclose.sandbox.model import Sandbox
from loopclose.sandbox.server import SandboxServer, serve
from loopclose.sandbox.settings import config_toml
from loopclose.store.base import Scope, natural_id
from loopclose.store.engine import Database
from loopclose.store.obligations import Obligation
from loopclose.store.people import User
from tests.store.line import NOW, add_people

MAIN, OTHER = Scope("main"), Scope("other")
CORA, LEO, HEART, BEAT = (f"{name}@demo.example" for name in ("cora", "leo", "heart", "beat"))
DISABLED, STRANGER = "gone@demo.example", "otto@demo.example"
"""A disabled user of ours, and a user of the other practice alone."""


class NeverJudging(Work):
    """Work that dies after a decision was kept and before anybody is judged."""

    def judge(self, *_: Any) -> None:
        """Nothing."""


@dataclass
class Practices:
    """Both practices of one database."""

    db: Database
    work: Work
    box: Sandbox
    server: SandboxServer

    def desk(self, by: str = CORA, now: datetime = NOW, scope: Scope = MAIN) -> Desk:
        """Where that user decides, at that time."""
        return Desk(type(self.work)(self.work.config, self.db, fixed(now)), scope, by)

    def one(self, scope: Scope = MAIN, **wanted: Any) -> Obligation:
        """The obligation that is so, first due."""
        with self.db.read() as session:
            asked = select(Obligation).filter_by(practice_id=scope.practice_id, **wanted).order_by(Obligation.due_at)
            found = session.scalars(asked).first()
        assert found is not None, wanted
        return found

    def rows(self, model: Any, **wanted: Any) -> list[Any]:
        """Rows of a table."""
        with self.db.read() as session:
            return list(session.scalars(select(model).filter_by(**wanted)))

    def read(self, now: datetime = NOW) -> None:
        """Sync both."""
        for site in sites(self.work.config):
            with client_of(site) as client:
                assert sync(self.db, fixed(now), site, client).complete


@contextmanager
def practices(db: Database, box: Sandbox) -> Iterator[Practices]:
    """Two practices that read the same EHR: every id of the one is an id of the other."""
    with practices_of(db, box) as ready:
        add_people(db)
        for practice, email, reference, disabled in (
            ("main", BEAT, "Practitioner/beat", False),
            ("main", DISABLED, None, True),
            ("other", STRANGER, None, False),
        ):
            add_user(db, practice, email, reference, disabled)
        ready.read()
        yield ready


@contextmanager
def practices_of(db: Database, box: Sandbox) -> Iterator[Practices]:
    """The same in a database that a copy was made of after they were read."""
    with serve(box) as server:
        both: dict[str, Any] = {"practice": {}, "ehr": {}}
        for name in ("main", "other"):
            found = tomllib.loads(config_toml(box, server.base_url, db.url, name))
            for table in both:
                both[table] |= found[table]
        work = Work(parse({**both, "database": {"url": db.url}}), db, fixed(NOW))
        yield Practices(db, work, box, server)


def add_user(db: Database, practice: str, email: str, reference: str | None, disabled: bool) -> None:
    """A clinician where there is a reference, a coordinator otherwise."""
    with db.write() as session:
        session.add(
            User(
                practice_id=practice,
                id=natural_id(practice, "user", email),
                email=email,
                name=email.split("@")[0],
                role="clinician" if reference else "coordinator",
                reference=reference,
                password_hash=None,
                disabled=disabled,
            )
        )
