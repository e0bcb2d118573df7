"""Reading gently: what did not change is not read again, and what changed is seen all the same."""

from __future__ import annotations

import random
import tomllib
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import func, select

from loopclose.clock import fixed
from loopclose.config.loading import parse
from loopclose.domain.codes import OPEN_STATES
from loopclose.flows.reading import following
from loopclose.flows.reading.plan import ATTENDANCE, EVIDENCE
from loopclose.flows.site import sites
from loopclose.sandbox.faults import Fault
from loopclose.sandbox.server import serve
from loopclose.sandbox.settings import config_toml
from loopclose.store.engine import Database
from loopclose.store.obligations import Obligation
from loopclose.store.people import PatientRow
from loopclose.store.resources import Resource, Watermark
from tests.store.gently import NIGHT, QUARTER, Practice
from tests.store.line import read, sandbox, site

TYPES = 9
"""Types that are read by patient."""


@pytest.fixture
def practice(db: Database) -> Iterator[Practice]:
    box = sandbox("messy", 40)
    with serve(box) as server:
        yield Practice(db, site(box, server), box, server)


@pytest.fixture
def alone(db: Database, tmp_path: Path) -> Iterator[Practice]:
    """One whose EHR gives neither what changed of a type nor several patients at once."""
    box, roster = sandbox("epic", 40), tmp_path / "roster.csv"
    patients = [f"Patient/{one['id']}" for one in box.resources if one["resourceType"] == "Patient"]
    roster.write_text("\n".join(patients))
    with serve(box, strict=True) as server:
        settings = tomllib.loads(config_toml(box, server.base_url, "sqlite://"))
        settings["ehr"]["main"] |= {"worklist": "roster", "roster": str(roster)}
        yield Practice(db, sites(parse(settings))[0], box, server)


def test_in_steady_state_each_type_is_asked_once(practice: Practice) -> None:
    practice.settle()
    kept = practice.kept()
    assert (len(kept["by_type"]), kept["pass"]) == (TYPES, None)
    assert kept["together"] > 1
    asked = practice.asked(practice.sync)
    # the statement, what changed of nine types (orders and visits by the worklist), and nothing of anybody
    assert len(asked) == 1 + TYPES
    assert not [path for path in asked if "patient=" in path]


def test_what_changes_is_seen_at_the_next_sync(practice: Practice) -> None:
    practice.settle()
    with practice.db.read() as session:
        report = session.scalars(
            select(Obligation).where(Obligation.kind == "report", Obligation.state == "owed")
        ).first()
    assert report is not None and report.visit is not None
    encounter = practice.server.store.get(*report.visit.split("/"))
    assert encounter is not None
    practice.server.store.put(
        {
            "resourceType": "DocumentReference",
            "id": "signed",
            "status": "current",
            "docStatus": "final",
            "type": {"coding": [{"system": "http://loinc.org", "code": "11488-4"}]},
            "subject": encounter["subject"],
            "authenticator": {"reference": "Practitioner/heart"},
            "date": encounter["period"]["end"],
            "context": {"encounter": [{"reference": report.visit}]},
            "content": [{"attachment": {"contentType": "text/plain", "data": "QQ=="}}],
        }
    )
    asked = practice.asked(practice.sync)
    assert practice.owed()[report.visit, report.referral, "report"][0] == "signed"
    assert not [path for path in asked if "patient=" in path]


def test_whoever_nobody_referred_is_counted_and_not_kept(practice: Practice) -> None:
    practice.settle()
    practice.server.store.put({"resourceType": "Patient", "id": "stranger", "name": [{"text": "Strange Sample"}]})
    strange = {"subject": {"reference": "Patient/stranger"}, "status": "current", "docStatus": "final"}
    practice.server.store.put({"resourceType": "DocumentReference", "id": "strange", **strange})
    result = practice.sync()
    assert result.counts["by_type"]["DocumentReference"]["ignored"] == {"not_followed": 1}
    with practice.db.read() as session:
        assert session.scalar(select(func.count()).select_from(Resource).filter_by(fhir_id="strange")) == 0


