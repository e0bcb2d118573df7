"""Signed letters whose chart changed: a correction is owed, drafted and signed; the old letter stays as it was."""

from __future__ import annotations

import base64
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from loopclose.clock import fixed
from loopclose.domain.commands import Attest, Confirm, Waive
from loopclose.domain.letter_kinds import VisitFacts
from loopclose.domain.signing import Said
from loopclose.drafting.keeping import digest
from loopclose.flows.decisions.desk import Desk, MoveRefused
from loopclose.flows.papers.ahead import look_ahead
from loopclose.flows.papers.editing import desk_of
from loopclose.flows.papers.kept import paper_of
from loopclose.flows.papers.letter import letter_of
from loopclose.flows.papers.sheet import signed_here
from loopclose.flows.papers.sign import sign
from loopclose.flows.papers.under import signed_as
from loopclose.flows.papers.working import DraftWorker, write_now
from loopclose.flows.site import sites
from loopclose.flows.work import Work
from loopclose.letters.letter import Replaced
from loopclose.letters.text import to_text
from loopclose.sandbox.search import Store
from loopclose.sandbox.server import SandboxServer
from loopclose.store import drafts, letter_changes, to_sign
from loopclose.store.engine import Database
from loopclose.store.obligations import Document, Obligation
from loopclose.store.worklist import worklist
from loopclose.store.worklist_query import Days
from tests.spec.cast import BOSTON
from tests.store.desks import rows_of
from tests.store.letters import looked_at, proof
from tests.store.letters import read as read_it
from tests.store.line import NOW, add_people, config, read, sandbox
from tests.store.test_edits import CORA, HEART, MAIN

BOX = sandbox("tidy", 6)
NOTES = [
    {key: value for key, value in one.items() if key != "docStatus"}
    for one in BOX.resources
    if one["resourceType"] == "DocumentReference"
]
"""Of an EHR that never says whether a note is final: it signs no report."""
DAYS = Days(NOW + timedelta(hours=8), NOW + timedelta(days=2), NOW - timedelta(hours=16))


class Line:
    """A practice that was read, and one letter that was drafted from its chart and signed."""

    def __init__(self, db: Database, server: SandboxServer) -> None:
        self.server, self.work, self.hours = server, Work(config(BOX, server, db.url), db, fixed(NOW)), 0
        self.db = db
        (self.site,) = sites(self.work.config)
        for one in NOTES:
            server.store.put(one, NOW - timedelta(hours=1))
        read(db, self.site)
        add_people(db)
        self.owed = self.with_a_note()
        write_now(db, self.work.clock, self.site, self.owed.id, HEART)
        self.sign()

    def with_a_note(self) -> Obligation:
        noted = {one["context"]["encounter"][0]["reference"] for one in NOTES}
        with self.db.read() as session:
            found = [item.obligation for item in worklist(session, MAIN, NOW)]
        return next(one for one in found if one.visit in noted and one.state == "owed" and one.author)

    @property
    def now(self) -> Any:
        return NOW + timedelta(hours=self.hours)

    def at_work(self) -> Work:
        return replace(self.work, clock=fixed(self.now))

    def sign(self) -> None:
        found = looked_at(self.db, MAIN, self.owed.id)
        given = {key: Said("intended") for key in found.conflicts} | {"question": Said("words", "Yes.")}
        entered = replace(read_it(found, **given), has_seen_chart=True)
        assert sign(self.at_work(), MAIN, self.owed.id, HEART, entered, proof(self.now)).counts

    def note(self) -> dict[str, Any]:
        return next(one for one in NOTES if one["context"]["encounter"][0]["reference"] == self.owed.visit)

    def put(self, *changed: dict[str, Any]) -> None:
        """Changed in the EHR an hour later."""
        self.hours += 1
        for one in changed:
            self.server.store.put(one, self.now)

    def note_says(self, words: str, **more: Any) -> None:
        data = base64.b64encode(words.encode()).decode()
        content = [{"attachment": {"contentType": "text/plain", "data": data}}]
        self.put({**self.note(), "content": content, **more})

    def look(self) -> int:
        """A sync, and whatever is asked for after it; gives how many charts of signed letters are looked at."""
        self.hours += 1
        read(self.db, self.site, fixed(self.now))
        asked = look_ahead(self.at_work(), self.site)
        worker = DraftWorker(self.at_work())
        while worker.once():
            pass
        return asked

    def corrections(self) -> list[Obligation]:
        return sorted(rows_of(self.db, Obligation, kind="correction"), key=lambda one: one.due_at)

    def changes(self) -> list[str]:
        with self.db.read() as session:
            return [row.change.words for row in letter_changes.changes_of(session, MAIN, self.owed.id)]

    def report(self) -> Obligation:
        (found,) = rows_of(self.db, Obligation, id=self.owed.id)
        return found

    def text(self) -> str:
        """The letter as it is made a file of."""
        letter = letter_of(self.work, MAIN, self.owed.id)
        assert letter is not None
        return to_text(letter.papers["consult-note"])

    def newest(self) -> str:
        with self.db.read() as session:
            return to_text(paper_of(drafts.papers(session, MAIN, self.owed.id)["consult-note"]))

    def do(self, command: Any, by: str = CORA) -> Any:
        return Desk(self.at_work(), MAIN, by).do(command)

    def to_sign(self) -> list[str]:
        with self.db.read() as session:
            found = to_sign.letters_to_sign(session, MAIN, self.now, DAYS, self.report().owner, cosigns=False)
            count = to_sign.count_to_sign(session, MAIN, self.report().owner, cosigns=False)
        assert count == len(found)
        return [one.obligation.id for one in found]


