"""Records that the EHR joined, and such as only look like it."""

from __future__ import annotations

from sqlalchemy import select

from loopclose.sandbox.faults import Fault
from loopclose.sandbox.model import Sandbox
from loopclose.sandbox.search import Store
from loopclose.sandbox.server import serve
from loopclose.store.engine import Database
from loopclose.store.people import PatientRow
from loopclose.store.unread import unread
from tests.store.line import read, site
from tests.store.one_patient import ONE


def test_a_merged_record_answered_with_its_survivor_is_one_person(db: Database, box: Sandbox) -> None:
    class Merging(Store):
        """Patient 4 was merged into patient 6: whoever asks for 5 is answered with 6."""

        def search(self, kind: str, params: list[tuple[str, str]]) -> list[bytes]:
            swapped = [(name, _survivor(value) if name in ("_id", "patient") else value) for name, value in params]
            return super().search(kind, swapped)

        def read(self, kind: str, fhir_id: str) -> bytes | None:
            return super().read(kind, _survivor(fhir_id))

    with serve(box) as server:
        where = site(box, server)
        read(db, where)
        server.store = Merging(box.resources)
        found = read(db, where)
        assert found.complete and not found.unread
    with db.read() as session:
        persons = {row.id: row.person for row in session.scalars(select(PatientRow))}
    assert persons["Patient/pat4"] == persons["Patient/pat6"]


def test_a_merged_record_that_is_read_by_a_redirection_is_one_person_and_not_unread(db: Database, box: Sandbox) -> None:
    with serve(box) as server:
        where = site(box, server)
        read(db, where)
        server.store.merge("pat4", "pat6")
        server.faults.faults[:] = [Fault("merged", patient="pat4", into="pat6", how="redirect")]
        found = read(db, where)
        assert found.complete and not found.unread
    with db.read() as session:
        persons = {row.id: row.person for row in session.scalars(select(PatientRow))}
    assert persons["Patient/pat4"] == persons["Patient/pat6"]


def _survivor(value: str) -> str:
    return ",".join("pat6" if one == "pat4" else "Patient/pat6" if one == ONE else one for one in value.split(","))


def test_somebody_else_s_records_are_never_taken_for_a_merge(db: Database, box: Sandbox) -> None:
    class Mixed(Store):
        def search(self, kind: str, params: list[tuple[str, str]]) -> list[bytes]:
            swapped = [(name, _survivor(value) if name == "patient" else value) for name, value in params]
            return super().search(kind, swapped)

    with serve(box) as server:
        where = site(box, server)
        server.store = Mixed(box.resources)
        found = read(db, where)
        assert found.complete and list(found.unread) == [ONE]
    with db.read() as session:
        persons = {row.id: row.person for row in session.scalars(select(PatientRow))}
        assert "another patient's records" in unread(session, where.scope)[0].reason
    assert persons["Patient/pat4"] != persons["Patient/pat6"]
