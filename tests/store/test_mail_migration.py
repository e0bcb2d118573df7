"""Mails of an earlier release: what was refused for good stays so, and everything else that failed waits."""

from __future__ import annotations

from pathlib import Path

import pytest
from sqlalchemy import column, insert, table

from loopclose.store import mails
from loopclose.store.base import Json, Scope, UtcDateTime
from loopclose.store.upgrade import upgrade
from tests.store.line import NOW
from tests.store.versions import at_revision


@pytest.mark.parametrize("kind", ["sqlite", "postgres"])
def test_what_had_failed_waits_unless_that_was_final(kind: str, tmp_path: Path, request: pytest.FixtureRequest) -> None:
    db = at_revision("0005", kind, tmp_path, request)
    names = ("practice_id", "id", "subject", "body", "message_id", "night", "state")
    old = table("message", *map(column, names), column("recipients", Json))
    moment = UtcDateTime(timezone=True)
    tries = table("attempt", *map(column, ("practice_id", "message", "no", "final")), column("started_at", moment))
    with db.write() as session:
        for key, state, finals in (("a", "failed", [False, True]), ("b", "failed", [True, False]), ("c", "failed", [])):
            text = {"subject": "s", "body": "b", "message_id": f"<{key}@x>", "night": NOW.date(), "state": state}
            session.execute(insert(old).values(practice_id="main", id=key, recipients=["x@y"], **text))
            for no, final in enumerate(finals, start=1):
                row = {"practice_id": "main", "message": key, "no": no, "final": final, "started_at": NOW}
                session.execute(insert(tries).values(**row))
    upgrade(db)
    with db.read() as session:
        found = {one.id: (one.state, one.about, one.tries) for one in mails.newest(session, Scope("main"))}
    assert found == {"a": ("failed", "alerts", 0), "b": ("waiting", "alerts", 0), "c": ("waiting", "alerts", 0)}
    db.close()
