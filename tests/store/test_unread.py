"""Who could not be read whole, and since when."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import insert, select

from loopclose.store.base import Scope, table_of
from loopclose.store.engine import Database
from loopclose.store.people import PatientRow
from loopclose.store.resources import Watermark
from loopclose.store.unread import Unread, note_read, note_unread, unread
from loopclose.store.upgrade import upgrade
from tests.store.line import NOW
from tests.store.versions import at_revision

MAIN, OTHER = Scope("main"), Scope("other")
LATER = NOW + timedelta(days=1)


def test_who_is_unread_keeps_the_time_since_when_until_read(db: Database) -> None:
    with db.write() as session:
        note_unread(session, MAIN, "main", {"Patient/b": "refused", "Patient/a": "failed"}, NOW)
        note_unread(session, MAIN, "main", {"Patient/b": "failed"}, LATER)
        note_unread(session, MAIN, "second", {"Patient/b": "refused"}, LATER)
        note_unread(session, OTHER, "main", {"Patient/b": "refused"}, LATER)
    a, b = Unread("main", "Patient/a", "failed", NOW), Unread("main", "Patient/b", "failed", NOW)
    with db.read() as session:
        assert unread(session, MAIN, "main") == [a, b]
        assert unread(session, MAIN) == [a, b, Unread("second", "Patient/b", "refused", LATER)]
        assert unread(session, MAIN, "main", ["Patient/b", "Patient/c"]) == [b]
        assert unread(session, MAIN, "main", []) == []
    with db.write() as session:
        assert note_read(session, MAIN, "main", ["Patient/b", "Patient/c"]) == {"Patient/b"}
        assert note_read(session, MAIN, "main", ["Patient/b"]) == set()
        note_unread(session, MAIN, "main", {"Patient/b": "refused"}, LATER)
    with db.read() as session:
        assert unread(session, MAIN, "main") == [a, Unread("main", "Patient/b", "refused", LATER)]
        assert unread(session, OTHER) == [Unread("main", "Patient/b", "refused", LATER)]


@pytest.mark.parametrize("kind", ["sqlite", "postgres"])
def test_after_the_upgrade_everybody_is_read_once_more(
    kind: str, tmp_path: Path, request: pytest.FixtureRequest
) -> None:
    db = at_revision("0003", kind, tmp_path, request)
    mine = {"practice_id": "main", "ehr": "main"}
    with db.write() as session:
        session.execute(insert(table_of(PatientRow)).values(**mine, id="Patient/a", person="Patient/a"))
        session.execute(insert(table_of(Watermark)).values(**mine, type="Encounter", scope="encounters", value=NOW))
    upgrade(db)
    with db.read() as session:
        assert session.scalars(select(PatientRow.touched)).all() == ["read anew"]
        assert session.scalars(select(Watermark)).all() == []
    db.close()
