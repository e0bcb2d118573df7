"""What a server sends that is no resource, of no type asked for, or no text: named and set aside."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import select

from fhir_adapters.errors import PartialResults
from loopclose.clock import fixed
from loopclose.sandbox.faults import Fault
from loopclose.sandbox.model import Sandbox
from loopclose.sandbox.search import Store
from loopclose.sandbox.server import serve
from loopclose.store.engine import Database
from loopclose.store.obligations import Obligation
from loopclose.store.people import PatientRow
from loopclose.store.quarantine import in_quarantine
from loopclose.store.resources import Resource, Watermark
from tests.store.line import NOW, read, sandbox, site
from tests.store.one_patient import ONE, Changed, owed


@pytest.fixture(scope="module")
def box() -> Sandbox:
    """As few patients as there can be beside the one."""
    return sandbox("tidy", 6)


def numeric_id(one: dict[str, Any]) -> Any:
    return {**one, "id": 77} if one["id"] == "enc4" else one


def no_id(one: dict[str, Any]) -> Any:
    return {name: value for name, value in one.items() if name != "id" or value != "enc4"}


def no_type(one: dict[str, Any]) -> Any:
    return {name: value for name, value in one.items() if name != "resourceType"} if one["id"] == "enc4" else one


def nothing(one: dict[str, Any]) -> Any:
    return None if one["id"] == "enc4" else one


def numeric_time(one: dict[str, Any]) -> Any:
    return {**one, "meta": {"lastUpdated": 1795500000000}} if one["id"] == "enc4" else one


def too_deep(one: dict[str, Any]) -> Any:
    raw = json.dumps({**one, "extension": None}).encode()
    return raw.replace(b'"extension": null', b'"extension": ' + b"[" * 400 + b"]" * 400) if one["id"] == "enc4" else one


def deepest(one: dict[str, Any]) -> Any:
    raw = json.dumps({**one, "extension": None}).encode()
    deep = b'"modifierExtension": ' + b"[" * 3000 + b"]" * 3000
    return raw.replace(b'"extension": null', deep) if one["id"] == "enc4" else one


def test_a_question_about_an_entry_that_names_nobody_is_about_the_patient_by_whom_it_was_found(
    db: Database, box: Sandbox
) -> None:
    """Of whom nothing else can be read that names a patient."""
    order = next(one for one in box.resources if one["id"] == "sr4")
    alone = [one for one in box.resources if ONE not in json.dumps(one) or one["id"] == "pat4"]
    with serve(box) as server:
        where = site(box, server)
        server.store = Store([*alone, {**order, "modifierExtension": [{"url": "http://odd.example"}]}])
        server.faults.faults.append(Fault("odd", "Encounter", patient="pat4", how="null"))
        read(db, where)
    with db.read() as session:
        (asked,) = session.scalars(select(Obligation).where(Obligation.person == ONE))
    assert (asked.kind, asked.patient, asked.visit.startswith("Encounter/odd-")) == ("resolve", ONE, True)
    assert asked.patient_name


@pytest.mark.parametrize("change", [numeric_id, no_id, no_type, nothing, numeric_time, too_deep, deepest])
def test_an_odd_entry_is_in_quarantine_and_the_rest_is_judged(
    db: Database, box: Sandbox, change: Callable[[dict[str, Any]], Any]
) -> None:
    with serve(box) as server:
        where = site(box, server)
        server.store = Changed(box.resources, change)
        found = read(db, where)
        assert found.complete and not found.counts["without_verdict"]
        with db.read() as session:
            held = in_quarantine(session, where.scope)
        if change is too_deep:  # nested deeper than anybody reads, but not deeper than a parser follows
            assert not held
        else:
            assert [one["resource"].partition("/")[0] for one in held] == ["Encounter"] and held[0]["detail"]
        if change not in (too_deep, nothing):
            with db.read() as session:
                assert session.scalars(select(Resource.patient).where(Resource.disposition == "quarantined")).all() == [
                    ONE
                ]
        second = read(db, where)
        assert second.counts["fetched"] == second.counts["unchanged"] > 0
        odd = owed(db, but=ONE)
        server.store = Store(box.resources)
        read(db, where)
        assert owed(db, but=ONE) == odd
        with db.read() as session:
            left = in_quarantine(session, where.scope)
        assert change is nothing or not left, "what was odd before is read now, or gone"


def test_types_nobody_asked_for_are_counted_and_kept_out(db: Database, box: Sandbox) -> None:
    class Generous(Store):
        def search(self, kind: str, params: list[tuple[str, str]]) -> list[bytes]:
            found = super().search(kind, params)
            more = [b'{"resourceType":"ActorDefinition","id":"a"}', b'{"resourceType":"Location","id":"l"}']
            return [*found, *more] if kind == "Encounter" else found

    with serve(box) as server:
        where = site(box, server)
        server.store = Generous(box.resources)
        found = read(db, where)
        assert found.complete and found.counts["by_type"]["Location"]["ignored"] == {"not_asked_for": 1}
        with db.read() as session:
            assert not session.scalars(select(Resource).where(Resource.type.in_(["Location", "ActorDefinition"]))).all()


def test_results_that_are_partial_leave_the_run_incomplete(db: Database, box: Sandbox) -> None:
    outcome = {"severity": "error", "code": "incomplete", "diagnostics": "results are incomplete"}

    class Partial(Store):
        def search(self, kind: str, params: list[tuple[str, str]]) -> list[bytes]:
            found = super().search(kind, params)
            said = json.dumps({"resourceType": "OperationOutcome", "issue": [outcome]}).encode()
            return [*found, said] if kind == "Encounter" else found

    with serve(box) as server:
        where = site(box, server)
        read(db, where)
        with db.read() as session:
            marks = {(row.type, row.value) for row in session.scalars(select(Watermark))}
        before = owed(db)
        server.store = Partial(box.resources)
        found = read(db, where, fixed(NOW + timedelta(minutes=15)))
        assert not found.complete and isinstance(found.error, PartialResults) and "incomplete" in str(found.error)
        with db.read() as session:
            assert {(row.type, row.value) for row in session.scalars(select(Watermark))} == marks
    assert owed(db) == before


@pytest.mark.parametrize("faults", [(), (Fault("dateless"),)])
def test_a_mark_never_passes_the_server_s_own_clock(db: Database, box: Sandbox, faults: tuple[Fault, ...]) -> None:
    def future(one: dict[str, Any]) -> Any:
        return {**one, "meta": {**one["meta"], "lastUpdated": "2062-01-01T00:00:00Z"}} if one["id"] == "enc4" else one

    with serve(box) as server:
        where = site(box, server)
        server.store = Changed(box.resources, future)
        server.faults.faults[:] = faults
        assert read(db, where).complete
    with db.read() as session:
        marks = session.scalars(select(Watermark.value)).all()
    assert marks and all(mark.year < 2062 for mark in marks)


def test_texts_that_no_database_holds_are_cleaned_and_said(db: Database, box: Sandbox) -> None:
    def dirty(one: dict[str, Any]) -> Any:
        raw = json.dumps(one)
        return raw.replace('"family": "', '"family": "\\u0000\\ud83d', 1).encode() if one["id"] == "pat4" else one

    with serve(box) as server:
        where = site(box, server)
        server.store = Changed(box.resources, dirty)
        found = read(db, where)
        assert found.complete and any("taken out" in words for words in found.counts["warnings"])
    with db.read() as session:
        name = session.scalars(select(PatientRow.name).where(PatientRow.id == ONE)).one()
    assert name and "\x00" not in name
