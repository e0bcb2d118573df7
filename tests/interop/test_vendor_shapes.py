"""Vendors' own resources, served under those vendors' rules: every office visit counts."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from loopclose.sandbox.search import Store
from loopclose.sandbox.server import SandboxServer
from tests.interop.loading import DATA
from tests.interop.test_real_servers import loopclose, nothing_changes, reconciled, stored

SETTINGS = """
[practice.main]
name = "Harbor Heart Sample Practice"
timezone = "America/Chicago"
specialty = "cardiology"
rehearsal = true
clinicians = {clinicians}
organizations = {organizations}

[ehr.main]
practice = "main"
base_url = "{address}"
worklist = ["roster"]
roster = "patients.csv"

[database]
url = "sqlite:///loopclose.db"
"""
OFFICE_VISITS = {"1361920", "97939539", "97954261", "97954262", "97954294", "97954295", "97954406"}
"""Of Oracle Health's Encounters: class O with our organization, and no mere chart review."""
INPATIENT, CHART_REVIEW, WITHOUT_SUBJECT = "97939518", "97954225", "97865451"

Json = dict[str, Any]


def resources_of(folder: str) -> list[Json]:
    """Every resource of one folder of the shared data."""
    return [json.loads(path.read_text(encoding="utf-8")) for path in sorted((DATA / folder).glob("*.json"))]


def made_up(resources: list[Json], kind: str, **elements: Any) -> list[Json]:
    """A resource for whatever some references name and nobody sent."""
    there = {f"{one['resourceType']}/{one['id']}" for one in resources}
    named = {key for one in resources for key in _references(one) if key.startswith(f"{kind}/")}
    return [{"resourceType": kind, "id": key.split("/")[1], **elements} for key in sorted(named - there)]


def _references(node: Any) -> list[str]:
    if isinstance(node, dict):
        own = [node["reference"]] if isinstance(node.get("reference"), str) else []
        return own + [key for value in node.values() for key in _references(value)]
    return [key for value in node for key in _references(value)] if isinstance(node, list) else []


def read(folder: Path, server: SandboxServer, resources: list[Json], clinicians: list[str], ours: list[str]) -> Json:
    """A sync of all patients on a roster; gives its counts, which must reconcile."""
    patients = [one["id"] for one in resources if one["resourceType"] == "Patient"]
    (folder / "patients.csv").write_text("patient\n" + "\n".join(patients))
    (folder / "loopclose.toml").write_text(
        SETTINGS.format(address=server.base_url, clinicians=json.dumps(clinicians), organizations=json.dumps(ours))
    )
    counts: Json = loopclose(folder, "sync", "--json")
    assert counts["complete"] and reconciled(counts), counts
    assert "class" not in counts["ignored"] or counts["ignored"]["class"] == 1, counts  # the one hospital stay
    return counts


def test_epic_shapes(tmp_path: Path) -> None:
    resources = resources_of("epic-shape")
    with SandboxServer(Store(resources), style="epic", strict=True) as server:
        counts = read(tmp_path, server, resources, ["Practitioner/eHEARTsample.1"], ["Organization/eORGsample.5"])
        assert "class" not in counts["ignored"]
        owed = loopclose(tmp_path, "worklist", "--kind", "all", "--as-of", "2026-11-24T15:00:00Z", "--json")["items"]
        nothing_changes(tmp_path)
    reports = {(one["visit"]["id"], one["referral"]["id"], one["referrer"]["npi"]) for one in owed}
    assert {one["kind"] for one in owed} == {"report"}
    assert reports == {
        (f"Encounter/eVISITsample.{n}", f"ServiceRequest/eORDERsample.{n}", "1245319599") for n in (1, 2, 3)
    }
    found = stored(tmp_path)
    assert found["Encounter/eVISITsample.4"] == ("ignored", "phone")
    assert found["ServiceRequest/eORDERsample.4"] == ("ignored", "imaging")


@pytest.fixture
def oracle() -> list[Json]:
    """Oracle Health's examples, with the patients, clinicians and practices that they name made up around them."""
    resources = resources_of("oracle-health")
    resources += made_up(resources, "Patient", name=[{"text": "Sample Patient"}], birthDate="1970-01-01")
    resources += made_up(resources, "Practitioner", name=[{"text": "Sample Clinician, MD"}])
    resources += made_up(resources, "Organization", name="Sample Practice")
    return resources


def test_oracle_health(tmp_path: Path, oracle: list[Json]) -> None:
    ours = ["Organization/667844", "Organization/675844", "Organization/685844", "Organization/1054423"]
    with SandboxServer(Store(oracle), style="oracle", strict=True) as server:
        read(tmp_path, server, oracle, [], ours)
        visits = {one["visit"]: one for one in loopclose(tmp_path, "links", "--json")["items"]}
        nothing_changes(tmp_path)
    assert {f"Encounter/{one}" for one in OFFICE_VISITS} <= visits.keys()
    found = stored(tmp_path)
    assert found[f"Encounter/{INPATIENT}"] == ("ignored", "class")
    assert f"Encounter/{INPATIENT}" not in visits
    imaging = [key for key, one in found.items() if key.startswith("ServiceRequest/") and one[0] != "ignored"]
    print(f"oracle: visits {len(visits)}, requests not ignored {imaging}")
    assert "ServiceRequest/309307167" not in imaging and "ServiceRequest/309358493" not in imaging
