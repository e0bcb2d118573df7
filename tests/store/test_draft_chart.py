"""What a draft reads: nothing of another patient, nothing deleted, and never "No …" of what was not surely read."""

from __future__ import annotations

import json
import re
import tomllib
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec import structs
from sqlalchemy import select

from fhir_adapters.errors import FhirError
from loopclose.clock import fixed
from loopclose.config.loading import parse
from loopclose.drafting.no_longer import CODE as NO_LONGER
from loopclose.flows.papers.chart import DRAFT_TYPES
from loopclose.flows.papers.draft import draft
from loopclose.flows.site import client_of, sites
from loopclose.letters.text import to_text
from loopclose.sandbox.faults import Fault, Faults
from loopclose.sandbox.search import Store
from loopclose.sandbox.server import TYPES, SandboxServer
from loopclose.store.engine import Database
from loopclose.store.obligations import Obligation
from loopclose.store.resources import Resource
from loopclose.store.upgrade import open_database
from tests.store.line import NOW, read
from tests.store.test_what_cannot_be_read import CONFIG, HARBOR, person
from tests.tries import tried

Json = dict[str, Any]
KINDS = tuple(kind for kind in DRAFT_TYPES if kind in TYPES)
CONFIRMED = {
    "clinicalStatus": {"coding": [{"code": "active"}]},
    "verificationStatus": {"coding": [{"code": "confirmed"}]},
}


def about(patient: str) -> list[Json]:
    """A referral and a visit of that patient."""
    whose = {"subject": {"reference": f"Patient/{patient}"}}
    return [
        {"resourceType": "Patient", "id": patient, "name": [{"text": f"Pat {patient.upper()}"}]},
        {
            "resourceType": "ServiceRequest", "id": f"s-{patient}", "status": "active", "intent": "order", **whose,
            "category": [{"coding": [{"system": "http://snomed.info/sct", "code": "3457005"}]}],
            "authoredOn": "2026-11-02", "requester": {"reference": "Practitioner/lee"},
        },
        {
            "resourceType": "Encounter", "id": f"e-{patient}", "status": "finished", "class": {"code": "AMB"}, **whose,
            "participant": [{"individual": {"reference": "Practitioner/heart"}}],
            "period": {"start": "2026-11-20T10:00:00-05:00", "end": "2026-11-20T10:40:00-05:00"},
            "serviceProvider": {"reference": "Organization/harbor"},
            "basedOn": [{"reference": f"ServiceRequest/s-{patient}"}],
        },
    ]  # fmt: skip


def chart_entry(kind: str, fhir_id: str, patient: str, called: str = "", **more: Any) -> Json:
    """Something of one of the types that are read for a draft, recorded at the patient's visit; its id is its name,
    unless it is ``called`` otherwise.
    """
    whose = "patient" if kind in ("AllergyIntolerance", "Immunization", "NutritionOrder") else "subject"
    name = "medicationCodeableConcept" if kind.startswith("Medication") else "code"
    name = {"Immunization": "vaccineCode", "DeviceRequest": "codeCodeableConcept"}.get(kind, name)
    stands: Json = {name: {"text": called or fhir_id}}
    if kind == "CarePlan":
        category = [{"coding": [{"code": "assess-plan"}]}]
        stands = {"status": "active", "category": category, "text": {"div": f"<div>Plan: {called or fhir_id}</div>"}}
    elif kind in ("Condition", "AllergyIntolerance"):
        stands |= CONFIRMED
    elif kind == "Immunization":
        stands |= {"status": "completed", "occurrenceDateTime": "2026-11-20"}
    elif kind in ("MedicationRequest", "DeviceRequest"):
        stands |= {"status": "active", "intent": "order"}
    elif kind == "NutritionOrder":
        diet = {"type": [{"text": called or fhir_id}]}
        stands = {"status": "active", "intent": "order", "dateTime": "2026-11-20", "oralDiet": diet}
    else:
        stands |= {"status": "final", "valueString": "seen"}
    return {
        "resourceType": kind, "id": fhir_id, "meta": {"versionId": "1"}, whose: {"reference": f"Patient/{patient}"},
        "encounter": {"reference": f"Encounter/e-{patient}"}, **stands, **more,
    }  # fmt: skip


