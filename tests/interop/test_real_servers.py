"""The whole line against real servers: what is stored, what is owed, and that a second sync changes nothing."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from loopclose.sandbox.practice import generate
from loopclose.sandbox.settings import config_toml
from loopclose.store.engine import Database
from loopclose.store.intake import RESOURCE
from tests.interop.loading import Held, load, load_au, load_inferno
from tests.interop.servers import SERVERS
from tests.interop.walk import AROUND, PEOPLE, expected, patient_of
from tests.store.line import NOW

SURGICAL = "387713003"
READ = ("ServiceRequest", "Encounter", "Patient", *AROUND, *PEOPLE)
SETTINGS = """
[practice.main]
name = "Everybody's"
timezone = "America/New_York"
specialty = "surgery"
rehearsal = true

[ehr.main]
practice = "main"
base_url = "{address}"
auth = "none"
code_map = "codes.toml"

[database]
url = "sqlite:///loopclose.db"
"""
CODES = f'[referral]\ntokens = ["http://snomed.info/sct|{SURGICAL}"]\nwords = []\n'


def loopclose(folder: Path, *words: str) -> Any:
    """One command, as a person types it; its JSON."""
    done = subprocess.run(
        [sys.executable, "-m", "loopclose", *words],
        cwd=folder,
        capture_output=True,
        text=True,
        env={**os.environ, "LOOPCLOSE_CONFIG": str(folder / "loopclose.toml")},
    )
    assert done.returncode in (0, 4), done.stderr[-2000:]
    return json.loads(done.stdout) if "--json" in words else done.stdout


def reconciled(counts: dict[str, Any]) -> bool:
    """Whether everything fetched is accounted for, in all and type by type."""
    return all(
        one["fetched"] == one["admitted"] + one["unchanged"] + sum(one["ignored"].values()) + one["quarantined"]
        for one in (counts, *counts["by_type"].values())
    )


def stored(folder: Path) -> dict[str, tuple[str, str | None]]:
    """By ``Type/id``: what became of everything in the store."""
    with Database(f"sqlite:///{folder}/loopclose.db").read() as session:
        rows = session.execute(RESOURCE.select()).mappings()
        return {f"{row['type']}/{row['fhir_id']}": (row["disposition"], row["reason"]) for row in rows}


on_each_server = pytest.mark.parametrize("server", SERVERS)
NOT_PUBLIC = {"Appointment", "Communication", "EpisodeOfCare"}
NOT_MADE_UP = {"Procedure", "Task"}
"""Types of which a set has nothing; each has the other's, so that no comparison of a type says nothing."""


def nothing_changes(folder: Path) -> None:
    """A second sync finds everything unchanged, and the export is the same to the byte."""
    before = loopclose(folder, "export")
    again = loopclose(folder, "sync", "--json")
    assert again["unchanged"] == again["fetched"] > 0
    assert loopclose(folder, "export") == before


@on_each_server
def test_public_data(server: str, tmp_path: Path) -> None:
    """Inferno's and AU's resources: everything that the written rule selects is in the store, and nothing else."""
    held = Held()
    with SERVERS[server]() as address:
        load_inferno(address, held)
        load_au(address, held)
        (tmp_path / "codes.toml").write_text(CODES)
        (tmp_path / "loopclose.toml").write_text(SETTINGS.format(address=address))
        counts = loopclose(tmp_path, "sync", "--json")
        assert counts["complete"] and reconciled(counts), counts

        found, wanted = stored(tmp_path), expected(held, SURGICAL)
        for kind in READ:
            ours = {key for key in found if key.startswith(f"{kind}/")}
            theirs = {key for key in wanted if key.startswith(f"{kind}/")}
            assert ours == theirs, (kind, sorted(ours - theirs)[:5], sorted(theirs - ours)[:5])
            print(f"{server}: {kind}: {len(ours)}")
        assert {key.split("/")[0] for key in found} >= {*READ} - NOT_PUBLIC
        for key in (key for key, one in held.of("ServiceRequest").items() if "order-" in key or "scenario" in key):
            assert found[key][0] == "ignored" and found[key][1] in ("laboratory", "imaging"), (key, found[key])

        draft_of_a_linked_visit(tmp_path, held)
        nothing_changes(tmp_path)
    print(f"{server}: refused {len(held.refused)}, fetched {counts['fetched']}, quarantined {counts['quarantined']}")


