"""One patient's trouble is that patient's trouble: everybody else is read and judged as without it."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import select

from fhir_adapters.errors import PartialResults, Refused, TemporaryError
from loopclose.clock import Clock, fixed
from loopclose.flows.reading.sync import SyncResult, sync
from loopclose.flows.reading.tally import Tally
from loopclose.flows.site import Site, client_of
from loopclose.sandbox.faults import Fault
from loopclose.sandbox.model import Sandbox
from loopclose.sandbox.search import Store
from loopclose.sandbox.server import serve
from loopclose.store.engine import Database
from loopclose.store.obligations import Obligation
from loopclose.store.people import PatientRow
from loopclose.store.quarantine import in_quarantine
from loopclose.store.resources import Resource, Watermark
from loopclose.store.unread import unread
from loopclose.store.verdicts import without_verdict
from loopclose.store.worklist import worklist
from tests.store.line import NOW, lines, sandbox, site

ONE = "Patient/pat4"
ISSUE = {"severity": "error", "code": "forbidden", "diagnostics": "break the glass"}
OUTCOME = json.dumps({"resourceType": "OperationOutcome", "issue": [ISSUE]})


def run(db: Database, where: Site, clock: Clock | None = None) -> SyncResult:
    """One sync that waits for nothing."""
    with client_of(where) as client:
        client._wire.pause = lambda _: None
        return sync(db, clock or fixed(NOW), where, client)


def owed(db: Database, *, of: str | None = None, but: str | None = None) -> list[tuple[Any, ...]]:
    """What is owed for one person, or for everybody but one."""
    with db.read() as session:
        rows = session.scalars(select(Obligation).where(Obligation.state != "waived"))
        return sorted(
            (row.kind, row.visit or "", row.referral or "", row.state, row.due_at, row.owner)
            for row in rows
            if (of is None or row.person == of) and row.person != but
        )


@pytest.fixture(scope="module")
def box() -> Sandbox:
    return sandbox("tidy", 12)


class Changed(Store):
    """Answers searches with resources, or entries, that ``change`` made of them."""

    def __init__(self, resources: list[dict[str, Any]], change: Callable[[dict[str, Any]], Any]) -> None:
        super().__init__(resources)
        self.change = change

    def search(self, kind: str, params: list[tuple[str, str]]) -> list[bytes]:
        found = [json.loads(raw) for raw in super().search(kind, params)]
        return [made if isinstance(made, bytes) else json.dumps(made).encode() for made in map(self.change, found)]


@pytest.mark.parametrize(
    "fault",
    [
        Fault("status", f"patient={ONE}&", code=403, body=OUTCOME),
        Fault("status", f"DocumentReference?patient={ONE}&", code=403, body=OUTCOME),
        Fault("status", f"Task?patient={ONE}&", code=500),
        Fault("status", f"Appointment?patient={ONE}&", code=200, body=OUTCOME),
        Fault("truncated", f"Procedure?patient={ONE}&"),
        Fault("huge", f"Communication?patient={ONE}&"),
    ],
    ids=lambda fault: f"{fault.kind} {fault.code} {fault.where[:12]}",
)
def test_a_refused_patient_is_named_and_everybody_else_is_judged(db: Database, box: Sandbox, fault: Fault) -> None:
    with serve(box) as server:
        where = site(box, server)
        assert run(db, where).complete
        before = owed(db, but=ONE), owed(db, of=ONE)
        server.faults.faults[:] = [fault]
        with client_of(where, parallel=1) as client:
            client._wire.pause, client._wire.max_bytes = (lambda _: None), 2**20
            found = sync(db, fixed(NOW + timedelta(minutes=15)), where, client)
        assert found.complete and found.error is None and list(found.unread) == [ONE]
        with db.read() as session:
            (one,) = unread(session, where.scope)
            assert session.scalars(select(Watermark)).all()
        assert "glass" not in one.reason, "the EHR's own words may name the patient"
        assert one.patient == ONE and one.reason.startswith("The EHR") and one.since == NOW + timedelta(minutes=15)
        assert owed(db, but=ONE) == before[0]
        after = owed(db, of=ONE)
        assert {*before[1]} <= {*after}, "what stood of the patient stays"
        (asked,) = {*after} - {*before[1]}
        with db.read() as session:
            items = worklist(session, where.scope, NOW, kind="resolve")
            steps = {item.obligation.referral: item.next_step for item in items}
        assert "not everything could be read" in (steps[asked[2]] or "")
        assert asked[0] == "resolve" and asked[2].startswith("ServiceRequest/") and asked[5] == "coordinator"
        server.faults.faults.clear()
        healed = run(db, where, fixed(NOW + timedelta(minutes=30)))
    assert healed.complete and not healed.unread and (owed(db, but=ONE), owed(db, of=ONE)) == before


def test_a_patient_refused_from_the_first_leaves_everybody_else_as_without(db: Database, box: Sandbox) -> None:
    with serve(box) as server:
        where = site(box, server)
        server.faults.faults[:] = [Fault("status", ONE, code=403, body=OUTCOME)]
        found = run(db, where)
        assert found.complete and list(found.unread) == [ONE]
        others = owed(db, but=ONE)
        assert any(one[0] == "resolve" for one in owed(db, of=ONE))
        again = lines(db, where)
        assert run(db, where).complete and lines(db, where) == again, "the second time changes nothing"
        server.faults.faults.clear()
        run(db, where)
    assert owed(db, but=ONE) == others


def test_a_server_that_fails_for_one_after_another_is_not_asked_for_hours(db: Database, box: Sandbox) -> None:
    with serve(box) as server:
        where = site(box, server)
        server.faults.faults[:] = [Fault("status", "DocumentReference?patient", code=500)]
        found = run(db, where)
        assert not found.complete and isinstance(found.error, TemporaryError)
        assert sum("DocumentReference?patient" in path for _, path in server.requests) <= 4 * 12
        with db.read() as session:
            assert session.scalars(select(Watermark)).all() == []


def test_a_type_refused_for_everybody_is_refused_to_us_and_nobody_is_called_unread(db: Database, box: Sandbox) -> None:
    with serve(box) as server:
        where = site(box, server)
        run(db, where)
        before = owed(db)
        server.faults.faults[:] = [Fault("status", "DocumentReference?patient", code=403, body=OUTCOME)]
        found = run(db, where)
    assert not found.complete and isinstance(found.error, Refused) and not found.unread
    assert owed(db) == before, "everybody is judged, and nothing is withdrawn"


def test_what_is_not_found_any_more_stands_and_what_was_deleted_does_not(db: Database) -> None:
    box = sandbox("tidy", 30)
    with serve(box) as server:
        where = site(box, server)
        run(db, where)
        with db.read() as session:
            signed = session.scalars(select(Obligation).where(Obligation.state == "signed")).first()
        assert signed is not None and signed.visit is not None
        note = signed.visit.replace("Encounter/enc", "note")
        kept = server.store.get("DocumentReference", note)
        assert kept is not None
        server.store.delete("DocumentReference", note)
        server.store._gone.clear()  # from now on 404, as if it were hidden
        hidden = run(db, where)
        assert list(hidden.unread) == [signed.patient]
        with db.read() as session:
            (why,) = unread(session, where.scope)
            assert f"DocumentReference/{note}" in why.reason and "404" in why.reason
            assert session.get_one(Obligation, ("main", signed.id)).state == "signed"
        assert any(one[0] == "resolve" for one in owed(db, of=signed.patient))
        since = why.since
        run(db, where, fixed(NOW + timedelta(days=2)))
        with db.read() as session:
            assert [one.since for one in unread(session, where.scope)] == [since], "since when stays as it was"
        server.store._gone.add(("DocumentReference", note))
        gone = run(db, where)
    assert not gone.unread
    with db.read() as session:
        assert session.get_one(Obligation, ("main", signed.id)).state == "owed"


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


@pytest.mark.parametrize("change", [numeric_id, no_id, no_type, nothing, numeric_time, too_deep, deepest])
def test_an_odd_entry_is_in_quarantine_and_the_rest_is_judged(
    db: Database, box: Sandbox, change: Callable[[dict[str, Any]], Any]
) -> None:
    with serve(box) as server:
        where = site(box, server)
        server.store = Changed(box.resources, change)
        found = run(db, where)
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
        second = run(db, where)
        assert second.counts["fetched"] == second.counts["unchanged"] > 0
        odd = owed(db, but=ONE)
        server.store = Store(box.resources)
        run(db, where)
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
        found = run(db, where)
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
        run(db, where)
        with db.read() as session:
            marks = {(row.type, row.value) for row in session.scalars(select(Watermark))}
        before = owed(db)
        server.store = Partial(box.resources)
        found = run(db, where, fixed(NOW + timedelta(minutes=15)))
        assert not found.complete and isinstance(found.error, PartialResults) and "incomplete" in str(found.error)
        with db.read() as session:
            assert {(row.type, row.value) for row in session.scalars(select(Watermark))} == marks
    assert owed(db) == before


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
        run(db, where)
        server.store = Merging(box.resources)
        found = run(db, where)
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
        found = run(db, where)
        assert found.complete and list(found.unread) == [ONE]
    with db.read() as session:
        persons = {row.id: row.person for row in session.scalars(select(PatientRow))}
        assert "another patient's records" in unread(session, where.scope)[0].reason
    assert persons["Patient/pat4"] != persons["Patient/pat6"]


def test_everything_admitted_has_a_person_and_a_verdict(db: Database, box: Sandbox) -> None:
    with serve(box) as server:
        where = site(box, server)
        assert run(db, where).counts["without_verdict"] == {}
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
        found = run(db, where)
    assert "Encounter" not in found.counts["without_verdict"], "the next run mends what it reads"


def known_inside(where: Site) -> Site:
    """The same EHR, with its inner address told."""
    settings = where.settings.model_copy(update={"also_known_as": ["http://inner:8080/fhir"]})
    return replace(where, settings=settings)


def spelled(spelling: str) -> Callable[[dict[str, Any]], Any]:
    """The subject of one visit in another spelling."""

    def change(one: dict[str, Any]) -> Any:
        if one["id"] not in ("enc4", "sr4"):
            return one
        forms = {
            "root": {"reference": "/Patient/pat4"},
            "version": {"reference": "Patient/pat4/_history/3"},
            "inner": {"reference": "http://inner:8080/fhir/Patient/pat4"},
            "identifier": {"identifier": {"system": "urn:mrn", "value": "m4"}},
            "conditional": {"reference": "Patient?identifier=urn:mrn|m4"},
            "urn": {"reference": "urn:uuid:618787f5-2588-3dca-b90e-5e8fd27b1a36"},
            "words": {"display": "Pat Four"},
            "elsewhere": {"reference": "https://other.example/fhir/Patient/pat4"},
        }
        return {**one, "subject": forms[spelling]}

    return change


def numbered(box: Sandbox) -> list[dict[str, Any]]:
    """The practice with a record number for patient 4."""
    return [
        {**one, "identifier": [{"system": "urn:mrn", "value": "m4"}]} if one["id"] == "pat4" else one
        for one in box.resources
    ]


@pytest.mark.parametrize("spelling", ["root", "version", "inner", "identifier", "conditional"])
def test_a_patient_of_this_ehr_is_known_in_any_spelling(db: Database, box: Sandbox, spelling: str) -> None:
    with serve(box) as server:
        where = site(box, server)
        where = known_inside(where)
        server.store = Changed(numbered(box), spelled(spelling))
        found = run(db, where)
        assert found.complete and not found.counts["without_verdict"] and not found.counts["quarantined"]
        assert any(one[1] == "Encounter/enc4" for one in owed(db, of=ONE))
        second = run(db, where)
    assert second.counts["fetched"] == second.counts["unchanged"]


@pytest.mark.parametrize("spelling", ["urn", "words", "elsewhere", "inner", "identifier"])
def test_a_patient_who_cannot_be_told_is_in_quarantine_with_the_reason(
    db: Database, box: Sandbox, spelling: str
) -> None:
    with serve(box) as server:
        where = site(box, server)
        server.store = Changed(box.resources, spelled(spelling))  # nobody has the number m4 here
        found = run(db, where)
        assert found.complete and not found.counts["without_verdict"] and found.counts["quarantined"] == 2
        with db.read() as session:
            held = in_quarantine(session, where.scope)
        assert {one["reason"] for one in held} == {"no_subject"} and "which patient" in held[0]["detail"]
        where = known_inside(where)
        mended = run(db, where)
        assert bool(mended.counts["quarantined"] or in_quarantine_now(db, where)) == (spelling != "inner")


def in_quarantine_now(db: Database, where: Site) -> list[dict[str, Any]]:
    with db.read() as session:
        return in_quarantine(session, where.scope)


def test_a_mark_never_passes_the_server_s_own_clock(db: Database, box: Sandbox) -> None:
    def future(one: dict[str, Any]) -> Any:
        return {**one, "meta": {**one["meta"], "lastUpdated": "2062-01-01T00:00:00Z"}} if one["id"] == "enc4" else one

    with serve(box) as server:
        where = site(box, server)
        server.store = Changed(box.resources, future)
        assert run(db, where).complete
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
        found = run(db, where)
        assert found.complete and any("taken out" in words for words in found.counts["warnings"])
    with db.read() as session:
        name = session.scalars(select(PatientRow.name).where(PatientRow.id == ONE)).one()
    assert name and "\x00" not in name


def test_an_unreadable_appointment_of_a_patient_holds_up_the_deadline(db: Database, box: Sandbox) -> None:
    back = {
        "resourceType": "Appointment",
        "id": "back4",
        "status": "booked",
        "start": "tomorrow morning",
        "participant": [{"actor": {"reference": ONE}}],
    }
    with serve(box) as server:
        where = site(box, server)
        server.store = Store([*box.resources, {**back, "meta": {"lastUpdated": "2026-11-20T00:00:00Z"}}])
        run(db, where)
    with db.read() as session:
        (held,) = in_quarantine(session, where.scope)
        reports = session.scalars(
            select(Obligation.id).where(
                Obligation.person == ONE, Obligation.kind == "report", Obligation.state == "owed"
            )
        ).all()
    assert held["resource"] == "Appointment/back4" and {*reports} <= {*held["holds_up"]} and reports


def test_roles_are_looked_up_by_practitioner_and_bring_the_partners_practice(db: Database, box: Sandbox) -> None:
    with serve(box) as server:
        where = site(box, server)
        run(db, where)
        asked = [path for _, path in server.requests if "PractitionerRole?practitioner=" in path]
        assert len(asked) == 1 and "Practitioner/heart" in asked[0]
        with db.read() as session:
            roles = session.scalars(select(Resource.fhir_id).where(Resource.type == "PractitionerRole")).all()
        named = {one["id"] for one in box.resources if one["resourceType"] == "PractitionerRole"}
    assert roles and {*roles} <= named


def test_a_booking_with_the_referrers_partner_is_a_return(db: Database, box: Sandbox) -> None:
    """The partner is tied to the practice by a role that no resource names."""
    changed = {"meta": {"lastUpdated": "2026-11-20T00:00:00Z"}}
    request = next(one for one in box.resources if one["id"] == "sr4")
    referrer = request["requester"]["reference"]
    here = {one["id"]: one for one in box.resources if one["resourceType"] == "PractitionerRole"}
    theirs = next((one for one in here.values() if one["practitioner"]["reference"] == referrer), None)
    practice = theirs["organization"] if theirs else {"reference": "Organization/harbor"}
    more = [
        {"resourceType": "Practitioner", "id": "partner", "name": [{"family": "Partner"}]},
        {"resourceType": "PractitionerRole", "id": "unnamed", "practitioner": {"reference": "Practitioner/partner"}},
        {"resourceType": "PractitionerRole", "id": "referrers", "practitioner": {"reference": referrer}},
        {
            "resourceType": "Appointment",
            "id": "return4",
            "status": "booked",
            "start": "2026-11-25T14:30:00Z",
            "participant": [{"actor": {"reference": ONE}}, {"actor": {"reference": "Practitioner/partner"}}],
        },
    ]
    for role in more[1:3]:
        role["organization"] = practice
    with serve(box) as server:
        where = site(box, server)
        server.store = Store([*box.resources, *({**one, **changed} for one in more)])
        run(db, where)
    with db.read() as session:
        report = session.scalars(select(Obligation).where(Obligation.person == ONE, Obligation.kind == "report")).one()
    assert report.winner == "patient_returns"


def test_people_who_are_refused_leave_the_visits_owed_and_are_said(db: Database, box: Sandbox) -> None:
    with serve(box) as server:
        where = site(box, server)
        server.faults.faults[:] = [Fault("status", "/Practitioner", code=403, body=OUTCOME)]
        found = run(db, where)
        assert found.complete and not found.unread
        assert any(words.startswith("Not every Practitioner could be read") for words in found.counts["warnings"])
    assert any(one[0] in ("report", "resolve") for one in owed(db, of=ONE))


def test_a_run_that_does_not_add_up_is_incomplete(db: Database, box: Sandbox, monkeypatch: pytest.MonkeyPatch) -> None:
    count = Tally.count

    def lose(self: Tally, kind: str, fhir_id: str, disposition: str, reason: str | None) -> None:
        if fhir_id != "enc4":
            count(self, kind, fhir_id, disposition, reason)

    monkeypatch.setattr(Tally, "count", lose)
    with serve(box) as server:
        found = run(db, site(box, server))
    assert not found.complete and "add up" in str(found.error)
    with db.read() as session:
        assert session.scalars(select(Watermark)).all() == []
