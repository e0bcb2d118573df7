"""What a person says of a local code holds at once, for everybody who has it, until it is taken back."""

from __future__ import annotations

import tomllib
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select

from loopclose.clock import fixed
from loopclose.config.loading import parse
from loopclose.errors import UsageError
from loopclose.flows.codes import as_file, listed
from loopclose.flows.decisions.on_codes import Code, Effect, Mapper
from loopclose.flows.jobs import sync_site
from loopclose.flows.site import sites
from loopclose.flows.work import Work
from loopclose.sandbox.search import Store
from loopclose.store.code_assignments import assignments
from loopclose.store.obligations import Obligation
from loopclose.store.people import Audit, PatientRow
from loopclose.store.resources import Resource
from loopclose.store.unmapped import unmapped
from tests.store.line import NOW
from tests.store.test_what_cannot_be_read import CONFIG, HARBOR, MAIN, Line, encounter, line, person, request

__all__ = ["line"]
LEO, MONA, CORA = (f"{name}@demo.example" for name in ("leo", "mona", "cora"))
HOV = Code("main", "Encounter.class", "urn:local|4")
ZETA = Code("main", "ServiceRequest.code", "text:Zeta 17")
LOCAL = {"class": {"system": "urn:local", "code": "4", "display": "HOV"}}


def typed(system: str, code: str) -> dict[str, Any]:
    return {"type": [{"coding": [{"system": system, "code": code}]}]}


def sync(line: Line, *resources: dict[str, Any]) -> None:
    """One run as the scheduler does it: with what people said."""
    people = [person("Practitioner", key, f"Dr. {key.title()} Sample") for key in ("heart", "lee")]
    patients = [person("Patient", key, f"Pat {key.title()} Sample") for key in ("p", "q")]
    stamp = {"lastUpdated": "2026-11-24T14:00:00Z"}
    line.server.store = Store([{"meta": stamp, **one} for one in (HARBOR, *people, *patients, *resources)])
    (site,) = sites(line.work.config)
    assert sync_site(line.work, site).complete


def mapper(line: Line, by: str = MONA) -> Mapper:
    return Mapper(line.work, MAIN, by)


def owed(line: Line, state: str = "owed") -> list[tuple[str, str | None]]:
    with line.db.read() as session:
        rows = session.scalars(select(Obligation).where(Obligation.state == state).order_by(Obligation.id))
        return sorted((one.kind, one.visit or one.referral) for one in rows)


def test_a_request_that_somebody_explains_is_a_referral_for_every_patient_at_once(line: Line) -> None:
    sync(line, encounter("v"), request(code={"text": "Zeta 17"}))
    assert owed(line) == [("resolve", "Encounter/v")]
    of_visit = Effect(None, 1, 1, {}, 0, "0")  # the question is about the visit, which may answer the request
    assert mapper(line).effect(ZETA, "referral") == of_visit
    who = mapper(line)
    who.assign(ZETA, "referral", seen="0")
    assert who.judged == 1 and owed(line) == [("report", "Encounter/v")]
    with line.db.read() as session:
        (one,) = listed(session, MAIN)
        assert (one.code, one.count, one.asks) == (ZETA, 1, False)
        assert one.said is not None and (one.said.meaning, one.said.by, one.said.at) == ("referral", MONA, NOW)
        assert [row.action for row in session.scalars(select(Audit).where(Audit.actor == MONA))] == ["map_code"]
    mapper(line).withdraw(ZETA, seen="1")
    assert owed(line) == [("resolve", "Encounter/v")]
    with line.db.read() as session:
        (row,) = assignments(session, MAIN)
        assert (row.taken_back_by, row.taken_back_at) == (MONA, NOW)


def test_a_later_word_supersedes_and_none_is_deleted(line: Line) -> None:
    sync(line, encounter("v"), request(code={"text": "Zeta 17"}))
    for meaning in ("imaging", "referral"):
        mapper(line).assign(ZETA, meaning)
    assert owed(line) == [("report", "Encounter/v")]
    with line.db.read() as session:
        assert [(row.no, row.meaning) for row in assignments(session, MAIN)] == [(2, "referral"), (1, "imaging")]


def test_the_next_sync_judges_by_it_and_changes_nothing_more(line: Line) -> None:
    held = (encounter("v"), request(code={"text": "Zeta 17"}))
    sync(line, *held)
    mapper(line).assign(ZETA, "referral")
    before = owed(line)
    sync(line, *held)
    assert owed(line) == before == [("report", "Encounter/v")]


