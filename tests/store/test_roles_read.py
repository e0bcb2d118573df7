"""Roles, bookings and people whom the EHR shows in its own way, or not at all."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import select

from loopclose.clock import fixed
from loopclose.sandbox.faults import Fault
from loopclose.sandbox.model import Sandbox
from loopclose.sandbox.search import Store
from loopclose.sandbox.server import serve
from loopclose.store.engine import Database
from loopclose.store.obligations import Obligation
from loopclose.store.quarantine import in_quarantine
from loopclose.store.resources import Resource
from tests.store.line import NOW, read, sandbox, site
from tests.store.one_patient import ONE, OUTCOME, owed
from tests.store.peers import emptied


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
        read(db, where)
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
        read(db, where)
        asked = [path for _, path in server.requests if "PractitionerRole?practitioner=" in path]
        assert len(asked) == 1 and "Practitioner/heart" in asked[0]
        with db.read() as session:
            roles = session.scalars(select(Resource.fhir_id).where(Resource.type == "PractitionerRole")).all()
        named = {one["id"] for one in box.resources if one["resourceType"] == "PractitionerRole"}
    assert roles and {*roles} <= named


def test_roles_of_our_clinicians_are_looked_up_where_nobody_has_an_appointment(db: Database, box: Sandbox) -> None:
    with serve(box) as server:
        where = site(box, server)
        server.store = Store([one for one in box.resources if one["resourceType"] != "Appointment"])
        read(db, where)
        asked = [path for _, path in server.requests if "PractitionerRole?practitioner=" in path]
    assert asked and all(key in asked[0] for key in where.practice.clinicians)


def test_what_hangs_on_a_role_that_could_not_be_read_is_judged_again_when_it_can(db: Database) -> None:
    box = sandbox("epic", 10)
    with serve(box) as server:
        where = site(box, server)
        read(db, where)
        healthy = owed(db)
        emptied(db)
        server.faults.faults.append(Fault("status", "PractitionerRole", code=404))
        assert any("PractitionerRole" in words for words in read(db, where).counts["warnings"])
        assert owed(db) != healthy
        server.faults.faults.clear()
        read(db, where, fixed(NOW + timedelta(minutes=15)))
    standing = [one for one in owed(db) if (one[0], one[3]) != ("resolve", "confirmed")]
    assert standing == healthy


class OneAtATime(Store):
    """Takes several practitioners, between commas, for one that nobody is."""

    def search(self, kind: str, params: list[tuple[str, str]]) -> list[bytes]:
        several = kind == "PractitionerRole" and any("," in value for _, value in params)
        return [] if several else super().search(kind, params)


@pytest.mark.parametrize("how", ["several", "one at a time", "several refused"])
def test_a_booking_with_the_referrers_partner_is_a_return(db: Database, box: Sandbox, how: str) -> None:
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
        kept = [*box.resources, *({**one, **changed} for one in more)]
        server.store = OneAtATime(kept) if how == "one at a time" else Store(kept)
        if how == "several refused":
            server.faults.faults[:] = [Fault("status", ",Practitioner/", code=400)]
        assert read(db, where).complete
    with db.read() as session:
        report = session.scalars(select(Obligation).where(Obligation.person == ONE, Obligation.kind == "report")).one()
    assert report.winner == "patient_returns"


def test_people_who_are_refused_leave_the_visits_owed_and_are_said(db: Database, box: Sandbox) -> None:
    with serve(box) as server:
        where = site(box, server)
        server.faults.faults[:] = [Fault("status", "/Practitioner", code=403, body=OUTCOME)]
        found = read(db, where)
        assert found.complete and not found.unread
        assert any(words.startswith("Not every Practitioner could be read") for words in found.counts["warnings"])
    assert any(one[0] in ("report", "resolve") for one in owed(db, of=ONE))
