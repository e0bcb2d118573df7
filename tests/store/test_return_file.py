"""Return dates out of a file: taken by the door of a person's word, at once, and once."""

from __future__ import annotations

from datetime import date

import pytest
from sqlalchemy import select

from loopclose.domain.return_lines import lines_of
from loopclose.errors import UsageError
from loopclose.flows.decisions.return_file import Outcome, ReturnFile
from loopclose.store.obligations import Obligation
from loopclose.store.people import Audit
from loopclose.store.returns import share
from tests.store.test_what_cannot_be_read import MAIN, Line, encounter, line, request

__all__ = ["line"]
CORA = "cora@demo.example"
NUMBERED = {"identifier": [{"system": "urn:mrn", "value": "77", "type": {"coding": [{"code": "MR"}]}}]}


def take(line: Line, text: str, by: str | None = CORA, *, dry: bool = False) -> list[Outcome]:
    found = ReturnFile(line.work, MAIN, by, dry).take(lines_of(f"patient,date,referrer,source\n{text}"))
    return list(found)


def report(line: Line) -> Obligation:
    with line.db.read() as session:
        return session.scalars(select(Obligation).where(Obligation.kind == "report")).one()


@pytest.fixture
def owing(line: Line) -> Line:
    """One report on Patient/p that waits."""
    line.read(encounter(basedOn=[{"reference": "ServiceRequest/r"}], **LATE), request())
    return line


LATE = {"period": {"start": "2026-11-24T09:00:00-05:00", "end": "2026-11-24T09:30:00-05:00"}}


def test_a_date_is_taken_moves_the_deadline_at_once_and_a_second_time_changes_nothing(owing: Line) -> None:
    before = report(owing)
    with owing.db.read() as session:
        assert share(session, MAIN) == (0, 1)
    (taken,) = take(owing, "Patient/p,2026-11-25,,network\n")
    now = report(owing)
    assert (taken.what, taken.obligations) == ("taken", (now.id,))
    assert now.due_at < before.due_at and now.winner == "patient_returns"
    assert (now.return_by_hand, now.return_source) == (date(2026, 11, 25), "network")
    with owing.db.read() as session:
        assert share(session, MAIN) == (1, 1)
        rows = list(session.scalars(select(Audit).where(Audit.action == "returns_on")))
    assert [row.actor for row in rows] == [CORA]
    assert [one.what for one in take(owing, "Patient/p,2026-11-25,,network\n")] == ["known"]
    assert (report(owing).deadline_no, report(owing).due_at) == (now.deadline_no, now.due_at)


def test_each_line_that_cannot_be_taken_says_why_and_the_others_are_taken(owing: Line) -> None:
    text = (
        "Patient/nobody,2026-12-01,,\n"
        "Patient/q,2026-12-01,,\n"
        "Patient/p,2026-11-20,,\n"
        "Patient/p,2026-11-24,,\n"
        "Patient/p,soon,,\n"
        "Patient/p,2026-12-01,1234567893,\n"
        "Patient/p,2026-12-01,,office\n"
        "Patient/p,2026-12-08,,office\n"
    )
    found = take(owing, text)
    assert [(one.line, one.what) for one in found] == [
        (2, "unknown_patient"),
        (3, "unknown_patient"),
        (4, "past"),
        (5, "past"),
        (6, "unreadable"),
        (7, "no_report"),
        (8, "taken"),
        (9, "known"),
    ]
    assert all(one.says.endswith(".") and "Patient/p" not in one.says for one in found)
    assert report(owing).return_by_hand == date(2026, 12, 1)
    assert [one.what for one in take(owing, "Patient/p,2026-11-30,,\n")] == ["taken"]


def test_trying_it_says_the_same_and_keeps_nothing(owing: Line) -> None:
    found = take(owing, "Patient/p,2026-11-25,,\nPatient/p,2026-11-24,,\n", by=None, dry=True)
    assert (found[0].what, found[0].says) == ("taken", "It would be taken.")
    assert found[1].what == "past" and report(owing).return_by_hand is None


def test_whoever_may_not_is_refused_before_anything_is_read(owing: Line) -> None:
    for by, says in ((None, "Say with --by"), ("nobody@demo.example", "role of nobody")):
        with pytest.raises(UsageError, match=says):
            take(owing, "Patient/p,2026-12-01,,\n", by=by)
