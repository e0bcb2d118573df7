"""Whatever was admitted has a person and a verdict, and every run adds up."""

from __future__ import annotations

import pytest
from sqlalchemy import select

from loopclose.flows.reading.tally import Tally
from loopclose.sandbox.model import Sandbox
from loopclose.sandbox.server import serve
from loopclose.store.engine import Database
from loopclose.store.resources import Resource, Watermark
from loopclose.store.verdicts import without_verdict
from tests.store.line import NOW, read, site


def test_everything_admitted_has_a_person_and_a_verdict(db: Database, box: Sandbox) -> None:
    with serve(box) as server:
        where = site(box, server)
        assert read(db, where).counts["without_verdict"] == {}
        with db.write() as session:
            session.scalars(select(Resource).where(Resource.type == "Encounter")).first().patient = None  # type: ignore[union-attr]
            session.add(
                Resource(
                    practice_id="main",
                    ehr="main",
                    type="Task",
                    fhir_id="lost",
                    version=None,
                    last_updated=None,
                    sha256="x",
                    disposition="admitted",
                    reason=None,
                    detail=None,
                    patient="Patient/nobody",
                    seen_at=NOW,
                )
            )
        with db.read() as session:
            assert without_verdict(session, where.scope, "main") == {"Encounter": 1, "Task": 1}
        found = read(db, where)
    assert "Encounter" not in found.counts["without_verdict"], "the next run mends what it reads"


def test_a_run_that_does_not_add_up_is_incomplete(db: Database, box: Sandbox, monkeypatch: pytest.MonkeyPatch) -> None:
    count = Tally.count

    def lose(self: Tally, kind: str, fhir_id: str, disposition: str, reason: str | None) -> None:
        if fhir_id != "enc4":
            count(self, kind, fhir_id, disposition, reason)

    monkeypatch.setattr(Tally, "count", lose)
    with serve(box) as server:
        found = read(db, site(box, server))
    assert not found.complete and "add up" in str(found.error)
    with db.read() as session:
        assert session.scalars(select(Watermark)).all() == []
