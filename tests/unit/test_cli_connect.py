"""Connecting an EHR from an empty folder: what is written, made, printed and tried; each refusal is a sentence."""

from __future__ import annotations

import json
import tomllib
from datetime import UTC, datetime
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from fhir_adapters.errors import TemporaryError
from fhir_adapters.smart.keys import read_key
from loopclose.cli import cli
from loopclose.errors import ConfigError, UsageError
from loopclose.sandbox.faults import Fault
from loopclose.sandbox.practice import generate
from loopclose.sandbox.server import SandboxServer, serve

WHO = ("--practice", 'Harbor "Heart"', "--timezone", "America/New_York")
OURS = "Practitioner/heart,Practitioner/beat,Practitioner/vessel,Practitioner/pump"


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("LOOPCLOSE_CONFIG", raising=False)
    return tmp_path


def run(*args: str) -> Result:
    return CliRunner().invoke(cli, args)


def connect(*args: str, clinicians: str = OURS) -> Result:
    return run("ehr", "connect", "main", *WHO, "--clinicians", clinicians, *args)


def playing(vendor: str) -> SandboxServer:
    return serve(generate("tidy", 4, 1, datetime.now(UTC)), vendor=vendor, strict=True)


def test_an_empty_folder_and_who_we_are_is_all_that_is_needed(folder: Path) -> None:
    with playing("nextgen-enterprise") as server:
        first = connect("--url", server.base_url, "--open")
        again = run("ehr", "connect", "main")
    assert first.exit_code == again.exit_code == 0, first.output
    written = tomllib.loads((folder / "loopclose.toml").read_text())
    assert written["practice"]["main"]["name"] == 'Harbor "Heart"' and written["practice"]["main"]["rehearsal"] is True
    assert "ok   worklist of main: sync reads by orders and encounters" in first.output
    assert "ok   clinicians of main: tried: 4 of 4 named are there" in first.output
    assert "go on with loopclose sync" in first.output and "Wrote" not in again.output


def test_what_is_missing_is_named_before_anything_is_asked(folder: Path) -> None:
    said = run("ehr", "connect", "main", "--practice", "Harbor")
    assert isinstance(said.exception, UsageError)
    assert str(said.exception).endswith("to make the first one, say --url, --timezone, --clinicians too.")
    assert "loopclose ehr connect NAME --url" in str(run("sync").exception)


@pytest.mark.parametrize(
    ("option", "value", "words"),
    [
        ("--timezone", "Boston", "IANA list"),
        ("--clinicians", "Dr. Pump", "reference such as"),
        ("--live-from", "tomorrow", "2026-12-24"),
        ("--url", "ehr.example", "http or https"),
        ("--address", "loopclose", "http or https"),
    ],
)
def test_a_value_that_cannot_be_used_is_said_and_nothing_is_written(
    folder: Path, option: str, value: str, words: str
) -> None:
    with playing("ecw") as server:
        said = connect("--url", server.base_url, "--open", option, value)
    assert isinstance(said.exception, (ConfigError, UsageError)) and words in str(said.exception)
    assert not (folder / "loopclose.toml").exists() and not server.requests


def test_an_address_at_which_nothing_answers_writes_nothing(folder: Path) -> None:
    with playing("ecw") as server:
        address = server.base_url
    said = connect("--url", address)
    assert isinstance(said.exception, TemporaryError) and not list(folder.iterdir())


def test_an_ehr_that_hides_whose_it_is_has_its_vendor_named(folder: Path) -> None:
    with playing("greenway") as server:
        server.faults.faults.append(Fault("status", code=401, where="/metadata"))
        unnamed = connect("--url", server.base_url)
        assert isinstance(unnamed.exception, UsageError) and "say --vendor too" in str(unnamed.exception)
        assert not list(folder.iterdir())
        named = connect("--url", server.base_url, "--vendor", "greenway")
    assert "answers nobody without a token, vendor greenway" in named.output
    assert read_key(folder / "main.pem").algorithm == "ES384"


def test_a_configuration_that_is_there_is_not_touched(folder: Path) -> None:
    (folder / "loopclose.toml").write_text("# mine\n")
    assert "is there already" in str(connect("--url", "https://ehr.example/fhir").exception)
    assert (folder / "loopclose.toml").read_text() == "# mine\n"


@pytest.mark.parametrize(("vendor", "algorithm"), [("ecw", "RS384"), ("greenway", "ES384"), ("athena", "RS384")])
def test_a_key_that_the_vendor_takes_is_made_and_what_to_register_is_printed(
    folder: Path, vendor: str, algorithm: str
) -> None:
    with playing(vendor) as server:
        first = connect("--url", server.base_url, "--address", "https://loopclose.example")
        again = run("ehr", "connect", "main")
    key = read_key(folder / "main.pem")
    assert key.algorithm == algorithm
    for said in (first, again):
        assert isinstance(said.exception, UsageError) and "[ehr.main]" in str(said.exception)
        assert "client_id" in str(said.exception) and key.kid in said.output and "PRIVATE" not in said.output
        assert "https://loopclose.example/.well-known/jwks.json" in said.output
        assert "system/Encounter.rs" in said.output and "To register a client" in said.output
    assert "was made in" in first.output and "stands in" in again.output


def test_until_the_ehr_gave_a_client_id_everything_says_so_and_nothing_is_read(folder: Path) -> None:
    with playing("ecw") as server:
        connect("--url", server.base_url)
        asked = len(server.requests)
        doctor = run("doctor", "--json")
        sync = run("sync")
        assert len(server.requests) == asked
        config = (folder / "loopclose.toml").read_text()
        (folder / "loopclose.toml").write_text(config.replace("key_file", 'client_id = "us"\nkey_file'))
        registered = run("ehr", "connect", "main")
    parts = {part["part"]: part for part in json.loads(doctor.stdout)["items"]}
    assert not parts["ehr.main"]["ok"] and "has no client_id yet" in parts["ehr.main"]["says"]
    assert "has no client_id yet" in str(sync.exception) and sync.exit_code != 0
    assert "BAD  ehr.main" in registered.output and "client_id yet" not in registered.output


def test_a_clinician_who_is_mistyped_is_named(folder: Path) -> None:
    with playing("nextgen-enterprise") as server:
        said = connect("--url", server.base_url, "--open", clinicians="Practitioner/heart,Practitioner/hart,1111111111")
    assert said.exit_code == 2
    assert "1 of 3 named are there; not there, so no visit of theirs is ours: Practitioner/hart, 1111111111" in (
        said.output
    )


def test_a_patient_of_the_roster_is_read_where_no_search_finds_anything(folder: Path) -> None:
    box = generate("tidy", 4, 1, datetime.now(UTC))
    (patient, *_) = (one["id"] for one in box.resources if one["resourceType"] == "Patient")
    (folder / "patients.csv").write_text(f"patient_id\n{patient}\n")
    with serve(box, vendor="athena", strict=True) as server:
        said = connect("--url", server.base_url, "--open", "--roster", "patients.csv")
    assert said.exit_code == 0, said.output
    assert "ok   reading of main: tried: Patient is read by id" in said.output
