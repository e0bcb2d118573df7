"""Signing in the store, on both databases: once, by a clinician, of what was read; and what was changed is noticed."""

from __future__ import annotations

import hashlib
import json
import threading
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import update

from loopclose.domain.signing import HINDRANCES, HOLDS_FOR, Said
from loopclose.errors import DatabaseError, UsageError
from loopclose.flows.decisions.effects import NotThere
from loopclose.flows.health.asking import health
from loopclose.flows.papers.asking import ask_for_draft
from loopclose.flows.papers.draft import draft, signed_papers
from loopclose.flows.papers.letter import letter_of
from loopclose.flows.papers.sheet import signed_here
from loopclose.flows.papers.sign import NotSigned, Signed, open_letter, sign
from loopclose.flows.proving import Proof
from loopclose.flows.work import Work
from loopclose.letters.text import to_text
from loopclose.store import signatures, to_sign
from loopclose.store.decisions import history_of
from loopclose.store.obligations import Document
from loopclose.store.people import Audit
from loopclose.store.signatures import LetterAnswerRow, SignatureRow
from loopclose.store.worklist_query import Days
from tests.store.desks import BEAT, CORA, DISABLED, HEART, LEO, MAIN, OTHER, STRANGER, Practices
from tests.store.letters import ASKED, STENT, drafted, looked_at, note, proof, read, section, sheet, stale
from tests.store.line import NOW

MINE = {"author": "Practitioner/heart", "kind": "report", "state": "owed"}
DAYS = Days(NOW + timedelta(hours=8), NOW + timedelta(days=2), NOW - timedelta(hours=16))


class Desk:
    """One letter of the first clinician, drafted."""

    def __init__(self, both: Practices) -> None:
        self.both, self.db, self.work = both, both.db, both.work
        self.owed = both.one(**MINE)

    def drafted(self, *papers: Any) -> Desk:
        drafted(self.db, MAIN, self.owed, NOW, *papers)
        return self

    @property
    def sheet(self) -> Any:
        return looked_at(self.db, MAIN, self.owed.id)

    def sign(self, by: str = HEART, given: Any = None, how: Proof | None = None, **answers: Said) -> Signed:
        entered = given or read(self.sheet, **answers)
        return sign(self.work, MAIN, self.owed.id, by, entered, how or proof(NOW))

    def refused(self, *args: Any, **answers: Any) -> set[str]:
        with pytest.raises(NotSigned) as problem:
            self.sign(*args, **answers)
        assert self.state != "signed" and not self.signatures
        return set(problem.value.why)

    @property
    def state(self) -> str:
        return self.both.one(id=self.owed.id).state

    @property
    def signatures(self) -> list[SignatureRow]:
        found = self.both.rows(SignatureRow, obligation=self.owed.id, practice_id="main")
        return sorted(found, key=lambda one: one.no)

    def problems(self) -> tuple[str, ...]:
        with self.db.read() as session:
            found = signed_here(session, MAIN, self.owed.id)
        assert found is not None
        return found.problems

    def with_residents(self, *residents: str) -> Desk:
        practice = self.work.config.practice["main"].model_copy(update={"residents": list(residents)})
        config = self.work.config.model_copy(update={"practice": {**self.work.config.practice, "main": practice}})
        self.work = Work(config, self.db, self.work.clock)
        return self


@pytest.fixture
def desk(both: Practices) -> Desk:
    return Desk(both)


def test_a_letter_is_signed_with_its_report_in_one_step(desk: Desk) -> None:
    desk.drafted(ASKED, sheet(STENT))
    key = desk.sheet.letter.conflicts[0]
    done = desk.sign(**{key: Said("words", "Stopped on Monday."), "question": Said("words", "Yes, stable angina.")})
    assert done == Signed(counts=True) and desk.state == "signed"
    (one,) = desk.signatures
    assert (one.by, one.on_behalf, one.proved_by, one.counts, one.waits) == (HEART, None, "password", True, False)
    said = json.loads(one.statement)
    assert said["answers"]["question"] == {
        "about": "Is it cardiac?",
        "code": "words",
        "words": "Yes, stable angina.",
    }
    assert said["answers"][key]["about"] == STENT.text and set(said["papers"]) == {"consult-note", "prescription-sheet"}
    with desk.db.read() as session:
        last = history_of(session, MAIN, desk.owed.id)[-1]
    assert (last.from_state, last.to_state, last.actor, last.code) == ("drafted", "signed", HEART, "signed_here")
    kept = {row.key: row.words for row in desk.both.rows(LetterAnswerRow, obligation=desk.owed.id)}
    assert kept == {key: "Stopped on Monday.", "question": "Yes, stable angina."}
    assert desk.both.rows(Audit, action="sign", subject=desk.owed.id, practice_id="main")
    assert all(one.signed_by == HEART for one in desk.both.rows(Document, obligation=desk.owed.id))
    assert desk.problems() == ()


