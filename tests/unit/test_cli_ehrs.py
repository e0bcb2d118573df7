"""The command that makes keys and prints what to register: once, for the owner alone, nothing secret."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from fhir_adapters.smart.keys import read_key
from loopclose.cli import cli
from loopclose.errors import UsageError
from loopclose.sandbox.practice import generate
from loopclose.sandbox.server import serve
from loopclose.sandbox.settings import config_toml

SETTINGS = """
[practice.main]
name = "A Sample"
timezone = "America/New_York"
[ehr.main]
practice = "main"
base_url = "https://ehr.example/fhir"
key_file = "ehr.pem"
[ehr.bare]
practice = "main"
base_url = "https://other.example/fhir"
"""


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    monkeypatch.setenv("LOOPCLOSE_CONFIG", str(tmp_path / "loopclose.toml"))
    (tmp_path / "loopclose.toml").write_text(SETTINGS)
    yield tmp_path


def run(*args: str) -> Result:
    return CliRunner().invoke(cli, ["ehr", "keys", *args])


def told(*args: str) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(run(*args, "--json").stdout)
    return found


def test_a_key_is_made_once_and_what_to_register_is_printed(home: Path) -> None:
    first, second = run("main"), run("main")
    assert first.exit_code == second.exit_code == 0
    assert "was made in" in first.stdout and "stands in" in second.stdout
    key = read_key(home / "ehr.pem")
    assert key.algorithm == "RS384" and (home / "ehr.pem").stat().st_mode & 0o777 == 0o600
    for output in (first.stdout, second.stdout):
        assert key.kid in output and key.public_pem().strip() in output and "/.well-known/jwks.json" in output
        assert "PRIVATE" not in output and '"d"' not in output
        assert "Set [web] address" in output


def test_the_address_to_register_is_the_one_that_people_open(home: Path) -> None:
    (home / "loopclose.toml").write_text(SETTINGS + '[web]\naddress = "https://loopclose.example"\n')
    output = run("main", "--algorithm", "ES384").stdout
    assert "https://loopclose.example/.well-known/jwks.json" in output and "Set [web] address" not in output
    assert read_key(home / "ehr.pem").algorithm == "ES384"


def test_the_next_key_stands_beside_the_current_one_until_it_takes_its_place(home: Path) -> None:
    (current,) = told("main", "--algorithm", "ES384")["items"]
    both = told("main", "--next")
    assert [one["algorithm"] for one in both["items"]] == ["ES384", "ES384"]
    assert both["items"][0]["kid"] == current["kid"] and [one["made"] for one in both["items"]] == [False, True]
    assert [one["kid"] for one in both["jwks"]["keys"]] == [one["kid"] for one in both["items"]]
    assert told("main")["jwks"] == told("main", "--next")["jwks"] == both["jwks"], "made once"
    assert "Wait a day at least" in run("main").stdout
    (home / "ehr.pem.next").replace(home / "ehr.pem")
    (after,) = told("main")["items"]
    assert after["kid"] == both["items"][1]["kid"]


def test_the_next_key_may_be_of_the_other_algorithm(home: Path) -> None:
    run("main", "--algorithm", "ES384")
    assert [one["algorithm"] for one in told("main", "--next", "--algorithm", "RS384")["items"]] == ["ES384", "RS384"]


@pytest.mark.parametrize(
    ("args", "words"),
    [
        (["nobody"], "There is no [ehr.nobody]; the configuration has: bare, main."),
        (["bare"], "[ehr.bare] has no key_file"),
        (["main", "--algorithm", "RS384"], "none is ever overwritten: make the next one with --next."),
        (["main", "--next", "--algorithm", "RS384"], "remove it if no EHR knows it yet."),
    ],
)
def test_what_cannot_be_done_is_one_sentence_and_changes_no_key(home: Path, args: list[str], words: str) -> None:
    before = told("main", "--algorithm", "ES384", "--next")["jwks"]
    result = run(*args)
    assert words in str(result.exception) and not result.stdout
    assert told("main", "--next")["jwks"] == before


def test_a_folder_that_is_not_there_is_said(home: Path) -> None:
    (home / "loopclose.toml").write_text(SETTINGS.replace('"ehr.pem"', '"keys/ehr.pem"'))
    assert "cannot be made: No such file or directory." in str(run("main").exception)


def test_a_file_that_is_no_key_is_said_and_stays(home: Path) -> None:
    (home / "ehr.pem").write_text("not a key")
    (home / "ehr.pem").chmod(0o600)
    assert "holds no private key that can be used" in str(run("main").exception)
    assert (home / "ehr.pem").read_text() == "not a key"


def test_connecting_tries_what_the_ehr_allows_and_says_so(home: Path) -> None:
    box = generate("oracle", 4, 1, datetime.now(UTC))
    with serve(box, strict=True) as server:
        settings = config_toml(box, server.base_url, f"sqlite:///{home}/loopclose.db")
        (home / "loopclose.toml").write_text(settings.replace('["orders", "encounters"]', '"auto"'))
        plain = CliRunner().invoke(cli, ["ehr", "connect", "main"])
        found = CliRunner().invoke(cli, ["ehr", "connect", "main", "--json"])
    assert plain.exit_code == found.exit_code == 0
    said = {part["part"]: part["says"] for part in json.loads(found.stdout)["items"]}
    assert said["orders of main"].startswith("tried: not possible. The EHR refused the request (400).")
    assert said["schedule of main"] == "tried: it lists appointments by clinician or place"
    assert "sync reads by schedule" in said["worklist of main"] and "is read by id" in said["reading of main"]
    assert all(f"ok   {part}: {words}" in plain.stdout for part, words in said.items())
    assert not any("$everything" in path or "ServiceRequest/" in path for _, path in server.requests)


def test_connecting_to_nothing_says_what_there_is(home: Path) -> None:
    said = CliRunner().invoke(cli, ["ehr", "connect", "nowhere"])
    assert isinstance(said.exception, UsageError) and "the configuration has: bare, main" in str(said.exception)


def test_clinicians_who_are_named_by_npi_are_looked_up_before_anything_was_read(home: Path) -> None:
    box = generate("oracle", 4, 1, datetime.now(UTC))
    staff = {one["id"]: one for one in box.resources if one["resourceType"] == "Practitioner"}
    ours = [staff[one.split("/")[1]]["identifier"][0]["value"] for one in box.practice["clinicians"]]
    box.practice |= {"clinicians": ours, "organizations": []}
    with serve(box, strict=True) as server:
        settings = config_toml(box, server.base_url, f"sqlite:///{home}/loopclose.db")
        (home / "loopclose.toml").write_text(settings.replace('["orders", "encounters"]', '"auto"'))
        found = CliRunner().invoke(cli, ["ehr", "connect", "main", "--json"])
    said = {part["part"]: part["says"] for part in json.loads(found.stdout)["items"]}
    assert said["schedule of main"] == "tried: it lists appointments by clinician or place"
