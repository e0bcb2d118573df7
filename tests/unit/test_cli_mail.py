"""Commands for mails, and a night whose practices do not cost each other anything."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result
from sqlalchemy.exc import OperationalError

from loopclose.cli import cli, running
from loopclose.errors import DATABASE, TEMPORARY, UNSENT, TemporaryProblem
from loopclose.flows.night.nightly import NightResult
from tests.store import mail_server
from tests.store.mail_server import Script, listening

SETTINGS = """
[practice.a]
name = "A Sample"
timezone = "America/New_York"
[practice.b]
name = "B Sample"
timezone = "America/New_York"
[ehr.a]
practice = "a"
base_url = "http://127.0.0.1:9/fhir"
"""
MAIL = '[mail]\nhost = "127.0.0.1"\nport = {}\ntls = "none"\nsender = "l@practice.example"\n'


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    monkeypatch.setenv("LOOPCLOSE_CONFIG", str(tmp_path / "loopclose.toml"))
    (tmp_path / "loopclose.toml").write_text(SETTINGS)
    yield tmp_path


def run(*args: str) -> Result:
    return CliRunner().invoke(cli, args)


@pytest.mark.parametrize(
    ("manner", "words", "code"),
    [
        (mail_server.TAKE, "The mail server took it for cora@practice.example: look into that inbox.", 0),
        (mail_server.QUIT_421, "took it, and then answered 421 to our goodbye", 0),
        (mail_server.REFUSE, "It did not leave. The mail server refused the recipient (550)", UNSENT),
        (mail_server.GREYLIST, "Another try may help.", UNSENT),
    ],
)
def test_a_test_mail_says_what_happened_in_words(home: Path, manner: str, words: str, code: int) -> None:
    script = Script(lambda *_: manner)
    with listening(script) as port:
        (home / "loopclose.toml").write_text(SETTINGS + MAIL.format(port))
        result = run("mail", "test", "cora@practice.example")
    assert words in result.output and result.exit_code == code
    if code == 0:
        assert b"Auto-Submitted: auto-generated" in script.accepted[0].content


def test_a_test_mail_to_nowhere_or_without_a_server_is_said_at_once(home: Path) -> None:
    assert "There is no [mail]" in str(run("mail", "test", "cora@practice.example").exception)
    assert "name@practice.example" in str(run("mail", "test", "cora").exception)


def test_a_mail_that_is_not_there_is_said_and_none_are_none(home: Path) -> None:
    assert "There is no mail x" in str(run("mail", "again", "x", "--by", "cora@practice.example").exception)
    assert run("mail", "list").output == "No such mail.\n"
    assert '"items": []' in run("mail", "list", "--state", "sent", "--json").output


@pytest.mark.parametrize(
    ("problem", "code"),
    [
        (TemporaryProblem("Another process is at it."), TEMPORARY),
        (OperationalError("INSERT", {}, Exception("database is locked")), DATABASE),
    ],
)
def test_one_practices_trouble_costs_no_other_its_night(
    home: Path, monkeypatch: pytest.MonkeyPatch, problem: Exception, code: int
) -> None:
    ran: list[str] = []

    def night(work: Any, scope: Any, **more: Any) -> NightResult:
        ran.append(scope.practice_id)
        if scope.practice_id == "a":
            raise problem
        return NightResult(examined=3, messages_sent=2)

    monkeypatch.setattr(running, "run_night", night)
    result = run("nightly")
    assert ran == ["a", "b"] and result.exit_code == code and "3 waiting" in result.output and "a: " in result.output
