"""``sandbox serve`` serves what it was told to."""

from __future__ import annotations

import tomllib
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from types import SimpleNamespace

import pytest
from click.testing import CliRunner

from fhir_adapters.worklist.roster import roster
from loopclose.cli import sandbox as command
from loopclose.sandbox.limits import MinuteLimit
from loopclose.sandbox.vendors import VENDORS
from tests.unit.sandbox.http import fetch


class Interrupted:
    """What the command waits for: it looks at what is served, and has it end."""

    def __init__(self, config: Path, look: Callable[[str], None]) -> None:
        self.config, self.look = config, look

    def wait(self) -> None:
        self.look(self.config.read_text().split('base_url = "')[1].split('"')[0])


def served(monkeypatch: pytest.MonkeyPatch, config: Path, look: Callable[[str], None], *options: str) -> None:
    """Serve a small practice as told, and look at it."""
    monkeypatch.setattr(command, "threading", SimpleNamespace(Event=lambda: Interrupted(config, look)))
    told = ["serve", "--size", "5", "--config", str(config), *options]
    CliRunner().invoke(command.sandbox, told, catch_exceptions=False)


@pytest.mark.parametrize(("options", "status"), [([], 200), (["--strict"], 400)])
def test_strict_refuses_a_search_of_everybodys_visits(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, options: list[str], status: int
) -> None:
    config, seen = tmp_path / "loopclose.toml", []

    def look(address: str) -> None:
        seen.append(fetch(f"{address}/Encounter?date=ge2026-01-01T00:00:00Z").status)

    served(monkeypatch, config, look, "--style", "oracle", *options)
    assert seen == [status]
    (source,) = [line for line in config.read_text().splitlines() if line.startswith("worklist")]
    assert source == ('worklist = ["roster"]' if options else 'worklist = ["orders", "encounters"]')
    if options:
        patients = roster((tmp_path / "patients.csv").read_text())
        assert [one.patient for one in patients] == [f"Patient/pat{n}" for n in range(5)]


@pytest.mark.parametrize(
    ("vendor", "worklist"),
    [
        ("athena", ["roster"]),
        ("meditech", ["roster"]),
        ("veradigm", ["roster"]),
        ("nextgen-enterprise", ["orders", "encounters"]),
        ("nextgen-office", ["orders", "encounters"]),
        ("nextech", ["orders", "encounters"]),
    ],
)
def test_a_vendors_configuration_reads_what_that_vendor_answers(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, vendor: str, worklist: list[str]
) -> None:
    config, seen = tmp_path / "loopclose.toml", []

    def look(address: str) -> None:
        seen.append(fetch(f"{address}/metadata").json["publisher"])

    served(monkeypatch, config, look, "--vendor", vendor, "--strict")
    assert seen == [VENDORS[vendor].head["publisher"]]
    assert tomllib.loads(config.read_text())["ehr"]["main"]["worklist"] == worklist
    assert (tmp_path / "patients.csv").exists() == (worklist == ["roster"])


@pytest.mark.parametrize(
    ("options", "system"),
    [
        (["--vendor", "epic"], "urn:oid:1.2.840.114350.1.72.1.7.7.10.696784.13260"),
        (["--vendor", "nextech"], "http://terminology.hl7.org/CodeSystem/v3-ActCode"),
        (["--vendor", "nextech", "--style", "epic"], "urn:oid:1.2.840.114350.1.72.1.7.7.10.696784.13260"),
    ],
)
def test_the_data_are_of_the_style_that_fits_the_vendor_unless_another_is_asked_for(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, options: list[str], system: str
) -> None:
    seen = []

    def look(address: str) -> None:
        seen.append(fetch(f"{address}/Encounter/enc1").json["class"]["system"])

    served(monkeypatch, tmp_path / "loopclose.toml", look, *options)
    assert seen == [system]


def test_the_limit_may_be_another_than_the_vendors(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(
        command, "MinuteLimit", lambda most: MinuteLimit(most, lambda: datetime(2026, 1, 1, tzinfo=UTC))
    )
    seen: list[int] = []

    def look(address: str) -> None:
        seen.extend(fetch(f"{address}/metadata").status for _ in range(3))

    options = ("--vendor", "ecw", "--strict", "--limit-per-minute", "2")
    served(monkeypatch, tmp_path / "loopclose.toml", look, *options)
    assert seen == [200, 200, 429]
