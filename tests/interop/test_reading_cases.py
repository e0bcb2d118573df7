"""What real EHRs send that no demo EHR sends: each case of the shared folder, read and judged, and what is right."""

from __future__ import annotations

import json
import tomllib
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select

from loopclose.clock import fixed
from loopclose.config.loading import parse
from loopclose.flows.reading.sync import sync
from loopclose.flows.site import client_of, sites
from loopclose.sandbox.search import Store
from loopclose.sandbox.server import SandboxServer
from loopclose.store.links import links
from loopclose.store.obligations import Obligation
from loopclose.store.quarantine import in_quarantine
from loopclose.store.resources import Resource
from loopclose.store.upgrade import open_database
from tests.interop.loading import DATA, Json

CASES = DATA.parent / "cases" / "reading"
NOW = datetime(2026, 11, 24, 14, 0, tzinfo=UTC)
LEE, ROY = "1245319599", "1003000126"
ONE_REPORT = {"kinds": ["report"]}
ONE_QUESTION = {"kinds": ["resolve"]}
HELD = {"kinds": ["resolve"], "held": True}
RIGHT: dict[str, Json] = {
    "finished-visit-without-period": {"kinds": ["report"], "assumed": True},
    "npi-by-oid": {"kinds": ["report"], "npi": LEE, "guessed": False},
    "class-missing": ONE_REPORT,
    "class-local-text": ONE_REPORT,
    "amb-ref-local-code": ONE_REPORT,
    "inputs/A1": ONE_REPORT,
    "inputs/A2": ONE_REPORT,
    "inputs/A3": ONE_REPORT,
    "inputs/A4": {"kinds": ["report"], "end": "2026-11-16T15:40:00Z"},
    "inputs/A5": {"kinds": ["report"]},
    "inputs/A6": {"kinds": ["report"], "also_known_as": ["http://fhir-internal:8080/fhir"]},
    "inputs/A7": {"kinds": ["report"], "referrals": ["ServiceRequest/s7a"]},
    "inputs/A8": ONE_QUESTION,
    "inputs/A10": {"kinds": ["report"], "npi": "1841293990"},
    "inputs/A11": {"kinds": ["report"], "npi": LEE},
    "inputs/A13": {"kinds": ["report"], "npi": "1306849427"},
    "inputs/A14": ONE_QUESTION,
    "inputs/A21": ONE_REPORT,
    "inputs/A22": ONE_REPORT,
    "inputs/A28": ONE_REPORT,
    "inputs/A29": {"kinds": ["report"], "due_before": "2026-11-18T14:00:00Z"},
    "inputs/A43": ONE_REPORT,
    "inputs/A44": {"kinds": ["report"], "referrals": ["ServiceRequest/s44"]},
    "inputs/A46": {"kinds": ["report"], "referrals": ["ServiceRequest/s46"]},
    "inputs/A47": {"kinds": ["report"], "referrals": ["ServiceRequest/s47"]},
    "inputs/A49": ONE_QUESTION,
    "inputs/A50": ONE_QUESTION,
    "inputs/A51": HELD,
    "inputs/data_cases_02": {"kinds": ["report"], "npi": "1306849427"},
    "inputs/data_cases_03": {"kinds": ["report"], "npi": "1306849427"},
    "inputs/data_cases_04": {"kinds": ["report"], "npi": "1306849427"},
    "inputs/data_cases_05": {"kinds": ["report"], "quarantine": []},
    "inputs/data_cases_06": {"kinds": ["report"], "quarantine": []},
    "inputs/data_cases_08": {"kinds": ["report"], "due_before": "2026-11-23T15:00:00Z"},
    "inputs/data_cases_09": {"kinds": ["report"], "due_before": "2026-11-23T15:00:00Z"},
    "inputs/data_cases_10": ONE_REPORT,
    "inputs/data_cases_11": ONE_REPORT,
    "inputs/data_cases_12": ONE_REPORT,
    "inputs/data_cases_14": ONE_REPORT,
    "inputs/data_cases_20": {"kinds": ["report"], "npi": "1992999874", "guessed": False},
    "inputs/data_cases_27": ONE_REPORT,
    "inputs/data_cases_33": HELD,
    "inputs/data_cases_40": {"kinds": ["report"], "due_before": "2026-12-31T00:00:00Z"},
    "inputs/data_cases_48": ONE_REPORT,
    "inputs/data_cases_52": ONE_QUESTION,
    "inputs/data_cases_53": ONE_QUESTION,
    "inputs/data_cases_55": {"kinds": ["report"], "assumed": True},
    "inputs/data_cases_56": {"kinds": ["report"], "assumed": True},
    "inputs/data2_01": ONE_REPORT,
    "inputs/data2_02": ONE_REPORT,
    "inputs/data2_04": ONE_REPORT,
    "inputs/data2_05": ONE_REPORT,
    "inputs/data2_06": {"kinds": ["report"], "npi": "1992999874"},
    "inputs/data2_07": ONE_REPORT,
    "inputs/data2_09": ONE_QUESTION,
    "inputs/data2_17": ONE_REPORT,
    "inputs/data2_18": ONE_REPORT,
    "inputs/data2_20": ONE_REPORT,
    "inputs/data2_21": ONE_REPORT,
    "inputs/data2_23": HELD,
}
"""Kinds of what is owed for the patient, and what else is told of it."""
ANYWHERE = ("subject_2", "subject_4", "subject_5", "subject_6", "subject_7", "subject_8")
"""Visits whose patient is named in an odd way: found, or in quarantine, and never admitted with nobody to judge."""
CONFIG = """
[practice.main]
name = "Harbor"
timezone = "America/New_York"
specialty = "cardiology"
rehearsal = true
organizations = ["Organization/cardio", "1992999999"]
clinicians = ["Practitioner/heart"]

[ehr.main]
practice = "main"
auth = "none"
worklist = ["orders", "encounters"]
"""


