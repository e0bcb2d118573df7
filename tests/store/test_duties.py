"""What a letter that was signed here owes once it is sent: taken once from the version that was signed."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta

import pytest

from loopclose.domain.commands import Attest, Confirm, Waive
from loopclose.sandbox.search import Store
from loopclose.sandbox.server import SandboxServer
from loopclose.store import letter_duties
from loopclose.store.engine import Database
from loopclose.store.letter_duties import LetterDutyRow
from loopclose.store.obligations import Obligation
from loopclose.store.signatures import SignatureRow
from tests.store.desks import rows_of
from tests.store.test_corrections import BOX, MAIN, Line, one_kind

KINDS = ("handover", "ask", "pending_result")
NOTE = "Plan: Rest. PCP to continue lisinopril. Please check his TSH. "


@pytest.fixture
def line(db: Database) -> Iterator[Line]:
    with SandboxServer(Store(BOX.resources)) as server:
        yield Line(db, server)


def owed(line: Line, *states: str) -> list[Obligation]:
    """What the letters owe, those in some states."""
    found = [one for kind in KINDS for one in rows_of(line.db, Obligation, kind=kind)]
    return [one for one in found if not states or one.state in states]


def words(line: Line) -> dict[str, list[str]]:
    """By kind: what is owed, in the letter's words."""
    with line.db.read() as session:
        said = letter_duties.words_of(session, MAIN, [one.id for one in owed(line)])
    return {kind: sorted(said[one.id] for one in owed(line) if one.kind == kind) for kind in KINDS}


def sent(line: Line) -> None:
    line.do(Attest(obligation=line.owed.id, channel="fax", recipient="Dr. Lee"))


def corrected(line: Line, note: str) -> None:
    """The note was amended, the corrected letter is drafted and signed."""
    line.note_says(note)
    line.look()
    line.sign()


def test_a_letter_owes_what_it_asks_once_it_is_sent_and_judged_again_nothing_more(line: Line) -> None:
    corrected(line, NOTE)  # the first letter was never sent: the corrected one is what is sent
    assert owed(line) == [] and rows_of(line.db, LetterDutyRow) == [], "signed, and not sent"
    sent(line)
    found = words(line)
    assert found["handover"] == ["Lisinopril: PCP to continue lisinopril."]
    assert found["ask"] == ["Please check his TSH."]
    before = sorted((one.id, one.state, one.due_at, one.owner) for one in owed(line))
    report = line.report()
    assert all(
        (one.referrer, one.visit, one.person) == (report.referrer, report.visit, report.person) for one in owed(line)
    )
    assert all(one.alert_after is not None for one in owed(line)), "the ladder tells of each"
    line.look()
    line.work.judge(MAIN, report.ehr, [report.person])
    assert sorted((one.id, one.state, one.due_at, one.owner) for one in owed(line)) == before


@one_kind
def test_a_person_closes_each_and_it_stays_closed_whatever_becomes_of_the_report(line: Line) -> None:
    corrected(line, NOTE)
    sent(line)
    (handover,) = [one for one in owed(line) if one.kind == "handover"]
    (ask,) = [one for one in owed(line) if one.kind == "ask"]
    line.do(Confirm(obligation=handover.id))
    line.do(Waive(obligation=ask.id, code="other", note="She moved away."))
    line.do(Confirm(obligation=line.owed.id))
    line.look()
    states = {one.id: one.state for one in owed(line)}
    assert (states[handover.id], states[ask.id]) == ("confirmed", "waived")


@one_kind
def test_a_corrected_letter_owes_what_is_new_in_it_once_it_was_sent_too(line: Line) -> None:
    corrected(line, NOTE)
    sent(line)
    before = {one.id for one in owed(line)}
    line.hours += 1
    corrected(line, f"{NOTE}Please arrange a sleep study.")
    assert {one.id for one in owed(line)} == before, "signed, and not sent"
    (open_one,) = [one for one in line.corrections() if one.state == "owed"]
    line.do(Confirm(obligation=open_one.id))
    (new,) = [one for one in owed(line) if one.id not in before]
    assert words(line)["ask"] == ["Please arrange a sleep study.", "Please check his TSH."]
    assert new.due_at > line.now + timedelta(days=13), "from when the corrected letter was sent"
    signatures = sorted(rows_of(line.db, SignatureRow, obligation=line.owed.id), key=lambda one: one.no)
    assert signatures[-1].owes_at is not None


@one_kind
def test_nothing_is_made_of_a_letter_that_is_not_what_was_signed(line: Line) -> None:
    corrected(line, NOTE)
    with line.db.write() as session:
        for one in session.query(SignatureRow):
            one.statement = one.statement.replace(b'"sha256":"', b'"sha256":"0')
    sent(line)
    assert owed(line) == []
