"""What a list shows and is searched by stands on its row, from the upgrade on, and judging keeps it right."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import JSON, column, insert, select, table, text

from loopclose.clock import fixed
from loopclose.domain.searching import asked_words
from loopclose.flows.judging.persons import judge_again
from loopclose.sandbox.server import serve
from loopclose.store.base import Scope, UtcDateTime, table_of
from loopclose.store.closed_words import with_words
from loopclose.store.engine import Database
from loopclose.store.obligations import Obligation
from loopclose.store.persons import names_ready, records_of, touched_persons
from loopclose.store.upgrade import upgrade
from tests.store.line import NOW, read, sandbox, site
from tests.store.versions import at_revision

MAIN = Scope("main")
LEE = {"name": "Dr. Lee Sample", "npi": "1234567893", "reference": "Practitioner/lee", "organization_name": "Harbor"}
PLAIN = {
    "practice_id": "main",
    "ehr": "main",
    "person": "Patient/1",
    "patient": "Patient/1",
}
OWED: dict[str, Any] = {
    **PLAIN,
    "kind": "report",
    "scope": "full",
    "due_at": NOW,
    "deadline_no": 1,
    "winner": "policy",
    "priority": "routine",
    "owner": "coordinator",
    "guessed": False,
    "fired_rung": 0,
}


def typed(name: str, columns: Any) -> Any:
    """A table as it was, with the types that a driver does not know by itself."""
    kinds: dict[str, Any] = {"due_at": UtcDateTime(timezone=True), "referrer": JSON, "requester": JSON}
    return table(name, *(column(one, kinds.get(one)) for one in columns))


@pytest.mark.parametrize("kind", ["sqlite", "postgres"])
def test_the_upgrade_fills_what_stands_already(kind: str, tmp_path: Path, request: pytest.FixtureRequest) -> None:
    db = at_revision("0005", kind, tmp_path, request)
    patient = {"practice_id": "main", "ehr": "main", "id": "Patient/1", "person": "Patient/1", "judged": True}
    shown = {"name": "Zoë O’Brien", "birth_date": "1980-02-03", "gender": "female", "mrn": "00471234"}
    asked = {**PLAIN, "id": "ServiceRequest/1", "status": "active", "priority": "routine", "identifiers": []}
    owed = [
        {**OWED, "id": f"o{no:04}", "state": "waived" if no % 2 else "owed", "referrer": LEE if no else None}
        for no in range(4100)  # more than are filled at once
    ]
    with db.write() as session:
        session.execute(insert(typed("patient", [*patient, *shown])), {**patient, **shown})
        requester = {"requester": {"key": "Practitioner/lee", "name": LEE["name"]}}
        listed = typed("referral", [*asked, "requester"])
        listed = table("referral", *(column(c.name, JSON if c.name == "identifiers" else c.type) for c in listed.c))
        session.execute(insert(listed), {**asked, **requester})
        session.execute(insert(typed("obligation", owed[0])), owed)
    upgrade(db)
    with db.read() as session:
        rows = session.scalars(select(Obligation).order_by(Obligation.id)).all()
        assert {(r.patient_name, r.patient_birth_date, r.patient_gender, r.patient_mrn) for r in rows} == {
            ("Zoë O’Brien", "1980-02-03", "female", "00471234")
        }
        assert (rows[0].referrer_key, rows[0].words) == (None, "zoe obrien 00471234 1234")
        assert {(r.referrer_name, r.referrer_npi, r.referrer_key, r.words) for r in rows[1:]} == {
            ("Dr. Lee Sample", "1234567893", "npi:1234567893", "zoe obrien dr lee sample harbor 00471234 1234")
        }
        assert session.scalar(text("SELECT requester_key FROM referral")) == "Practitioner/lee"
        found = session.scalars(with_words(session, MAIN, ["har", "1234"]))
        assert {*found} == {row.id for row in rows if row.state == "waived"}, "closed before the upgrade, and found"
    db.close()


def test_another_name_is_another_name_on_everything_of_that_person(db: Database) -> None:
    box = sandbox("tidy", 12)
    with serve(box) as server:
        where = site(box, server)
        read(db, where)
    with db.write() as session:
        open_one = session.scalars(select(Obligation).where(Obligation.state == "owed").limit(1)).one()
        person, patient = open_one.person, open_one.patient
        ground_gone = {c.name: getattr(open_one, c.name) for c in table_of(Obligation).columns}
        ground_gone |= {"id": "waived long ago", "state": "waived", "visit": "Encounter/gone", "alert_after": None}
        session.execute(insert(table_of(Obligation)), ground_gone)
    with db.read() as session:
        (before,) = {
            one["patient_name"] for one in records_of(session, MAIN, "main", [person])[person].patients.values()
        }
        rows = session.scalars(select(Obligation).where(Obligation.person == person)).all()
        assert len(rows) > 1 and {row.patient_name for row in rows} == {before}
        assert all(row.referrer_name == row.referrer["name"] for row in rows if row.referrer)
    renamed = {"name": "Nova Újhely", "birth_date": "1990-01-01", "gender": "other", "mrn": "77"}
    with db.write() as session:
        names_ready(db.dialect, MAIN, "main", {patient: renamed}).execute(session)
        assert touched_persons(session, MAIN, "main") == [person]
    judge_again(db, fixed(NOW), where, [person])
    with db.read() as session:
        rows = session.scalars(select(Obligation).where(Obligation.person == person)).all()
        assert {(row.patient_name, row.patient_birth_date, row.patient_mrn) for row in rows} == {
            ("Nova Újhely", "1990-01-01", "77")
        }
        assert all("nova ujhely" in row.words for row in rows)
        closed = {row.id for row in rows if row.state in ("confirmed", "waived")}
        assert {*session.scalars(with_words(session, MAIN, ["ujh"]))} == closed, "the index follows"
        of_old = with_words(session, MAIN, asked_words(before)).where(Obligation.person == person)
        assert not session.scalars(of_old).all()