PEOPLE = [HARBOR, person("Practitioner", "heart", "Dr. Heart"), person("Practitioner", "lee", "Dr. Lee")]


class Ehr:
    """A practice with two patients, its EHR and what was read of it."""

    def __init__(self, db: Database, server: SandboxServer) -> None:
        raw = tomllib.loads(CONFIG)
        raw["ehr"]["main"]["base_url"] = server.base_url
        raw["database"] = {"url": "sqlite://"}
        self.db, self.server = db, server
        (self.site,) = sites(parse(raw))
        read(db, self.site)
        with db.read() as session:
            owed = session.scalars(select(Obligation).filter_by(kind="report")).all()
        self.left: set[str] = set()
        """What the last draft says that an earlier one told and the chart no longer holds."""
        self.reports = {one.patient.partition("/")[2]: one.id for one in owed}

    def draft(self, patient: str) -> str:
        with client_of(self.site) as client:
            client._wire.pause = lambda _: None
            papers = draft(self.db, fixed(NOW), self.site, client, self.reports[patient], "tests").values()
        asked = {one for paper in papers for one in paper.to_settle if one.code == NO_LONGER}
        self.left = {source.resource for one in asked for source in one.sources}
        conflicts = [tuple(one for one in paper.to_settle if one not in asked) for paper in papers]
        papers = [structs.replace(paper, conflicts=those) for paper, those in zip(papers, conflicts, strict=True)]
        return "\n".join(to_text(paper) for paper in papers)

    def kept(self, patient: str) -> set[tuple[str, str]]:
        with self.db.read() as session:
            rows = session.scalars(select(Resource).where(Resource.type.in_(KINDS), Resource.disposition != "gone"))
            return {(row.type, row.fhir_id) for row in rows if row.patient == f"Patient/{patient}"}


@contextmanager
def ehr(*more: Json, faults: Faults | None = None, types: tuple[str, ...] = TYPES) -> Iterator[Ehr]:
    db = open_database("sqlite://")
    with SandboxServer(Store([*PEOPLE, *about("a"), *about("b"), *more]), faults=faults, types=types) as server:
        yield Ehr(db, server)
    db.close()


WHOSE = st.sampled_from(["a", "b"])
CHANGES = st.tuples(
    st.sampled_from(["put", "move", "delete"]), st.sampled_from(KINDS), st.sampled_from(["x1", "x2"]), WHOSE
)
DRAFTS = st.tuples(st.just("draft"), st.just(""), st.just(""), WHOSE)
LAST_OF_A, LAST_OF_B = ("draft", "", "", "a"), ("draft", "", "", "b")
STEPS = st.lists(CHANGES | DRAFTS, min_size=3, max_size=12)


@tried(20)
@given(STEPS)
def test_after_a_draft_what_is_kept_of_a_patient_is_what_the_ehr_has(steps: list[tuple[str, str, str, str]]) -> None:
    """Between drafts something arrives, changes, moves to the other patient or goes; each time under a new name."""
    has: dict[tuple[str, str], tuple[str, str]] = {}
    told: dict[str, set[str]] = {"a": set(), "b": set()}
    with ehr() as line:
        for number, (what, kind, no, patient) in enumerate([*steps, LAST_OF_A, LAST_OF_B]):
            key = (kind, f"{kind}-{no}")
            if what == "delete" and key in has:
                line.server.store.delete(*key)
                del has[key]
            elif what in ("put", "move"):
                called = f"{kind}-{no}v{number}w"
                line.server.store.put(chart_entry(*key, patient, called), NOW)
                has[key] = patient, called
            elif what == "draft":
                said = line.draft(patient)
                theirs = {key: called for key, (whose, called) in has.items() if whose == patient}
                assert line.kept(patient) == {*theirs}
                assert set(re.findall(r"\w+-x\dv\d+w", said)) == {*theirs.values()}
                told[patient] |= {"/".join(key) for key in theirs}
                assert line.left == told[patient] - {"/".join(key) for key in theirs}


