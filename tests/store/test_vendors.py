"""Practices on servers that refuse what their vendors refuse are read whole, and come out as their truth."""

from __future__ import annotations

import tomllib
from pathlib import Path

import pytest
from sqlalchemy import select

from loopclose.config.loading import parse
from loopclose.flows.site import sites
from loopclose.sandbox.server import serve
from loopclose.sandbox.settings import config_toml, write_roster
from loopclose.sandbox.vendors import VENDORS
from loopclose.store.engine import Database
from loopclose.store.obligations import Obligation
from tests.store.line import read, sandbox
from tests.store.vendor_words import PAGE, outcome_of


@pytest.mark.parametrize("style", ["epic", "oracle"])
def test_a_practice_is_read_by_its_roster_where_nothing_else_is_allowed(
    db: Database, style: str, tmp_path: Path
) -> None:
    box = sandbox(style, 60, 3)
    patients = tmp_path / "patients.csv"
    write_roster(box, patients)
    with serve(box, strict=True) as server:
        settings = config_toml(box, server.base_url, "sqlite://", roster=str(patients))
        result = read(db, sites(parse(tomllib.loads(settings)))[0])
    assert result.complete, result.error
    visits = result.counts["by_type"]["Encounter"]
    assert visits["quarantined"] == 0 and "class" not in visits["ignored"]
    with db.read() as session:
        owed = session.scalars(select(Obligation)).all()
    reports = {(one.visit, one.referral) for one in owed if one.kind == "report"}
    assert reports == {(row["visit"], row["referral"]) for row in box.truth if row["kind"] == "report"}
    assert [one.visit for one in owed if one.kind == "resolve"] == []


@pytest.mark.parametrize(
    "vendor", ["athena", "nextgen-office", "meditech", "veradigm", "greenway", "modmed", "nextech"]
)
def test_the_configuration_that_is_written_for_a_vendor_reads_it_whole(
    db: Database, vendor: str, tmp_path: Path
) -> None:
    box = sandbox(VENDORS[vendor].style, 12, 3)
    patients = tmp_path / "patients.csv"
    write_roster(box, patients)
    with serve(box, vendor=vendor, strict=True) as server:
        settings = config_toml(box, server.base_url, "sqlite://", roster=None if server.sources else str(patients))
        result = read(db, sites(parse(tomllib.loads(settings)))[0])
    assert result.complete, result.error
    for kind in ("Encounter", "ServiceRequest"):
        there = sum(one["resourceType"] == kind for one in box.resources)
        assert result.counts["by_type"][kind]["fetched"] >= there > 0


@pytest.mark.parametrize("vendor", VENDORS)
def test_a_vendor_is_read_by_what_it_turns_out_to_allow_as_the_page_of_vendors_says(
    db: Database, vendor: str, tmp_path: Path
) -> None:
    one = outcome_of(db, vendor, tmp_path)
    assert one.result.complete, one.result.error
    assert one.found == one.true
    assert one.row in PAGE.read_text(encoding="utf-8").splitlines()
