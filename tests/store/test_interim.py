"""A signed interim report leaves as any letter does, and the report that it promises is owed still."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import replace

import pytest

from loopclose.config.channels.direct import DirectConfig
from loopclose.domain.commands import Hold, Release
from loopclose.domain.delivering import REPORTED
from loopclose.domain.signing import Said
from loopclose.flows.delivery.on_its_way import on_its_way
from loopclose.flows.delivery.pack import NotPlanned
from loopclose.flows.delivery.plan import plan_due
from loopclose.flows.delivery.recall import recall
from loopclose.flows.delivery.said import say
from loopclose.flows.delivery.send import send_due
from loopclose.flows.papers.sign import Signed, sign
from loopclose.flows.papers.working import write_now
from loopclose.sandbox.search import Store
from loopclose.sandbox.server import SandboxServer
from loopclose.store import letter_choices, letter_duties, letter_waits
from loopclose.store.engine import Database
from loopclose.store.obligations import Obligation
from loopclose.store.restores import note_restore
from tests.store.desks import rows_of
from tests.store.letters import looked_at, proof
from tests.store.letters import read as read_it
from tests.store.scripted import Post, Scripted, raises
from tests.store.test_corrections import BOX, CORA, HEART, MAIN, Line, one_kind
from tests.store.test_delivering import WRONG


class Begun(Line):
    """A line of which an interim report is signed, and the report is not."""

    def sign(self) -> None:
        self.choose("interim-report")
        assert self.signed().is_interim

    def choose(self, kind: str | None) -> None:
        with self.db.write() as session:
            letter_choices.choose(session, MAIN, self.owed.id, kind, HEART, self.now)
        write_now(self.db, self.at_work().clock, self.site, self.owed.id, HEART)

    def signed(self) -> Signed:
        found = looked_at(self.db, MAIN, self.owed.id)
        given = {key: Said("intended") for key in found.conflicts} | {"question": Said("words", "Yes.")}
        entered = replace(read_it(found, **given), has_seen_chart=True)
        return sign(self.at_work(), MAIN, self.owed.id, HEART, entered, proof(self.now))

    def waits(self) -> list[tuple[str, bool]]:
        with self.db.read() as session:
            found = letter_waits.waiting_for_a_person(session, MAIN, self.now)
        return [(one.code, one.is_interim) for one in found if one.obligation == self.owed.id]


@pytest.fixture
def line(db: Database) -> Iterator[Begun]:
    with SandboxServer(Store(BOX.resources)) as server:
        yield Begun(db, server)


@pytest.fixture
def post(line: Begun) -> Post:
    return Post(line)


def content_of(post: Post, no: int = 0) -> bytes:
    with post.line.db.read() as session:
        return session.get_one(type(post.rows()[no]), ("main", post.rows()[no].id)).content


def test_a_signed_interim_report_leaves_once_and_the_report_is_owed_still(post: Post, line: Begun) -> None:
    post.address()
    before = line.report()
    post.run()
    (row,) = post.rows()
    assert (row.purpose, row.state, len(post.channel.arrived)) == ("interim", "sent", 1)
    assert b"INTERIM REPORT" in content_of(post)
    say(line.at_work(), MAIN, post.ways, row.id, "arrived", CORA)
    post.later()
    line.look()
    post.run()
    owed = line.report()
    assert (owed.state, owed.sent_at, owed.due_at) == ("drafted", None, before.due_at)
    assert owed.owner == before.owner and len(post.channel.arrived) == 1
    assert not rows_of(line.db, Obligation, kind="receipt", visit=owed.visit), "an interim report owes no receipt"
    assert post.rows()[0].state == "received"


def test_the_report_goes_out_after_it_and_no_corrected_letter_follows_an_interim_report(
    post: Post, line: Begun
) -> None:
    first = post.address()
    post.run()
    say(line.at_work(), MAIN, post.ways, post.rows()[0].id, "wrong_office", CORA)
    assert line.report().state == "drafted"
    post.address("new@direct.example.org")
    post.later()
    assert [(one.purpose, one.state) for one in post.rows()] == [("interim", "failed"), ("interim", "sent")]
    line.choose(None)
    assert line.signed().counts
    post.later()
    report = post.rows()[-1]
    assert (report.purpose, report.state, line.report().state) == ("report", "sent", "sent")
    assert report.address != first
    line.look()
    line.note_says("Plan: Rest. Please check his TSH.")
    line.look()
    super(Begun, line).sign()
    post.later()
    sent = [one.purpose for one in post.rows()]
    assert sent == ["interim", "interim", "report", "correction"], "one corrected letter, to who has the report"
    assert [one.state for one in line.corrections()] == ["confirmed"]


@one_kind
def test_what_is_drafted_after_it_does_not_leave_with_it(post: Post, line: Begun) -> None:
    line.choose(None)
    post.address()
    post.run()
    assert b"INTERIM REPORT" in content_of(post) and post.states() == ["sent"]


@one_kind
def test_it_does_not_leave_any_more_once_the_report_is_signed(post: Post, line: Begun) -> None:
    key = post.address()
    plan_due(line.at_work(), MAIN, post.ways)
    line.choose(None)
    assert line.signed().counts
    send_due(line.at_work(), MAIN, post.ways)
    (row,) = [one for one in post.rows() if one.purpose == "interim"]
    assert (row.state, row.error) == ("cancelled", REPORTED)
    with pytest.raises(NotPlanned, match="The report itself was signed"):
        post.send(key, purpose="interim")
    post.later()
    assert sorted((one.purpose, one.state) for one in post.rows()) == [("interim", "cancelled"), ("report", "sent")]


@one_kind
def test_a_second_interim_report_leaves_after_the_first(post: Post, line: Begun) -> None:
    post.address()
    post.run()
    line.hours += 1
    line.put({**line.note(), "docStatus": "preliminary"})
    line.choose("interim-report")
    assert line.signed().is_interim
    post.later()
    assert [one.purpose for one in post.rows()] == ["interim", "interim"] and len(post.channel.arrived) == 2


@one_kind
@pytest.mark.parametrize("change", [{"guessed": True}, {"referrer_key": None}, {"state": "waived"}, {"state": "held"}])
def test_what_keeps_a_report_keeps_an_interim_report(post: Post, line: Begun, change: dict[str, object]) -> None:
    post.address()
    plan_due(line.at_work(), MAIN, post.ways)
    with line.db.write() as session:
        for name, value in change.items():
            setattr(session.get_one(Obligation, ("main", line.owed.id)), name, value)
    send_due(line.at_work(), MAIN, post.ways)
    assert post.channel.arrived == [] and post.states() == ["cancelled"]


@one_kind
def test_an_interim_report_on_hold_stays_and_goes_once_it_is_released(post: Post, line: Begun) -> None:
    key = post.address()
    line.do(Hold(obligation=line.owed.id, code="other", note="The patient asked."), HEART)
    post.run()
    assert post.rows() == []
    line.do(Release(obligation=line.owed.id, code="consent", note="They agreed in writing."), HEART)
    post.run()
    assert [(one.address, one.purpose, one.state) for one in post.rows()] == [(key, "interim", "sent")]


@one_kind
def test_somebody_is_told_where_it_cannot_go_and_the_report_stays_its_authors(post: Post, line: Begun) -> None:
    owner = line.report().owner
    post.run()
    assert line.waits() == [("no_address", True)] and line.report().owner == owner
    post.address(check=False)
    assert line.waits() == [("unchecked", True)]
    post.address("two@direct.example.org")
    assert line.waits() == [], "it leaves within a minute"
    line.hours += 2
    assert line.waits() == [("usable", True)], "nobody sent it"
    post.channel.script = [raises(WRONG)]
    post.run()
    assert line.waits() == []
    with line.db.read() as session:
        others = letter_waits.others_to_look_at(session, MAIN, line.work.clock(), line.now)
    assert [(one.purpose, one.state) for one in others] == [("interim", "failed")]


@one_kind
def test_after_a_restore_it_waits_for_a_person(post: Post, line: Begun) -> None:
    key = post.address()
    with line.db.write() as session:
        note_restore(session, line.now, line.work.clock().replace(year=2026, month=1))
    post.later(2)
    assert post.rows() == [] and line.waits() == [("usable", True)]
    post.send(key)
    post.later()
    assert post.states() == ["sent"]


@one_kind
def test_called_back_as_another_patients_it_puts_the_report_on_hold(post: Post, line: Begun) -> None:
    post.address()
    post.run()
    assert recall(line.at_work(), MAIN, line.owed.id, "wrong_patient", CORA) == 1
    assert line.report().state == "held"
    post.later()
    assert len(post.channel.arrived) == 1


@one_kind
def test_the_page_says_which_letter_it_is(post: Post, line: Begun) -> None:
    post.address()
    with line.db.read() as session:
        way = on_its_way(session, MAIN, post.ways, line.report(), line.now)
    assert way is not None and (way.purpose, way.hindrance, way.is_under_way) == ("interim", None, False)
    assert way.preferred is not None and not way.others
    post.run()
    with line.db.read() as session:
        way = on_its_way(session, MAIN, post.ways, line.report(), line.now)
    assert way is not None and way.is_under_way


@one_kind
def test_what_a_sent_interim_report_asks_is_owed_once_and_stays_when_the_report_says_it_again(
    post: Post, line: Begun
) -> None:
    base = line.note()
    line.note_says("Assessment: Angina.\nPlan: Please check his TSH in 2 weeks.", docStatus=base.get("docStatus"))
    line.choose("interim-report")
    line.signed()
    line.look()
    assert not rows_of(line.db, Obligation, kind="ask"), "it was not sent"
    post.address()
    post.later()
    line.look()
    asked = rows_of(line.db, Obligation, kind="ask")
    with line.db.read() as session:
        duties = letter_duties.duties_of(session, MAIN, [line.owed.id])[line.owed.id]
    assert [one.state for one in asked] == ["owed"] and "TSH" in json.dumps([one.words for one in duties])
    line.choose(None)
    assert line.signed().counts
    post.later()
    line.look()
    assert [one.id for one in rows_of(line.db, Obligation, kind="ask")] == [one.id for one in asked]


@one_kind
def test_a_request_of_360x_gets_the_interim_note_with_it_and_later_the_outcome(post: Post, line: Begun) -> None:
    direct = {"main": DirectConfig.model_construct(oid="1.2.36.1")}
    line.work = replace(line.work, config=line.work.config.model_copy(update={"direct": direct}))
    post.address()
    post.run()
    note = content_of(post).decode()
    assert "OMG^O19^OMG_O19" in note and "|||A|" in note and "|||CM|" not in note, "the order is not done by it"
    line.choose(None)
    assert line.signed().counts
    post.later()
    outcome = next(no for no, one in enumerate(post.rows()) if one.purpose == "report")
    assert "|||CM|" in content_of(post, outcome).decode()


@one_kind
@pytest.mark.parametrize("kind", ["progress-report", "procedure-report"])
def test_the_other_kinds_of_report_leave_as_reports_in_the_forms_that_they_have(line: Begun, kind: str) -> None:
    post = Post(line, Scripted("direct", ("ccda", "pdf")))
    line.choose(kind)
    assert line.signed().counts
    post.address()
    post.run()
    (row,) = post.rows()
    forms = {one["form"] for one in row.enclosed}
    assert (row.purpose, row.state, line.report().state) == ("report", "sent", "sent")
    assert forms == ({"pdf"} if kind == "procedure-report" else {"ccda", "pdf"})