def test_a_visit_type_a_note_and_a_specialty_are_listed_where_a_report_hangs_on_them(line: Line) -> None:
    note = {
        "resourceType": "DocumentReference",
        "id": "d",
        "status": "current",
        "docStatus": "final",
        "date": "2026-11-19T16:00:00Z",
        "type": {"coding": [{"system": "urn:local", "code": "N1"}], "text": "Heart letter"},
        "subject": {"reference": "Patient/p"},
        "context": {"encounter": [{"reference": "Encounter/v"}]},
    }
    role = {
        "resourceType": "PractitionerRole",
        "id": "role",
        "practitioner": {"reference": "Practitioner/heart"},
        "organization": {"reference": "Organization/harbor"},
        "specialty": [{"coding": [{"system": "urn:local", "code": "S1", "display": "Pumps"}]}],
    }
    held = (encounter("v", **typed("urn:local", "T1")), request(), note, role)
    sync(line, *held)
    assert owed(line) == [("report", "Encounter/v")]
    with line.db.read() as session:
        found = {one["element"]: one for one in unmapped(session, MAIN)}
    assert {element: one["token"] for element, one in found.items()} == {
        "Encounter.type": "urn:local|T1",
        "DocumentReference.type": "urn:local|N1",
        "PractitionerRole.specialty": "urn:local|S1",
    }
    mapper(line).assign(Code("main", "DocumentReference.type", "urn:local|N1"), "notes")
    assert (owed(line), owed(line, "signed")) == ([], [("report", "Encounter/v")])
    mapper(line).assign(Code("main", "PractitionerRole.specialty", "urn:local|S1"), "cardiology")
    mapper(line).assign(Code("main", "DocumentReference.type", "urn:local|N1"), "other_notes")
    assert owed(line) == [("report", "Encounter/v")]
    mapper(line).assign(Code("main", "Encounter.type", "urn:local|T1"), "nurse_only")
    assert owed(line) == []
    with line.db.read() as session:
        assert {one["element"] for one in unmapped(session, MAIN)} == {"Encounter.type"}
        kept = session.get(Resource, ("main", "main", "Encounter", "v"))
        assert kept is not None and (kept.disposition, kept.reason) == ("ignored", "nurse_only")
    mapper(line).withdraw(Code("main", "Encounter.type", "urn:local|T1"))
    assert owed(line) == [("report", "Encounter/v")]


def test_who_was_set_aside_whole_is_read_by_the_sync_after_it_is_taken_back(line: Line) -> None:
    sync(line, encounter("v", **LOCAL), request(code={"text": "Referral to cardiology"}))
    mapper(line).assign(HOV, "inpatient")
    of_q = {"subject": {"reference": "Patient/q"}}
    held = (encounter("v", **LOCAL), request(), encounter("w", **LOCAL, **of_q))
    sync(line, *held)
    with line.db.read() as session:
        assert session.get(PatientRow, ("main", "main", "Patient/q")) is None
        kept = session.get(Resource, ("main", "main", "Encounter", "w"))
        assert kept is not None and (kept.disposition, kept.reason) == ("ignored", "class")
    effect = mapper(line).effect(HOV, None)
    assert (effect.now, effect.resources, effect.read_later) == ("inpatient", 1, 1)
    mapper(line).withdraw(HOV)
    assert owed(line) == [("report", "Encounter/v")]
    sync(line, *held)
    with line.db.read() as session:
        row = session.get(PatientRow, ("main", "main", "Patient/q"))
        kept = session.get(Resource, ("main", "main", "Encounter", "w"))
        assert row is not None and row.judged and row.name == "Pat Q Sample"
        assert kept is not None and kept.disposition == "admitted"


@pytest.mark.parametrize(
    ("code", "meaning", "by", "says"),
    [
        (HOV, "office", CORA, "Only a lead, a manager or an integrator may say what a local code means"),
        (HOV, "office", "nobody@demo.example", "the role of nobody"),
        (HOV, "referral", MONA, "Encounter.class cannot mean referral: it is one of office, "),
        (replace(HOV, element="Encounter.status"), "office", MONA, "There is no map of Encounter.status"),
        (replace(HOV, token=""), "office", MONA, "Where nothing stands"),
        (replace(HOV, token="text:" + "x" * 250), "office", MONA, "255 characters and more"),
        (replace(ZETA, token="text:Referral of a Zeta"), "imaging", MONA, "The map reads it as referral by its words"),
        (replace(HOV, ehr="elsewhere"), "office", MONA, "There is no [ehr.elsewhere]"),
    ],
)
def test_what_cannot_be_said_is_refused_with_a_sentence(
    line: Line, code: Code, meaning: str, by: str, says: str
) -> None:
    with pytest.raises(UsageError) as problem:
        mapper(line, by).assign(code, meaning)
    assert says in str(problem.value)
    with line.db.read() as session:
        assert assignments(session, MAIN) == []


def test_whoever_did_not_see_the_last_word_is_told_and_changes_nothing(line: Line) -> None:
    mapper(line).assign(HOV, "office", seen="0")
    with pytest.raises(UsageError, match="Meanwhile somebody"):
        mapper(line, LEO).assign(HOV, "home", seen="0")
    mapper(line).withdraw(HOV, seen="1")
    with pytest.raises(UsageError, match="Meanwhile somebody"):
        mapper(line, LEO).withdraw(HOV, seen="1")
    with pytest.raises(UsageError, match="nothing to take back"):
        mapper(line, LEO).withdraw(HOV)


def with_map(line: Line, path: Path) -> Line:
    raw = tomllib.loads(path.parent.joinpath("base.toml").read_text())
    raw["ehr"]["main"]["code_map"] = str(path)
    return replace(line, work=Work(parse(raw), line.db, fixed(NOW)))


def test_the_sites_own_file_has_the_last_word_and_a_written_map_means_the_same(line: Line, tmp_path: Path) -> None:
    settings = f"{CONFIG}base_url = '{line.server.base_url}'\n[database]\nurl = '{line.db.url}'\n"
    (tmp_path / "base.toml").write_text(settings)
    mapper(line).assign(HOV, "inpatient")
    mapper(line).assign(ZETA, "referral")
    (site,) = sites(line.work.config)
    path = tmp_path / "codes.toml"
    path.write_text(as_file(line.work, site))
    moved = with_map(line, path)
    with_file, by_people = (one.work.site_of("main", "main").rules.code_map for one in (moved, line))
    assert with_file.tables == by_people.tables
    with pytest.raises(UsageError, match=r"codes.toml\) names this code, and has the last word"):
        mapper(moved).assign(HOV, "office")
    path.write_text('[visit_classes.home]\ntokens = ["urn:local|4"]\n')
    held = (encounter("v", **LOCAL), request())
    sync(moved, *held)
    assert owed(moved) == [("report", "Encounter/v")]
