"""``sandbox serve`` serves what it was told to."""

from __future__ import annotations

from pathlib import Path
from types import SimpleNamespace

import pytest
from click.testing import CliRunner

from fhir_adapters.worklist.roster import roster
from loopclose.cli import sandbox as command
from tests.unit.sandbox.http import fetch


@pytest.mark.parametrize(("options", "status"), [([], 200), (["--strict"], 400)])
def test_strict_refuses_a_search_of_everybodys_visits(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, options: list[str], status: int
) -> None:
    config, seen = tmp_path / "loopclose.toml", []

    class Interrupted:
        def wait(self) -> None:
            address = config.read_text().split('base_url = "')[1].split('"')[0]
            seen.append(fetch(f"{address}/Encounter?date=ge2026-01-01T00:00:00Z").status)

    monkeypatch.setattr(command, "threading", SimpleNamespace(Event=Interrupted))
    told = ["serve", "--style", "oracle", "--size", "5", "--config", str(config), *options]
    CliRunner().invoke(command.sandbox, told, catch_exceptions=False)
    assert seen == [status]
    (source,) = [line for line in config.read_text().splitlines() if line.startswith("worklist")]
    assert source == ('worklist = ["roster"]' if options else 'worklist = ["orders", "encounters"]')
    if options:
        patients = roster((tmp_path / "patients.csv").read_text())
        assert patients == [f"Patient/pat{n}" for n in range(5)]