def draft_of_a_linked_visit(folder: Path, held: Held) -> None:
    """A person links the visit of 2017-09-28 to that patient's surgical order; both papers are written."""
    encounters = held.of("Encounter").items()
    visit, one = next(
        (key, one) for key, one in encounters if one.get("period", {}).get("start", "").startswith("2017-09-28")
    )
    requests = held.of("ServiceRequest").items()
    referral = next(
        key for key, order in requests if order["subject"] == one["subject"] or _same_patient(order, one, SURGICAL)
    )
    loopclose(folder, "user", "add", "cora@demo.example", "--role", "coordinator", "--password-file", _secret(folder))
    loopclose(folder, "link", visit, "--referral", referral, "--by", "cora@demo.example")
    items = loopclose(folder, "worklist", "--state", "all", "--json")["items"]
    report = next(item for item in items if item["visit"] and item["visit"]["id"] == visit)
    assert report["referral"]["id"] == referral
    assert report["link"]["method"] == "person"
    loopclose(folder, "draft", report["obligation"], "--format", "text", "-o", str(folder / "papers"))
    said = "".join((folder / "papers" / f"{name}.txt").read_text() for name in ("consult-note", "prescription-sheet"))
    of_visit = [
        key
        for kind in ("Condition", "Observation", "DiagnosticReport", "Procedure", "ServiceRequest", "MedicationRequest")
        for key, one in held.of(kind).items()
        if one.get("encounter", {}).get("reference") == visit
    ]
    assert len(of_visit) > 5 and [key for key in of_visit if f"{key} " not in said] == []
    print(f"draft of {visit}: {len(of_visit)} resources of the visit, all in the papers")


def _same_patient(order: dict[str, Any], visit: dict[str, Any], category: str) -> bool:
    return order["subject"].get("reference") == visit["subject"]["reference"] and category in str(order.get("category"))


def _secret(folder: Path) -> str:
    path = folder / "password"
    path.write_text("a long enough password for a test\n")
    return str(path)


@pytest.mark.parametrize(
    ("server", "style"),
    [
        ("hapi", "messy"),
        ("medplum", "epic"),
        *(("hapi", style) for style in ("tidy", "epic", "oracle") if os.environ.get("EVERY_STYLE")),
        *(("medplum", style) for style in ("tidy", "oracle", "messy") if os.environ.get("EVERY_STYLE")),
    ],
)
def test_a_made_up_practice(server: str, style: str, tmp_path: Path) -> None:
    """What is owed is what the truth says, as far as the server took the resources in.

    A server takes minutes for a practice: each has a small one of one style, and before a release all of them.
    """
    box = generate(style, 40 if os.environ.get("EVERY_STYLE") else 20, 1, NOW)
    held = Held()
    with SERVERS[server]() as address:
        load(address, box.resources, held)
        (tmp_path / "loopclose.toml").write_text(config_toml(box, address))
        counts = loopclose(tmp_path, "sync", "--json")
        assert counts["complete"] and reconciled(counts), counts
        items = loopclose(tmp_path, "worklist", "--kind", "all", "--state", "all", "--json")["items"]
        ours = {(one["visit"]["id"], one["referral"]["id"]) for one in items if one["kind"] == "report"}
        theirs = {(row["visit"], row["referral"]) for row in box.truth if row["kind"] == "report"}
        refused = set(held.refused)
        assert ours == {pair for pair in theirs if not refused & set(pair)}, (ours ^ theirs, sorted(refused))
        resolves = {one["visit"]["id"] for one in items if one["kind"] == "resolve" and one["visit"]}
        assert {row["visit"] for row in box.truth if row["kind"] == "resolve"} - refused <= resolves
        found = set(stored(tmp_path))
        for kind in AROUND:
            theirs = {key for key, one in held.of(kind).items() if patient_of(one) in found}
            assert {key for key in found if key.startswith(f"{kind}/")} == theirs, kind
        assert style != "messy" or {key.split("/")[0] for key in found} >= {*READ} - NOT_MADE_UP
        nothing_changes(tmp_path)
    print(f"{server}, {style}: {len(ours)} reports, {len(resolves)} to resolve, refused {sorted(refused)}")