def test_a_new_patient_is_read_whole_at_once(practice: Practice) -> None:
    practice.settle()
    old = next(one for one in practice.box.resources if one["resourceType"] == "ServiceRequest")
    practice.server.store.put({"resourceType": "Patient", "id": "fresh", "name": [{"text": "Fresh Sample"}]})
    practice.server.store.put({**old, "id": "fresh", "identifier": [], "subject": {"reference": "Patient/fresh"}})
    asked = practice.asked(practice.sync)
    assert sum("Patient%2Ffresh" in path or "Patient/fresh" in path for path in asked) >= TYPES
    with practice.db.read() as session:
        assert session.scalars(select(PatientRow).filter_by(id="Patient/fresh")).one().read_at == practice.now


def test_a_visit_that_stays_planned_is_asked_about_once_it_is_past(practice: Practice) -> None:
    order = next(one for one in practice.box.resources if one["id"] == "sr1")
    old = next(one for one in practice.box.resources if one["resourceType"] == "Encounter" and one["id"] == "enc1")
    begins = {"period": {"start": "2026-11-25T15:00:00Z", "end": "2026-11-25T15:30:00Z"}}
    basis = {"basedOn": [{"reference": f"ServiceRequest/{order['id']}"}]}
    practice.server.store.put({**old, "id": "to-come", "status": "planned", **begins, **basis})
    practice.settle()
    assert ("Encounter/to-come", None, "resolve") not in practice.owed()
    practice.sync(timedelta(hours=40))
    assert practice.owed()["Encounter/to-come", None, "resolve"][0] == "owed"


def test_what_was_deleted_is_seen_within_a_day(practice: Practice) -> None:
    practice.settle()
    gone = next(key for key, (state, _) in practice.owed().items() if key[2] == "report" and state == "owed")
    assert gone[0] is not None
    practice.server.store.delete(*gone[0].split("/"))
    practice.sync()
    assert practice.owed()[gone][0] == "owed"
    practice.sync(NIGHT)
    assert practice.owed().get(gone, ("waived", None))[0] == "waived"


def test_a_pass_takes_few_requests_where_many_patients_are_found_at_once(practice: Practice) -> None:
    practice.settle()
    with practice.db.read() as session:
        states = Obligation.state.in_(OPEN_STATES)
        waiting = len(session.execute(select(Obligation.person).where(states).distinct()).all())
    asked = practice.asked(lambda: practice.sync(NIGHT))
    by_patient = [path for path in asked if "patient=" in path]
    assert waiting > 20 and len(by_patient) <= 3 * TYPES


