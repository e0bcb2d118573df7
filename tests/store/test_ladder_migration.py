"""What was silent above its ladder before this version is told again; what is closed stays silent."""

from __future__ import annotations

from importlib.resources import as_file, files
from pathlib import Path

import pytest
from alembic import command
from alembic.config import Config
from sqlalchemy import MetaData, Table, insert, select

from loopclose.store.engine import Database
from loopclose.store.obligations import Obligation
from loopclose.store.outbox import Alert
from loopclose.store.upgrade import upgrade
from tests.store.conftest import database_url

DUE = "2026-11-20 22:00:00.000000Z"


@pytest.mark.parametrize("kind", ["sqlite", "postgres"])
def test_what_is_open_and_was_told_for_the_last_time_is_due_again(
    kind: str, tmp_path: Path, request: pytest.FixtureRequest
) -> None:
    db = Database(database_url(kind, tmp_path, request))
    with as_file(files("loopclose.store") / "migrations") as folder, db.engine.connect() as connection:
        config = Config()
        config.set_main_option("script_location", str(folder))
        config.attributes["connection"] = connection
        command.upgrade(config, "0005")
        connection.commit()
    owed, alert = (Table(name, MetaData(), autoload_with=db.engine) for name in ("obligation", "alert"))
    with db.write() as session:
        for state in ("owed", "signed", "sent", "waived"):
            given = {
                "practice_id": "main",
                "id": state,
                "state": state,
                "due_at": DUE,
                "fired_rung": 4,
                "guessed": False,
            }
            given |= {"deadline_no": 1, "priority": "routine", "scope": "full", "ehr": "main", "kind": "report"}
            named = dict.fromkeys(("patient", "person", "owner", "winner"), "x")
            session.execute(insert(owed).values(**given, **named))
        told = {
            "practice_id": "main",
            "id": "a",
            "obligation": "owed",
            "deadline_no": 1,
            "rung": 4,
            "recipient": "x@y.z",
        }
        session.execute(insert(alert).values(**told))
    upgrade(db)
    with db.read() as session:
        due = {one.id: one.alert_after == one.due_at for one in session.scalars(select(Obligation))}
        assert due == {"owed": True, "signed": True, "sent": False, "waived": False}
        assert {one.ladder_no for one in session.scalars(select(Obligation))} == {1}
        assert [(one.recipient, one.ladder_no) for one in session.scalars(select(Alert))] == [("x@y.z", 1)]
    db.close()