class Read:
    """What stands in the store after one sync of some resources."""

    def __init__(self, resources: list[Json], folder: Path, settings: str = CONFIG) -> None:
        self.db = open_database(f"sqlite:///{folder}/cases.db")
        with SandboxServer(Store(resources)) as server:
            raw = tomllib.loads(settings)
            raw["ehr"]["main"]["base_url"] = server.base_url
            raw["database"] = {"url": "sqlite://"}
            (site,) = sites(parse(raw))
            with client_of(site) as client:
                self.result = sync(self.db, fixed(NOW), site, client)
        with self.db.read() as session:
            owed = session.scalars(select(Obligation).order_by(Obligation.kind, Obligation.visit)).all()
            self.owed = [one for one in owed if one.patient != "Patient/p900"]
            self.links = {one["visit"]: one for one in links(session, site.scope)}
            self.quarantine = in_quarantine(session, site.scope)
            self.kept = {
                f"{one.type}/{one.fhir_id}": (one.disposition, one.patient) for one in session.scalars(select(Resource))
            }
        self.db.close()


def resources_of(name: str) -> list[Json]:
    """The resources of a case; one patient's are put beside the practice, its clinicians and a healthy patient."""
    found: Any = json.loads((CASES / f"{name}.json").read_text(encoding="utf-8"))
    own = found["resources"] if isinstance(found, dict) else found
    if not name.startswith("inputs/"):
        return own
    keys = {(one["resourceType"], one["id"]) for one in own}
    base = json.loads((CASES / "inputs" / "base.json").read_text(encoding="utf-8"))
    return [*(one for one in base if (one["resourceType"], one["id"]) not in keys), *own]


def inputs() -> Iterator[str]:
    """Every case of one patient in the folder."""
    yield from (path.stem for path in CASES.glob("*.json"))
    for path in (CASES / "inputs").glob("*.json"):
        if path.stem.startswith(("A", "data")):
            yield f"inputs/{path.stem}"


def test_every_case_in_the_folder_has_its_answer() -> None:
    assert set(inputs()) == set(RIGHT)


@pytest.mark.parametrize("name", sorted(RIGHT))
def test_what_is_owed_is_what_is_right(name: str, tmp_path: Path) -> None:
    right = RIGHT[name]
    also = f"also_known_as = {right['also_known_as']}\n" if "also_known_as" in right else ""
    read = Read(resources_of(name), tmp_path, CONFIG + also)
    assert read.result.complete
    assert [one.kind for one in read.owed] == right["kinds"]
    (owed,) = read.owed
    link = read.links.get(owed.visit or "", {})
    if "npi" in right:
        assert (owed.referrer or {}).get("npi") == right["npi"]
    if "guessed" in right:
        assert owed.guessed is right["guessed"]
    if "referrals" in right:
        assert link["referrals"] == right["referrals"]
    if "due_before" in right:
        assert owed.due_at < datetime.fromisoformat(right["due_before"])
    if "quarantine" in right:
        assert [one["resource"] for one in read.quarantine] == right["quarantine"]
    if "assumed" in right:
        assert link["because"][-1].startswith(("It has no time", "No encounter came"))
    if right.get("held"):
        assert [one["holds_up"] for one in read.quarantine] == [[owed.id]]


@pytest.mark.parametrize("name", ANYWHERE)
def test_a_visit_is_judged_or_in_quarantine_whoever_it_is_about(name: str, tmp_path: Path) -> None:
    resources = resources_of(f"inputs/{name}")
    read = Read(resources, tmp_path)
    (visit,) = (
        f"Encounter/{one['id']}" for one in resources if one["resourceType"] == "Encounter" and one["id"][1:] != "900"
    )
    disposition, _ = read.kept[visit]
    if disposition != "quarantined":
        assert visit in read.links and any(one.visit == visit for one in read.owed)


def test_an_epic_practice_is_owed_its_three_visits(tmp_path: Path) -> None:
    """The classes are Epic's own; the fourth patient had an X-ray ordered, and telephoned."""
    resources = [json.loads(path.read_text(encoding="utf-8")) for path in (DATA / "epic-shape").glob("*.json")]
    settings = CONFIG.replace("Organization/cardio", "Organization/eORGsample.5")
    read = Read(resources, tmp_path, settings.replace("Practitioner/heart", "Practitioner/eHEARTsample.1"))
    assert [(one.kind, one.visit, (one.referrer or {}).get("npi")) for one in read.owed] == [
        ("report", f"Encounter/eVISITsample.{n}", LEE) for n in (1, 2, 3)
    ]
    assert read.kept["Encounter/eVISITsample.4"][0] == "ignored"


def test_an_oracle_visit_that_ends_before_it_begins_says_so(tmp_path: Path) -> None:
    paths = [*(DATA / "oracle-health").glob("Encounter-*.json"), *(DATA / "oracle-health").glob("Appointment-*.json")]
    resources = [json.loads(path.read_text(encoding="utf-8")) for path in paths]
    for one in resources:
        one["meta"] = {"lastUpdated": "2026-11-24T08:00:00Z"}
    own = CONFIG.replace('"Organization/cardio"', '"Organization/667844", "Organization/685844"')
    read = Read(resources, tmp_path, own)
    assert "Its times do not fit: it ends before it begins." in read.links["Encounter/1361920"]["because"]
    assert read.kept["Encounter/97939539"][0] == "admitted"
    assert read.kept["Encounter/97939518"][0] == "ignored"