def test_a_pass_that_breaks_off_goes_on_where_it_was(alone: Practice, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(following, "SOME", 10)
    alone.settle()
    with alone.db.read() as session:
        followed = session.scalar(select(func.count()).select_from(PatientRow)) or 0
    alone.now += NIGHT
    down = Fault("status", code=503, where="/Encounter?", after=followed // 2, retry_after="0")
    alone.server.faults.faults.append(down)
    first = alone.asked(lambda: alone.sync())
    alone.server.faults.faults.clear()
    second = alone.asked(lambda: alone.sync())
    counted = [sum("/Encounter?" in path for path in asked) for asked in (first, second)]
    assert counted[1] < followed
    assert alone.kept()["pass"] is None


def test_where_everybody_is_asked_for_alone_only_the_pressing_are(alone: Practice) -> None:
    alone.settle()
    assert alone.kept()["by_type"] == [] and alone.kept()["together"] == 1
    with alone.db.read() as session:
        now = alone.now + QUARTER
        near = Obligation.due_at.between(now - timedelta(days=1), now + timedelta(days=1))
        due = select(Obligation.person).where(Obligation.state.in_(OPEN_STATES - {"sent"}), near)
        soon = {*session.scalars(select(PatientRow.id).where(PatientRow.person.in_(due)))}
    asked = [path for path in alone.asked(alone.sync) if "patient=" in path]
    assert 0 < len(soon) < 20
    assert sum("/DocumentReference?" in path for path in asked) == len(soon)
    assert {path.split("?")[0].rpartition("/")[2] for path in asked} <= {*EVIDENCE, *ATTENDANCE}


def test_who_stands_on_a_roster_is_seen_again_within_a_day_though_nothing_is_open(alone: Practice) -> None:
    alone.settle()
    old = next(one for one in alone.box.resources if one["resourceType"] == "Encounter" and not _open(alone, one))
    alone.server.store.put({**old, "id": "again"})
    alone.sync()
    alone.sync(NIGHT)
    assert "Encounter/again" in {visit for visit, _, _ in alone.owed()}


LIES = (
    "says nothing of anybody without a patient",
    "ignores _lastUpdated",
    "takes the first patient of a list alone",
)


@pytest.mark.parametrize("lie", LIES)
def test_what_the_ehr_does_not_show_is_not_believed(
    practice: Practice, lie: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    store = practice.server.store
    honest = store.search

    def search(kind: str, params: list[tuple[str, str]]) -> list[bytes]:
        if lie == "ignores _lastUpdated" and kind not in ("ServiceRequest", "Encounter"):
            return honest(kind, [one for one in params if one[0] != "_lastUpdated"])
        if lie == "takes the first patient of a list alone":
            params = [(name, value.split(",")[0] if name == "patient" else value) for name, value in params]
        changed = any(name == "_lastUpdated" for name, _ in params) and not _names(params)
        silent = lie == "says nothing of anybody without a patient" and changed
        return [] if silent else honest(kind, params)

    practice.settle()
    monkeypatch.setattr(store, "search", search)
    practice.sync(NIGHT)
    kept = practice.kept()
    if lie == "takes the first patient of a list alone":
        assert kept["together"] == 1
    else:
        seen = {one.type for one in _kept(practice)}
        assert {*kept["by_type"]} & seen <= {"ServiceRequest", "Encounter"}


@pytest.mark.parametrize("seed", range(4))
def test_a_day_of_gentle_syncs_and_a_pass_owe_what_one_reading_of_everything_owes(
    practice: Practice, seed: int, request: pytest.FixtureRequest
) -> None:
    dice = random.Random(seed)
    practice.settle()
    kinds = ("Encounter", "ServiceRequest", "DocumentReference", "Appointment", "Task", "Communication", "Procedure")
    for _ in range(6):
        for _ in range(4):
            kind = dice.choice(kinds)
            ids = sorted(practice.server.store._by_type[kind])
            if not ids:
                continue
            chosen = dice.choice(ids)
            if dice.random() < 0.3:
                practice.server.store.delete(kind, chosen)
            else:
                status = {"Encounter": "cancelled", "ServiceRequest": "revoked", "Appointment": "cancelled"}
                practice.change(kind, chosen, status=status.get(kind, "entered-in-error"))
        assert practice.sync().error is None
    assert practice.sync(NIGHT).error is None
    gentle = practice.owed()
    read(practice.db, practice.site, fixed(practice.now))
    assert gentle == practice.owed()


def test_marks_of_changes_never_run_ahead_of_what_was_read(practice: Practice) -> None:
    def marked() -> int:
        with practice.db.read() as session:
            return len(session.scalars(select(Watermark).filter_by(scope="changes")).all())

    practice.server.faults.faults.append(Fault("status", code=503, where="/Procedure?patient", retry_after="0"))
    assert practice.sync().error is not None
    assert marked() == 0
    practice.server.faults.faults.clear()
    assert practice.sync().error is None
    assert marked() == TYPES


@pytest.mark.parametrize("kind", ["partial", "withheld"])
def test_what_changed_and_was_left_out_is_said(practice: Practice, kind: str) -> None:
    practice.settle()
    practice.change("DocumentReference", "note0", docStatus="amended")
    practice.server.faults.faults.append(Fault(kind, "/DocumentReference?_lastUpdated", how="drops"))
    result = practice.sync()
    said = [*result.counts["warnings"], str(result.error)]
    assert any("a search for DocumentReference did not give everything" in words for words in said)
    assert result.complete == (kind == "withheld"), "what is kept from us no later run reads"


def _open(practice: Practice, encounter: dict[str, Any]) -> bool:
    """Whether something of its patient is open."""
    with practice.db.read() as session:
        them = Obligation.patient == encounter["subject"]["reference"], Obligation.state.in_(OPEN_STATES)
        return bool(session.scalar(select(func.count()).select_from(Obligation).where(*them)))


def _names(params: list[tuple[str, str]]) -> bool:
    return any(name in ("patient", "_id", "identifier", "practitioner", "date", "authored") for name, _ in params)


def _kept(practice: Practice) -> list[Resource]:
    with practice.db.read() as session:
        return list(session.scalars(select(Resource).where(Resource.patient.is_not(None))))