@pytest.fixture
def line(db: Database) -> Iterator[Line]:
    with SandboxServer(Store(BOX.resources)) as server:
        yield Line(db, server)


def test_an_amended_note_is_corrected_once_and_the_old_letter_stays(line: Line) -> None:
    before = {(one.kind, one.version): (one.sha256, one.body) for one in rows_of(line.db, Document)}
    line.note_says("Assessment: Something else.\nPlan: Stop walking.")
    assert line.look() == 1
    (owed,) = line.corrections()
    assert (owed.state, owed.owner, owed.author) == ("owed", line.report().owner, line.owed.author)
    assert line.now < owed.due_at < line.now + timedelta(days=5)
    assert any("Stop walking." in one for one in line.changes())
    assert line.report().state == "signed", "nothing is opened again"
    assert owed.id in line.to_sign() and "Stop walking." not in line.text(), "what is signed is the old letter"
    first = line.newest().split("\n\n")
    assert "WHAT CHANGED" in first[1] and "This letter replaces the one signed" in first[1]
    assert line.look() == 0 and len(line.corrections()) == 1

    sent = letter_of(line.work, MAIN, line.owed.id)
    assert sent is not None and sent.header.replaces is None and sent.header.series is None

    line.sign()
    new_one = letter_of(line.work, MAIN, line.owed.id)
    assert new_one is not None and new_one.header.version == 2
    assert new_one.header.replaces == Replaced(document=sent.header.document, version=1)
    assert new_one.header.series == sent.header.document != new_one.header.document
    (owed,) = line.corrections()
    assert owed.state == "confirmed", "the old letter was never sent"
    assert line.report().state == "signed" and line.to_sign() == []
    assert "Stop walking." in line.text() and "WHAT CHANGED" in line.text()
    kept = {(one.kind, one.version): (one.sha256, one.body) for one in rows_of(line.db, Document)}
    assert before.items() <= kept.items() and ("consult-note", 2) in kept
    with line.db.read() as session:
        found, old = signed_here(session, MAIN, line.owed.id), signed_as(session, MAIN, line.owed.id, 1)
        new = signed_as(session, MAIN, line.owed.id, 2)
    assert found is not None and found.problems == () and len(found.signatures) == 2
    assert old is not None and old.replaced and new is not None and not new.replaced
    assert [digest(one.body) for one in old.documents] == [before[one.kind, 1][0] for one in old.documents], (
        "the old letter is verified and read as it was signed"
    )
    assert line.look() == 0 and len(line.corrections()) == 1


def test_a_corrected_letter_is_of_the_kind_that_was_signed(line: Line, monkeypatch: pytest.MonkeyPatch) -> None:
    """Though by rule it would be another by now: that another visit was reported since makes it no progress report."""
    monkeypatch.setattr("loopclose.flows.papers.draft.facts_of", lambda _: VisitFacts(is_later=True, notes=1, final=1))
    line.note_says("Plan: Stop walking.")
    line.look()
    assert "Stop walking." in line.newest() and line.newest().startswith("CONSULT NOTE")


