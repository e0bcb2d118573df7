"""From an empty folder to a worklist by the commands an integrator types, at each vendor's server as it refuses."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from pathlib import Path

import pytest
from click.testing import CliRunner, Result
from sqlalchemy import select

from loopclose.cli import cli
from loopclose.sandbox.practice import generate
from loopclose.sandbox.server import serve
from loopclose.sandbox.settings import write_roster
from loopclose.sandbox.vendors import VENDORS
from loopclose.store.obligations import Obligation
from loopclose.store.upgrade import open_database
from tests.store.vendor_words import STYLES

LISTED = frozenset({"oracle", "ecw", "nextgen-enterprise", "nextgen-office", "meditech", "nextech"})
"""Vendors whose visits are found without a list of patients."""


def run(*args: str) -> Result:
    return CliRunner().invoke(cli, args)


@pytest.mark.parametrize("vendor", VENDORS)
def test_a_worklist_holds_every_referred_visit_and_nothing_was_edited_by_hand(
    vendor: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("LOOPCLOSE_CONFIG", raising=False)
    box = generate(STYLES.get(vendor, "tidy"), 12, 3, datetime.now(UTC))
    write_roster(box, tmp_path / "patients.csv")
    who = ["--practice", "Harbor", "--timezone", box.practice["timezone"], "--live-from", "2020-01-01"]
    who += ["--clinicians", ",".join(box.practice["clinicians"]), "--open"]
    who += [] if vendor in LISTED else ["--roster", "patients.csv"]
    with serve(box, vendor=vendor, strict=True) as server:
        connected = run("ehr", "connect", "main", "--url", server.base_url, *who)
        synced = run("sync")
        doctor = run("doctor", "--json")
    assert connected.exit_code == 0, connected.output
    assert synced.exit_code == 0, synced.output
    parts = {part["part"]: part for part in json.loads(doctor.stdout)["items"]}
    assert all(part["ok"] for name, part in parts.items() if name.endswith(" of main") or name == "ehr.main")
    db = open_database(f"sqlite:///{tmp_path}/loopclose.db")
    with db.read() as session:
        owed = session.scalars(select(Obligation).filter_by(kind="report"))
        found = {(one.visit, one.referral) for one in owed}
    db.close()
    assert found >= {(row["visit"], row["referral"]) for row in box.truth if row["kind"] == "report"}
    assert json.loads(run("worklist", "--json").stdout)["items"]