STATES = ("none", "there", "quarantined", "elsewhere", "refused", "withheld", "partial", "not offered")
SAID = {
    "Condition": "No findings", "Observation": "No findings", "MedicationRequest": "No medicine|No other medicine",
    "AllergyIntolerance": "No allergies",
    "DocumentReference": "No assessment|No separate plan|No findings|No follow-up",
    "DiagnosticReport": "No findings", "Procedure": "No findings", "ServiceRequest": "No orders",
}  # fmt: skip
TWISTED = [{"url": "http://example.org/not-what-it-seems", "valueBoolean": True}]


@tried(20)
@given(st.fixed_dictionaries({kind: st.sampled_from(STATES) for kind in SAID}))
def test_nothing_is_said_to_be_absent_of_what_could_not_surely_be_read(states: dict[str, str]) -> None:
    if states["ServiceRequest"] in ("refused", "not offered"):  # nothing would be owed
        states["ServiceRequest"] = "withheld"
    kinds = {"refused": "status", "withheld": "withheld", "partial": "partial"}
    faults = [Fault(kinds[how], kind, code=403, on="search") for kind, how in states.items() if how in kinds]
    more = []
    for kind, how in states.items():
        if how in ("there", "quarantined", "elsewhere"):
            twisted = {} if how == "there" else {"modifierExtension": TWISTED}
            one = chart_entry(kind if kind in KINDS else "Observation", f"{kind}-x", "a", resourceType=kind, **twisted)
            if how == "elsewhere":
                del one["encounter"]
            more.append(one)
    types = tuple(kind for kind in TYPES if states.get(kind) != "not offered")
    with ehr(*more, types=types) as line:
        line.server.faults.faults += faults
        said = line.draft("a")
    for kind, how in states.items():
        if how not in ("none", "there"):
            assert not re.search(rf"^({SAID[kind]}).*", said, re.M), (kind, how, said)


@pytest.mark.parametrize("kind", KINDS)
def test_what_the_ehr_refuses_leaves_that_part_alone_empty_and_says_why(kind: str) -> None:
    body = json.dumps({"resourceType": "OperationOutcome", "issue": [{"diagnostics": "scope is missing"}]})
    there = [chart_entry(one, f"{one}-x", "a") for one in KINDS]
    with ehr(*there) as line:
        assert f"{kind}-x" in line.draft("a")
        line.server.faults.faults.append(Fault("status", kind, code=403, body=body))
        said = line.draft("a")
        assert line.kept("a") == {(one, f"{one}-x") for one in KINDS}
    assert {one for one in KINDS if f"{one}-x" in said} == {*KINDS} - {kind}
    assert "could not be read for this draft: " in said and "scope is missing" in said


@pytest.mark.parametrize("code", [429, 500, 503])
def test_what_is_worth_another_try_ends_the_draft_and_changes_nothing(code: int) -> None:
    with ehr(chart_entry("Condition", "Condition-x", "a")) as line:
        before = line.draft("a")
        line.server.store.put(chart_entry("Condition", "Condition-y", "a"), NOW)
        line.server.store.delete("Condition", "Condition-x")
        line.server.faults.faults.append(Fault("status", "AllergyIntolerance", code=code))
        with pytest.raises(FhirError, match="try again"):
            line.draft("a")
        assert line.kept("a") == {("Condition", "Condition-x")} and "Condition-x" in before


def test_an_answer_that_is_not_whole_removes_only_what_is_known_to_be_gone_or_anothers() -> None:
    entries = [chart_entry("Condition", f"Condition-{no}", "a") for no in ("kept", "moved", "gone", "hidden")]
    with ehr(*entries) as line:
        line.draft("a")
        line.server.store.put({**entries[1], "subject": {"reference": "Patient/b"}}, NOW)
        line.server.store.delete("Condition", "Condition-gone")
        line.server.store.put({**entries[3], "subject": {"reference": "Patient/b"}}, NOW)
        line.server.faults.faults += [
            Fault("status", "Condition/Condition-hidden", code=403),
            Fault("withheld", "Condition", on="search"),
        ]
        said = line.draft("a")
        assert line.kept("a") == {("Condition", "Condition-kept"), ("Condition", "Condition-hidden")}
    assert "The EHR withheld part of its answer about diagnoses" in said
    assert "Condition-moved" not in said and "Condition-gone" not in said
    assert line.left == {"Condition/Condition-moved", "Condition/Condition-gone"}