def test_a_letter_that_was_sent_is_corrected_when_the_new_one_is_sent(line: Line) -> None:
    line.do(Attest(obligation=line.owed.id, channel="fax", recipient="Dr. Lee"))
    line.note_says("Plan: Stop walking.")
    line.look()
    (owed,) = line.corrections()
    with pytest.raises(MoveRefused, match="Nobody has signed the corrected letter"):
        line.do(Confirm(obligation=owed.id))
    line.sign()
    assert line.corrections()[0].state == "owed" and line.report().state == "sent" and line.to_sign() == []
    line.do(Confirm(obligation=owed.id))
    assert line.corrections()[0].state == "confirmed"
    assert line.look() == 0 and [one.state for one in line.corrections()] == ["confirmed"]


one_kind = pytest.mark.parametrize("db", ["sqlite"], indirect=True)
"""What no statement of its own tells the databases apart in."""


@one_kind
def test_what_was_waived_does_not_come_back_but_another_change_does(line: Line) -> None:
    line.note_says("Plan: Stop walking.")
    line.look()
    line.do(Waive(obligation=line.corrections()[0].id, code="other", note="The referrer knows."))
    line.hours += 24
    assert line.look() == 1, "it is looked at daily"
    assert [one.state for one in line.corrections()] == ["waived"] and line.to_sign() == []
    with pytest.raises(Exception, match="signed already"):
        line.sign()
    line.note_says("Plan: Swim.")
    line.look()
    assert sorted(one.state for one in line.corrections()) == ["owed", "waived"] and len(line.to_sign()) == 1


@one_kind
def test_more_that_changes_belongs_to_the_correction_that_is_open(line: Line) -> None:
    line.note_says("Plan: Stop walking.")
    line.look()
    due = line.corrections()[0].due_at
    line.hours += 30
    line.note_says("Plan: Swim.")
    line.look()
    (owed,) = line.corrections()
    assert owed.due_at == due and any("Swim." in one for one in line.changes())
    assert "Swim." in line.newest() and "Stop walking." not in line.newest()


@one_kind
def test_a_chart_that_says_the_same_is_looked_at_and_corrects_nothing(line: Line) -> None:
    line.put({**line.note(), "description": "Sent along again"})
    assert line.look() == 1 and line.corrections() == [] and line.changes() == []
    assert {one.version for one in rows_of(line.db, Document)} == {1}


@one_kind
def test_a_note_that_is_entered_in_error_takes_its_words_back(line: Line) -> None:
    line.put({**line.note(), "status": "entered-in-error"})
    line.look()
    assert line.changes() and all(one.startswith("Does not hold any more: ") for one in line.changes())


@one_kind
def test_a_corrected_letter_is_edited_like_any_draft_and_the_signed_one_is_not(line: Line) -> None:
    def why_not() -> str | None:
        with line.db.read() as session:
            owed = drafts.report(session, MAIN, line.owed.id)
            assert owed is not None
            desk = desk_of(session, MAIN, BOSTON, owed, "consult-note")
        assert desk is not None
        return desk.why_not

    assert why_not() is not None
    line.note_says("Plan: Stop walking.")
    line.look()
    assert why_not() is None
    line.sign()
    assert why_not() is not None


@one_kind
def test_what_only_a_draft_reads_is_looked_at_daily_and_each_change_is_named(line: Line) -> None:
    here = [one for one in BOX.resources if one.get("encounter", {}).get("reference") == line.owed.visit]

    def first(kind: str) -> dict[str, Any]:
        return next(one for one in here if one["resourceType"] == kind)

    assert line.look() == 0, "nothing changed, and it was looked at today"
    medicine, pressure, order = first("MedicationRequest"), first("Observation"), first("ServiceRequest")
    systolic, *others = pressure["component"]
    amended = {**systolic, "valueQuantity": {**systolic["valueQuantity"], "value": 191}}
    troponin = {
        "resourceType": "Observation",
        "id": "late-troponin",
        "status": "final",
        "subject": order["subject"],
        "basedOn": [{"reference": f"ServiceRequest/{order['id']}"}],
        "effectiveDateTime": "2026-11-24T16:00:00Z",
        "code": {"text": "Troponin"},
        "valueQuantity": {"value": 7.31, "unit": "ng/L"},
    }
    line.put(
        {**medicine, "status": "entered-in-error"},
        {**pressure, "status": "corrected", "component": [amended, *others]},
        troponin,
    )
    line.hours += 24
    assert line.look() == 1
    told = " | ".join(line.changes())
    name = medicine["medicationCodeableConcept"]["text"].split()[0]
    assert "191" in told and "New: Troponin" in told and "7.31" in told
    assert any(one.startswith("Does not hold any more") and name in one.lower() for one in line.changes())
    assert len(line.corrections()) == 1
    line.sign()
    assert line.corrections()[0].state == "confirmed" and "7.31" in line.text()
