"""Absences as they are noted: what is refused, what ends, and the practice's own dates."""

from __future__ import annotations

import json
from datetime import UTC, date, datetime
from pathlib import Path

import pytest
from click.testing import CliRunner

from loopclose.cli import cli
from loopclose.clock import fixed
from loopclose.errors import UsageError
from loopclose.flows.absences import away, note_away, note_back
from loopclose.store.engine import Database
from tests.spec.cast import PRACTICE
from tests.store.ladders import MAIN, house

NOW = datetime(2026, 11, 24, 3, 0, tzinfo=UTC)  # the evening of the 23rd in Boston
TODAY, NEXT = date(2026, 11, 23), date(2026, 11, 30)
CORA, LEO = "cora@demo.example", "leo@demo.example"


def test_an_absence_begins_today_in_the_practice_and_ends_when_they_are_back(db: Database) -> None:
    house(db)
    absence, told = note_away(db, fixed(NOW), MAIN, PRACTICE, "Cora@Demo.example", None, NEXT, LEO)
    assert (absence.who, absence.first, absence.last, told) == (CORA, TODAY, NEXT, LEO)
    note_away(db, fixed(NOW), MAIN, PRACTICE, CORA, date(2026, 12, 24), None, None)
    assert note_back(db, fixed(NOW), MAIN, PRACTICE, CORA) == 2
    assert not away(db, fixed(NOW), MAIN, PRACTICE) and note_back(db, fixed(NOW), MAIN, PRACTICE, CORA) == 0
    note_away(db, fixed(NOW), MAIN, PRACTICE, CORA, date(2026, 11, 20), NEXT, LEO)
    note_back(db, fixed(NOW), MAIN, PRACTICE, CORA)
    assert not away(db, fixed(NOW), MAIN, PRACTICE)


def test_a_chain_or_a_circle_is_said_when_it_is_noted(db: Database) -> None:
    house(db)
    note_away(db, fixed(NOW), MAIN, PRACTICE, LEO, None, None, "mona@demo.example")
    assert note_away(db, fixed(NOW), MAIN, PRACTICE, CORA, None, None, LEO)[1] == "mona@demo.example"
    assert note_away(db, fixed(NOW), MAIN, PRACTICE, "mona@demo.example", None, None, CORA)[1] is None


@pytest.mark.parametrize(
    ("who", "first", "last", "deputy", "words"),
    [
        ("nobody@demo.example", None, None, LEO, "no user nobody@demo.example"),
        (CORA, None, None, "nobody@demo.example", "no user nobody@demo.example"),
        (CORA, NEXT, TODAY, LEO, "is before"),
        (CORA, date(2026, 11, 1), date(2026, 11, 22), LEO, "is over: it is 2026-11-23"),
        (CORA, None, None, CORA, "stand in for themselves"),
        (CORA, None, None, "gone@demo.example", "is disabled"),
    ],
)
def test_what_cannot_be_meant_is_refused(
    db: Database, who: str, first: date | None, last: date | None, deputy: str, words: str
) -> None:
    house(db).user("gone@demo.example", "lead", disabled=True)
    with pytest.raises(UsageError, match=words):
        note_away(db, fixed(NOW), MAIN, PRACTICE, who, first, last, deputy)
    assert not away(db, fixed(NOW), MAIN, PRACTICE)
    assert note_away(db, fixed(NOW), MAIN, PRACTICE, "gone@demo.example", None, None, LEO)[1] == LEO


def test_the_commands_note_list_and_end_an_absence(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    ehr = '[ehr.main]\npractice = "main"\nbase_url = "http://127.0.0.1:9/fhir"\n'
    settings = '[practice.main]\nname = "Harbor Sample"\ntimezone = "America/New_York"\n'
    (tmp_path / "loopclose.toml").write_text(settings + ehr)
    monkeypatch.setenv("LOOPCLOSE_CONFIG", str(tmp_path / "loopclose.toml"))

    def run(*words: str) -> str:
        done = CliRunner().invoke(cli, words, catch_exceptions=False)
        assert done.exit_code == 0, done.output
        return done.output

    for email, role in ((CORA, "coordinator"), (LEO, "lead")):
        run("user", "add", email, "--role", role)
    said = run("user", "away", CORA, "--from", "2099-12-24", "--until", "2100-01-02", "--deputy", LEO)
    assert said == f"{CORA} is away from 2099-12-24 until 2100-01-02; {LEO} is told.\n"
    assert run("user", "absences") == f"{CORA} from 2099-12-24 until 2100-01-02: {LEO}\n"
    (item,) = json.loads(run("user", "absences", "--json"))["items"]
    assert item == {"email": CORA, "from": "2099-12-24", "until": "2100-01-02", "deputy": LEO}
    assert run("user", "back", CORA) == f"{CORA} is there.\n"
    assert run("user", "away", CORA).endswith("until further notice; whoever has the role is told.\n")
