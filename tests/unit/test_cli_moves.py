"""The commands of the moves: their options come from the table, and what cannot be read ends with a sentence."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from click.testing import CliRunner, Result
from sqlalchemy import select

from loopclose.cli import cli, common
from loopclose.clock import fixed
from loopclose.domain.roles import refused
from loopclose.errors import LoopcloseError
from loopclose.sandbox.server import serve
from loopclose.sandbox.settings import config_toml
from loopclose.store.decisions import DecisionRow
from loopclose.store.engine import Database
from loopclose.store.loop import LinkDecisionRow
from loopclose.store.obligations import Obligation
from loopclose.store.people import User
from loopclose.store.upgrade import open_database
from tests.store.line import NOW, add_people, read, sandbox, site

FRESH, LATE = "Encounter/enc4", "Encounter/enc1"
CORA = ("--by", "cora@demo.example")


class Line:
    """A command line over a database that was read once."""

    def __init__(self, folder: Path, db: Database) -> None:
        self.folder, self.db = folder, db

    def run(self, *args: str) -> Result:
        """Run a command in this process."""
        environ = {"LOOPCLOSE_CONFIG": str(self.folder / "loopclose.toml")}
        return CliRunner().invoke(cli, list(args), env=environ, standalone_mode=False)

    def refused(self, *args: str) -> str:
        """What an impossible command says; nothing is kept of it."""
        before = self.kept()
        problem = self.run(*args).exception
        assert problem is not None and self.kept() == before
        return str(problem) if isinstance(problem, LoopcloseError) else problem.format_message()  # type: ignore[attr-defined]

    def kept(self) -> int:
        """How many decisions were."""
        with self.db.read() as session:
            return len(session.scalars(select(DecisionRow)).all() + session.scalars(select(LinkDecisionRow)).all())

    def report(self, visit: str = FRESH) -> Obligation:
        """The report of that visit."""
        with self.db.read() as session:
            return session.scalars(select(Obligation).filter_by(kind="report", visit=visit)).one()


@pytest.fixture
def line(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Line]:
    monkeypatch.setattr(common, "system_clock", fixed(NOW))
    box = sandbox("tidy", 12)
    url = f"sqlite:///{tmp_path / 'loopclose.db'}"
    with serve(box) as server:
        (tmp_path / "loopclose.toml").write_text(config_toml(box, server.base_url, url))
        db = open_database(url)
        add_people(db)
        read(db, site(box, server))
        yield Line(tmp_path, db)
        db.close()


@pytest.mark.parametrize(
    ("at", "says"),
    [
        ("yesterday", "is no time"),
        ("9999-12-31T23:59-05:00", "is no time"),
        ("2026-11-24T10:00:00", "no offset"),
        ("2200-01-01T10:00Z", "future"),
    ],
)
def test_a_time_that_cannot_be_is_refused(line: Line, at: str, says: str) -> None:
    owed = line.report()
    assert says in line.refused("attest", owed.id, "--to", "Elm Street", "--at", at, *CORA)
    assert line.report().state == "owed"


def test_a_report_is_attested_as_sent_now_by_fax(line: Line) -> None:
    assert line.run("attest", line.report().id, "--to", "Elm Street", *CORA).exception is None
    assert line.report().state == "sent"


def test_a_back_dated_report_waits_for_a_second_person(line: Line) -> None:
    owed = line.report(LATE)
    done = line.run("attest", owed.id, "--to", "Elm Street", "--at", owed.due_at.isoformat(), *CORA)
    assert done.exception is None and "stays late" in done.output and line.report(LATE).state == "owed"
    assert "second person" in line.refused("countersign", owed.id, *CORA)
    assert line.run("countersign", owed.id, "--by", "leo@demo.example").exception is None
    assert line.report(LATE).state == "sent" and line.report(LATE).on_time is True


def test_a_return_is_entered_and_taken_away(line: Line) -> None:
    owed = line.report()
    day = owed.due_at.date() - timedelta(days=2)
    assert line.run("returns", owed.id, "--on", day.isoformat(), *CORA).exception is None
    assert line.report().return_by_hand == day and line.report().winner == "patient_returns"
    assert line.run("returns", owed.id, "--on", "none", *CORA).exception is None
    assert line.report().return_by_hand is None
    assert "is no day" in line.refused("returns", owed.id, "--on", "Monday", *CORA)
    assert "Missing option" in line.refused("returns", owed.id, *CORA)


def test_none_in_spite_of_a_certain_link_needs_sure(line: Line) -> None:
    assert "Say --sure if that is so." in line.refused("link", FRESH, "--none", *CORA)
    assert "Say either" in line.refused("link", FRESH, *CORA)
    done = line.run("link", FRESH, "--none", "--sure", *CORA)
    assert done.exception is None and "no referral" in done.output and line.report().state == "waived"


def test_a_move_is_waived_opened_and_given_to_somebody(line: Line) -> None:
    owed = line.report()
    assert line.run("waive", owed.id, "--code", "duplicate", *CORA).exception is None
    assert line.report().state == "waived"
    assert line.run("reopen", owed.id, *CORA).exception is None and line.report().state == "owed"
    assert line.run("assign", owed.id, "--to", "leo@demo.example", *CORA).exception is None
    assert line.report().owner == "leo@demo.example"
    assert "no user" in line.refused("assign", owed.id, "--to", "nobody@demo.example", *CORA)
    assert "no obligation" in line.refused("confirm", "none-such", *CORA)


def test_who_asked_is_said_and_taken_back(line: Line) -> None:
    owed = line.report()
    assert line.run("requester", owed.id, "--name", "Dr. Outside", *CORA).exception is None
    assert (line.report().referrer or {})["name"] == "Dr. Outside"
    assert "no answer" in line.refused("take-back", "none-such", *CORA)


def test_a_code_is_of_the_closed_list(line: Line) -> None:
    assert "bored" in line.refused("waive", line.report().id, "--code", "bored", *CORA)
    assert line.report().state == "owed"


def test_a_move_or_a_draft_is_made_by_whoever_may(line: Line) -> None:
    for email, role in (("ada@demo.example", "auditor"), ("ines@demo.example", "integrator")):
        assert line.run("user", "add", email, "--role", role).exception is None
        assert refused(role, "waive") in line.refused("waive", line.report().id, "--code", "duplicate", "--by", email)
        assert refused(role, "link") in line.refused("link", FRESH, "--none", "--by", email)
        assert "to whom it can be given" in line.refused("assign", line.report().id, "--to", email, *CORA)
    by_manager = ("--by", "mona@demo.example")
    assert refused("manager", "draft") in line.refused("draft", line.report().id, *by_manager)
    assert "no user" in line.refused("draft", line.report().id, "--by", "nobody@demo.example")


def test_a_role_is_one_of_the_table_and_everybody_is_listed_with_theirs(line: Line) -> None:
    assert "visitor" in line.refused("user", "add", "x@demo.example", "--role", "visitor")
    with line.db.write() as session:
        session.scalars(select(User).filter_by(email="leo@demo.example")).one().role = "visitor"
    listed = {row.split()[2]: row for row in line.run("user", "list").output.splitlines()}
    assert set(listed) == {"heart@demo.example", "cora@demo.example", "leo@demo.example", "mona@demo.example"}
    assert "no such role" in listed["leo@demo.example"] and "no such" not in listed["cora@demo.example"]


def test_a_report_is_held_and_released_by_who_may_alone(line: Line) -> None:
    report = line.report().id
    heart = ("--by", "heart@demo.example")
    assert line.run("hold", report, "--code", "legal", "--note", "A guardian objects.", *heart).exception is None
    assert line.report().state == "held"
    given = ("--code", "consent", "--note", "The guardian signed.")
    assert line.refused("release", report, *given, *CORA) == refused("coordinator", "release")
    assert "on hold" in line.refused("attest", report, "--to", "Elm Street", *CORA)
    assert "Say in words" in line.refused("release", report, "--code", "consent", "--note", " ", *heart)
    assert line.run("release", report, *given, *heart).exception is None
    assert line.report().state == "owed"
