"""What was silent above its ladder before this version is told again; what is closed stays silent."""

from __future__ import annotations

from pathlib import Path

import pytest
from sqlalchemy import MetaData, Table, insert, select

from loopclose.store.obligations import Obligation
from loopclose.store.outbox import Alert
from loopclose.store.upgrade import upgrade
from tests.store.versions import at_revision

DUE = "2026-11-20 22:00:00.000000Z"


@pytest.mark.parametrize("kind", ["sqlite", "postgres"])
def test_what_is_open_and_was_told_for_the_last_time_is_due_again(
    kind: str, tmp_path: Path, request: pytest.FixtureRequest
) -> None:
    db = at_revision("0005", kind, tmp_path, request)
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
