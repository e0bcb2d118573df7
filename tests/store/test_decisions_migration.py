"""What was answered before decisions were numbered goes on to hold, for the requester."""

from __future__ import annotations

from importlib.resources import as_file, files
from pathlib import Path

import pytest
from alembic import command
from alembic.config import Config
from sqlalchemy import column, insert, table

from loopclose.store.base import Json, Scope, UtcDateTime
from loopclose.store.engine import Database
from loopclose.store.requester_answers import REQUESTER, answers, in_force
from loopclose.store.upgrade import upgrade
from tests.store.conftest import database_url
from tests.store.line import NOW

LEE = {"name": "Dr. Lee Sample", "how": "person", "guessed": False}


def at_revision(db: Database, revision: str) -> None:
    """The tables of an earlier version."""
    with as_file(files("loopclose.store") / "migrations") as folder, db.engine.connect() as connection:
        config = Config()
        config.set_main_option("script_location", str(folder))
        config.attributes["connection"] = connection
        command.upgrade(config, revision)
        connection.commit()


@pytest.mark.parametrize("kind", ["sqlite", "postgres"])
def test_old_answers_hold_for_the_requester(kind: str, tmp_path: Path, request: pytest.FixtureRequest) -> None:
    db = Database(database_url(kind, tmp_path, request))
    at_revision(db, "0001")
    typed = (column("referrer", Json), column("at", UtcDateTime(timezone=True)))
    old = table("requester_decision", *map(column, ("practice_id", "ehr", "requester", "by")), *typed)
    shared = {"practice_id": "main", "ehr": "main", "by": "cora@practice.example", "at": NOW}
    with db.write() as session:
        session.execute(insert(old).values(requester="Practitioner/a", referrer=LEE, **shared))
        session.execute(insert(old).values(requester="Practitioner/b", referrer=None, **shared))
    upgrade(db)
    with db.read() as session:
        assert in_force(session, Scope("main"), "main") == {
            (REQUESTER, "Practitioner/a"): LEE,
            (REQUESTER, "Practitioner/b"): None,
        }
        assert {(one.by, one.at, one.no) for one in answers(session, Scope("main"))} == {
            ("cora@practice.example", NOW, 1)
        }
    db.close()