@pytest.mark.parametrize(
    ("said", "shown"),
    [
        (Said("words", "Yes, stable angina"), "Yes, stable angina."),
        (Said("words", "Is it? Yes!"), "Is it? Yes!"),
        (Said("pending", "Troponin."), "It waits for a result; we will write again. Troponin."),
    ],
)
def test_a_signed_letter_has_the_answer_that_was_signed(desk: Desk, said: Said, shown: str) -> None:
    desk.drafted(ASKED, sheet())
    desk.sign(question=said)
    letter = letter_of(desk.work, MAIN, desk.owed.id)
    assert letter is not None
    for papers in (letter.papers, signed_papers(desk.db, MAIN, desk.owed.id)):
        told = to_text(papers["consult-note"])
        assert told.index("Is it cardiac?") < told.index(shown) < told.index("Stable angina is likely.")
        assert shown not in to_text(papers["prescription-sheet"])


def test_signing_twice_signs_once(desk: Desk) -> None:
    entered = read(desk.drafted().sheet)
    desk.sign(given=entered)
    assert desk.sign(given=entered).again and len(desk.signatures) == 1


def test_of_two_who_sign_at_once_one_does(desk: Desk) -> None:
    entered, signed, refused = read(desk.drafted().sheet), [], []
    ready = threading.Barrier(2)

    def one(by: str) -> None:
        ready.wait()
        try:
            signed.append(desk.sign(by, entered))
        except NotSigned as problem:
            refused.append(problem.why)

    threads = [threading.Thread(target=one, args=(by,)) for by in (HEART, BEAT)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    assert len(signed) == 1 and refused == [{"already_signed": HINDRANCES["already_signed"]}]
    assert len(desk.signatures) == 1


def test_a_covering_colleague_signs_as_themself_for_the_author(desk: Desk) -> None:
    desk.drafted()
    done = desk.sign(BEAT)
    assert done.on_behalf and desk.signatures[0].by == BEAT and desk.signatures[0].on_behalf == done.on_behalf


@pytest.mark.parametrize("by", [CORA, LEO, "mona@demo.example", DISABLED, STRANGER])
def test_nobody_else_signs(desk: Desk, by: str) -> None:
    desk.drafted()
    assert desk.refused(by) == {"who"}


def test_another_practice_s_letter_is_none(desk: Desk) -> None:
    desk.drafted()
    with pytest.raises(NotThere):
        sign(desk.work, OTHER, desk.owed.id, STRANGER, read(desk.sheet), proof(NOW))


def test_only_what_was_read_is_signed(desk: Desk) -> None:
    entered = read(desk.drafted().sheet)
    desk.drafted(note(section("plan")), sheet())
    assert desk.refused(HEART, entered) == {"not_fresh"}
    assert desk.refused(HEART, stale(read(desk.sheet))) == {"not_fresh"}


def test_whoever_has_not_shown_who_they_are_just_now_signs_nothing(desk: Desk) -> None:
    entered = read(desk.drafted().sheet)
    for how in (None, Proof("password", NOW - HOLDS_FOR), Proof("password", NOW + timedelta(seconds=1))):
        with pytest.raises(NotSigned) as problem:
            sign(desk.work, MAIN, desk.owed.id, HEART, entered, how)
        assert set(problem.value.why) == {"not_proved"}
    assert desk.sign(how=proof(NOW, 4)).counts


def test_what_is_open_is_said_at_once_and_signs_nothing(desk: Desk) -> None:
    desk.drafted(ASKED, sheet(STENT))
    assert desk.refused() == {"conflict_open", "answer_empty"}


def test_a_letter_opened_for_less_than_it_takes_to_read_asks_once_more(desk: Desk) -> None:
    desk.drafted()
    entered = read(desk.sheet)
    hasty = type(entered)(entered.sha256, {})
    assert desk.refused(HEART, hasty) == {"not_read"}
    open_letter(desk.work, MAIN, desk.owed.id, HEART)
    assert desk.refused(HEART, hasty) == {"not_read"}
    desk.work.clock = lambda: NOW + timedelta(minutes=2)
    open_letter(desk.work, MAIN, desk.owed.id, HEART)  # only the first time counts
    assert desk.sign(given=hasty, how=Proof("password", NOW)).counts


def test_a_resident_s_letter_waits_for_another_clinician(desk: Desk) -> None:
    desk.drafted().with_residents("Practitioner/heart")
    assert not desk.sign().counts and desk.state == "drafted"
    with desk.db.read() as session:
        waits = to_sign.letters_to_sign(session, MAIN, NOW, DAYS, BEAT, cosigns=True)
        assert desk.owed.id in {one.obligation.id for one in waits}
        mine = to_sign.letters_to_sign(session, MAIN, NOW, DAYS, HEART, cosigns=False)
        assert desk.owed.id not in {one.obligation.id for one in mine}
    assert desk.sign(BEAT).counts and desk.state == "signed"
    assert [(one.by, one.cosigns, one.counts, one.waits) for one in desk.signatures] == [
        (HEART, None, False, False),
        (BEAT, 1, True, False),
    ]


def test_no_resident_co_signs_a_resident(desk: Desk) -> None:
    desk.drafted().with_residents("Practitioner/heart", "Practitioner/beat")
    desk.sign()
    with pytest.raises(NotSigned):
        desk.sign(BEAT)
    assert desk.state == "drafted"


def test_a_draft_written_anew_is_no_resident_s_any_more(desk: Desk) -> None:
    desk.drafted().with_residents("Practitioner/heart")
    desk.sign()
    site = desk.work.site_of("main", desk.owed.ehr)
    draft(desk.db, desk.work.clock, site, None, desk.owed.id, CORA, "Made from what was kept.")
    with desk.db.read() as session:
        assert signatures.waiting(session, MAIN) == {}
    assert desk.sheet.letter.waits_for is None and [one.waits for one in desk.signatures] == [False]
    assert {one.version for one in desk.both.rows(Document, obligation=desk.owed.id)} == {1}


def test_what_was_signed_is_not_drafted_again(desk: Desk) -> None:
    desk.drafted()
    desk.sign()
    before = {one.kind: one.body for one in desk.both.rows(Document, obligation=desk.owed.id)}
    with pytest.raises(UsageError, match="signed here"):
        ask_for_draft(desk.work, MAIN, desk.owed, CORA)
    with pytest.raises(UsageError, match="signed here"):
        draft(desk.db, desk.work.clock, desk.work.site_of("main", desk.owed.ehr), None, desk.owed.id, CORA, "Kept.")
    assert {one.kind: one.body for one in desk.both.rows(Document, obligation=desk.owed.id)} == before


def test_the_next_sync_leaves_it_signed(desk: Desk) -> None:
    desk.drafted()
    desk.sign()
    desk.both.read(NOW + timedelta(minutes=20))
    assert desk.state == "signed" and desk.problems() == ()


def _both_changed(desk: Desk) -> Any:
    body = b'{"changed":true}'
    return update(Document).values(body=body, sha256=hashlib.sha256(body).hexdigest())


CHANGES: dict[str, Any] = {
    "the paper": lambda desk: update(Document).values(body=b"{}"),
    "the paper and its digest": _both_changed,
    "what was signed": lambda desk: update(SignatureRow).values(statement=b"{}"),
    "who signed": lambda desk: update(SignatureRow).values(by=BEAT),
    "which letter": lambda desk: update(SignatureRow).values(letter="0" * 64),
}


@pytest.mark.parametrize("what", CHANGES)
def test_a_row_that_was_changed_is_noticed_and_nothing_is_made_of_it(desk: Desk, what: str) -> None:
    desk.drafted()
    desk.sign()
    assert signed_papers(desk.db, MAIN, desk.owed.id)
    with desk.db.write() as session:
        session.execute(CHANGES[what](desk))
    assert desk.problems()
    with pytest.raises(DatabaseError):
        signed_papers(desk.db, MAIN, desk.owed.id)
    told = [one for one in health(desk.work, MAIN).checks if one.name == "signed letters"]
    assert told and not told[0].ok


def test_death_at_any_step_leaves_all_of_it_or_nothing(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    desk.drafted()

    def dies(*_: object, **__: object) -> None:
        raise SystemExit

    for step in ("signatures.add_signature", "decisions.add_step", "audit_log.record", "signatures.keep_answer"):
        with monkeypatch.context() as patched:
            patched.setattr(f"loopclose.flows.papers.sign.{step}", dies)
            if step != "signatures.keep_answer":
                with pytest.raises(SystemExit):
                    desk.sign()
        assert desk.state == "drafted" and not desk.signatures
    with monkeypatch.context() as patched:
        patched.setattr(Work, "judge", dies)
        with pytest.raises(SystemExit):
            desk.sign()
    assert desk.state == "signed" and len(desk.signatures) == 1
    desk.both.read(NOW + timedelta(minutes=20))
    assert desk.state == "signed"
