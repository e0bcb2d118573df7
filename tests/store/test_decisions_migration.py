"""What was answered before decisions were numbered goes on to hold, for the requester."""

from __future__ import annotations

from pathlib import Path

import pytest
from sqlalchemy import column, insert, table

from loopclose.store.base import Json, Scope, UtcDateTime
from loopclose.store.requester_answers import REQUESTER, answers, in_force
from loopclose.store.upgrade import upgrade
from tests.store.line import NOW
from tests.store.versions import at_revision

LEE = {"name": "Dr. Lee Sample", "how": "person", "guessed": False}


@pytest.mark.parametrize("kind", ["sqlite", "postgres"])
def test_old_answers_hold_for_the_requester(kind: str, tmp_path: Path, request: pytest.FixtureRequest) -> None:
    db = at_revision("0001", kind, tmp_path, request)
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
