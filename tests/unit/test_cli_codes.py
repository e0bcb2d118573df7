"""The commands for codes: listed, said, taken back, and written as a file that the configuration reads."""

from __future__ import annotations

import json
from pathlib import Path

from loopclose.store.base import Scope
from loopclose.store.code_assignments import assignments
from tests.unit.test_cli_moves import Line, line

__all__ = ["line"]
MONA = ("--by", "mona@demo.example")
OFFICE = ("--element", "Encounter.type", "--code", "urn:local|T1", "--as", "office_visit")


def held(line: Line) -> list[str]:
    with line.db.read() as session:
        return [one.meaning for one in assignments(session, Scope("main")) if one.taken_back_at is None]


def test_a_code_is_said_listed_taken_back_and_written(line: Line) -> None:
    said = line.run("codes", "assign", *OFFICE, *MONA)
    assert said.exit_code == 0 and "0 patients were judged again." in said.output
    (one,) = [
        item for item in json.loads(line.run("codes", "--json").stdout)["items"] if item["code"] == "urn:local|T1"
    ]
    assert (one["element"], one["meaning"], one["by"]) == ("Encounter.type", "office_visit", "mona@demo.example")
    assert "means office_visit, says mona@demo.example" in line.run("codes").output
    file = line.folder / "own.toml"
    assert "name it under code_map in [ehr.main]" in line.run("codes", "write", str(file)).output
    assert 'tokens = [\n  "urn:local|T1",\n]' in file.read_text()
    assert line.run("codes", "withdraw", *OFFICE[:4], *MONA).exit_code == 0 and held(line) == []
    config = line.folder / "loopclose.toml"
    config.write_text(config.read_text().replace("[ehr.main]", f'[ehr.main]\ncode_map = "{file.name}"'))
    assert "names this code, and has the last word" in str(line.run("codes", "assign", *OFFICE, *MONA).exception)


def test_what_cannot_be_said_ends_with_a_sentence(line: Line) -> None:
    wrong = {
        ("--element", "Encounter.type", "--code", "T1", "--as", "phone"): "write it as system|code",
        ("--element", "Encounter.type", "--as", "phone"): "Say either --code",
        ("--element", "Encounter.type", "--code", "|T1", "--as", "call"): "it is one of office_visit, phone",
        ("--element", "Encounter.class", "--text", "Pod", "--as", "office", "--ehr", "x"): "There is no [ehr.x]",
    }
    for options, says in wrong.items():
        assert says in line.refused("codes", "assign", *options, *MONA)
    assert "may say what a local code means" in line.refused("codes", "assign", *OFFICE, "--by", "cora@demo.example")
    assert "cannot be written" in line.refused("codes", "write", str(Path("/nowhere/own.toml")))
    assert "There is no [ehr.x]" in line.refused("codes", "--ehr", "x")
    assert held(line) == []
