"""Practices on servers that refuse what their vendors refuse are read whole, and come out as their truth."""

from __future__ import annotations

import tomllib
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import select

from fhir_adapters.pace import Pace
from loopclose.clock import fixed
from loopclose.config.loading import parse
from loopclose.flows.reading.sync import sync
from loopclose.flows.site import client_of, sites
from loopclose.sandbox.limits import MinuteLimit
from loopclose.sandbox.server import serve
from loopclose.sandbox.settings import config_toml, write_roster
from loopclose.sandbox.vendors import VENDORS
from loopclose.store.engine import Database
from loopclose.store.obligations import Obligation
from tests.store.line import NOW, read, sandbox
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


def test_a_practice_larger_than_the_limit_of_a_minute_is_read_to_its_end(db: Database, tmp_path: Path) -> None:
    """As at eClinicalWorks: whoever goes on asking is answered 429, and would never come to an end."""
    box = sandbox("tidy", 40)
    clock = [NOW]
    limit = MinuteLimit(60, lambda: clock[0])
    with serve(box, vendor="ecw", strict=True, limit=limit) as server:
        settings = tomllib.loads(config_toml(box, server.base_url, "sqlite://"))
        settings["ehr"]["main"] |= {"worklist": "auto", "requests_per_minute": 60}
        site = sites(parse(settings))[0]
        with client_of(site) as client:
            pace = client._wire.pace = Pace(60, lambda: clock[0].timestamp())

            def wait(seconds: float) -> None:
                clock[0] += timedelta(seconds=seconds)

            client._wire.pause = wait
            result = sync(db, fixed(NOW), site, client)
        assert pace.per_minute == 60
    assert result.complete, result.error
    assert len(server.requests) > 3 * 60 and clock[0] - NOW > timedelta(minutes=2)
