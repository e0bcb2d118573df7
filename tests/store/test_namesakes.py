"""Patients who are taken for each other are found; nobody else is marked."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from sqlalchemy import column, insert, select, table, text

from loopclose.domain.outside_text import alike
from loopclose.store.base import Scope, UtcDateTime
from loopclose.store.engine import Database
from loopclose.store.namesakes import NAME, NAME_AND_BIRTH_DATE, OTHER_EHR, namesakes
from loopclose.store.people import PatientRow
from loopclose.store.resources import Packed
from loopclose.store.upgrade import upgrade
from tests.store.line import NOW
from tests.store.versions import at_revision

MAIN = Scope("main")
PEOPLE = [  # practice, ehr, id, person, name, birth date, what is shared
    ("main", "a", "1", "1", "Alma Sample", "1950-03-15", NAME_AND_BIRTH_DATE),
    ("main", "a", "2", "2", "ÁLMA  sample", "1950-03-15", NAME_AND_BIRTH_DATE),
    ("main", "a", "3", "3", "Sample, Alma", "1961-01-01", NAME),
    ("main", "a", "4", "4", "Bo Sample", "1950-03-15", None),
    ("main", "a", "5", "4", "Bo Sample", "1950-03-15", None),  # another record of the same person
    ("main", "a", "6", "6", "Cy Sample", "1950-03-15", OTHER_EHR),
    ("main", "b", "6", "6", "Cy Sample", "1950-03-15", OTHER_EHR),
    ("main", "a", "7", "7", "Di Sample", "1950", NAME),
    ("main", "b", "7", "7", "Di Sample", "1950", NAME),
    ("main", "a", "8", "8", "Ed Sample", None, NAME),
    ("main", "b", "9", "9", "Ed Sample", "1950-03-15", NAME),
    ("main", "a", "10", "10", None, "1950-03-15", None),
    ("main", "a", "11", "11", None, "1950-03-15", None),
    ("other", "a", "12", "12", "Bo Sample", "1950-03-15", None),
]


def fill(db: Database) -> None:
    with db.write() as session:
        for practice, ehr, key, person, name, born, _ in PEOPLE:
            session.add(
                PatientRow(
                    practice_id=practice,
                    ehr=ehr,
                    id=f"Patient/{key}",
                    person=f"Patient/{person}",
                    name=name,
                    alike=alike(name) if name else None,
                    birth_date=born,
                )
            )


def test_who_shares_a_name_is_marked_in_this_practice_alone(db: Database) -> None:
    fill(db)
    with db.read() as session:
        rows = session.scalars(select(PatientRow).where(PatientRow.practice_id == "main")).all()
        found = namesakes(session, MAIN, [*rows, None])
        assert {(row.ehr, row.id[8:]): found.of(row) for row in rows} == {
            (ehr, key): shared for practice, ehr, key, *_, shared in PEOPLE if practice == "main"
        }


def test_nobody_is_looked_up_by_reading_everybody(db: Database) -> None:
    fill(db)
    with db.read() as session:
        rows = session.scalars(select(PatientRow).where(PatientRow.practice_id == "main")).all()
        asked: list[str] = []
        real = session.execute
        session.execute = lambda statement, *rest: (  # type: ignore[method-assign,assignment]
            asked.append(str(statement.compile(db.engine, compile_kwargs={"literal_binds": True}))),
            real(statement, *rest),
        )[1]
        namesakes(session, MAIN, rows)
        assert len(asked) == 2  # one for each EHR
        if db.dialect.name == "sqlite":
            plan = [row[-1] for row in real(text(f"EXPLAIN QUERY PLAN {asked[0]}"))]
            assert not [line for line in plan if line.startswith("SCAN")] and "ix_patient_alike" in str(plan)


@pytest.mark.parametrize("kind", ["sqlite", "postgres"])
def test_names_and_numbers_of_those_kept_before_are_filled_in(
    kind: str, tmp_path: Path, request: pytest.FixtureRequest
) -> None:
    db = at_revision("0005", kind, tmp_path, request)
    body = {
        "resourceType": "Patient",
        "identifier": [
            {"system": "http://hl7.org/fhir/sid/us-ssn", "value": "078-05-1120"},
            {"type": {"coding": [{"code": "MR"}]}, "value": "M7"},
        ],
    }
    owner = {"practice_id": "main", "ehr": "a"}
    patient = table("patient", *map(column, ("practice_id", "ehr", "id", "person", "name", "mrn")))
    kept = ("practice_id", "ehr", "type", "fhir_id", "sha256", "disposition")
    resource = table("resource", *map(column, kept), column("seen_at", UtcDateTime(timezone=True)))
    blob = table("blob", column("practice_id"), column("sha256"), column("body", Packed))
    with db.write() as session:
        for key, mrn in (("1", "078-05-1120"), ("2", "N2")):
            session.execute(
                insert(patient).values(id=f"Patient/{key}", person="x", name="Mr. Álma Sample", mrn=mrn, **owner)
            )
        session.execute(
            insert(resource).values(
                type="Patient", fhir_id="1", sha256="s", disposition="admitted", seen_at=NOW, **owner
            )
        )
        session.execute(insert(blob).values(practice_id="main", sha256="s", body=json.dumps(body).encode()))
    upgrade(db)
    with db.read() as session:
        rows = session.execute(select(PatientRow.alike, PatientRow.mrn_kind, PatientRow.mrn).order_by(PatientRow.id))
        assert [tuple(row) for row in rows] == [("alma sample", "MRN", "M7"), ("alma sample", None, "N2")]
        assert alike("Mr. Álma Sample") == "alma sample"
    db.close()
