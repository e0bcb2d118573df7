"""Whose account an identity is, said by command."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from loopclose.cli import cli
from loopclose.errors import UsageError

SETTINGS = """
[practice.main]
name = "A Sample"
timezone = "America/New_York"
[ehr.main]
practice = "main"
base_url = "https://ehr.example/fhir"
"""
OPENID = ("--issuer", "https://work.example", "--sub", "s-1")
OF_EHR = ("--ehr", "main", "--fhir-user", "Practitioner/heart")


@pytest.fixture(autouse=True)
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    monkeypatch.setenv("LOOPCLOSE_CONFIG", str(tmp_path / "loopclose.toml"))
    (tmp_path / "loopclose.toml").write_text(SETTINGS)
    for email in ("heart@demo.example", "cora@demo.example"):
        assert run("add", email, "--role", "clinician").exit_code == 0
    yield tmp_path


def run(*args: str) -> Result:
    return CliRunner().invoke(cli, ["user", *args])


def listed() -> list[tuple[str, str, str]]:
    items = json.loads(run("identities", "--json").stdout)["items"]
    return [(item["email"], item["issuer"], item["subject"]) for item in items]


def test_identities_are_assigned_listed_and_taken_back() -> None:
    assert (
        run("identity", "heart@demo.example", *OPENID).stdout == "s-1 of https://work.example is heart@demo.example.\n"
    )
    assert run("identity", "heart@demo.example", *OF_EHR).exit_code == 0
    openid, of_ehr = ("https://work.example", "s-1"), ("ehr:main", "Practitioner/heart")
    assert listed() == [("heart@demo.example", *of_ehr), ("heart@demo.example", *openid)]
    assert "heart@demo.example  ehr:main  Practitioner/heart" in run("identities").stdout
    assert "signed out" in run("identity", "heart@demo.example", *OPENID, "--take-back").stdout
    assert listed() == [("heart@demo.example", *of_ehr)]


@pytest.mark.parametrize(
    ("args", "words"),
    [
        (("cora@demo.example", *OPENID), "is heart@demo.example's: take it back first"),
        (("nobody@demo.example", *OPENID[:2], "--sub", "s-2"), "There is no user nobody@demo.example"),
        (("cora@demo.example", *OPENID, "--take-back"), "is not cora@demo.example's"),
        (("heart@demo.example", "--sub", "s-1"), "Say who it is"),
        (("heart@demo.example", *OPENID, *OF_EHR), "Say who it is"),
        (("heart@demo.example", "--ehr", "other", "--fhir-user", "Practitioner/1"), "There is no [ehr.other]"),
        (("heart@demo.example", "--ehr", "main", "--fhir-user", "Patient/1"), "is nobody of staff"),
        (("heart@demo.example", *OPENID[:3], "s" * 256), "longer than any"),
        (("heart@demo.example", *OPENID, "--practice", "other"), "There is no practice other"),
    ],
)
def test_what_cannot_be_is_one_sentence_and_changes_nothing(args: tuple[str, ...], words: str) -> None:
    run("identity", "heart@demo.example", *OPENID)
    before, found = listed(), run("identity", *args)
    assert isinstance(found.exception, UsageError) and words in str(found.exception)
    assert listed() == before
