"""What must never pass for a receipt, be lost between two people, or leave again: letters on their way, held to it."""

from __future__ import annotations

from typing import Any

import pytest

from loopclose.domain.commands import Hold, Release
from loopclose.errors import UsageError
from loopclose.flows.delivery import said
from loopclose.flows.delivery.heard import MAILBOX, Said, hear
from loopclose.flows.delivery.plan import plan_asked, plan_due
from loopclose.flows.delivery.recall import recall
from loopclose.flows.delivery.said import add_address, check_address, say
from loopclose.flows.papers.notice import draft_notice, release_notice
from loopclose.outbound.channels.channel import Fate
from loopclose.store import drafts, letter_waits
from loopclose.store.obligations import Obligation
from loopclose.store.people import Audit
from tests.store.desks import rows_of
from tests.store.scripted import Post, Scripted, raises
from tests.store.test_corrections import BOX, CORA, HEART, MAIN, Line, one_kind
from tests.store.test_delivering import UNKNOWN, line, post

__all__ = ["line", "post"]
LEO = "leo@demo.example"


def displayed(post: Post, key: str) -> bool:
    """A notice comes by mail that somebody opened the letter; whether it was news."""
    return hear(post.line.at_work(), MAIN, key, Said(Fate("received"), MAILBOX, "loopclose", "a" * 64))


@one_kind
@pytest.mark.parametrize("how", ["wrong office", "called back"])
def test_that_the_wrong_office_opened_it_is_no_receipt(post: Post, line: Line, how: str) -> None:
    post.address()
    post.run()
    (row,) = post.rows()
    if how == "wrong office":
        say(line.at_work(), MAIN, post.ways, row.id, "wrong_office", CORA)
    else:
        recall(line.at_work(), MAIN, line.owed.id, "wrong_recipient", CORA)
    assert not displayed(post, row.id)
    assert (line.report().state, post.states()) == ("signed", ["failed"])
    assert post.events()[-1] == "received", "that it was opened is kept all the same: a breach assessment asks"
    post.address("right@direct.example.org")
    post.later()
    displayed(post, row.id)
    assert (line.report().state, sorted(post.states())) == ("sent", ["failed", "sent"])


@one_kind
def test_a_person_takes_a_wrong_office_back_and_nobody_a_letter_that_was_called_back(post: Post, line: Line) -> None:
    post.address()
    post.run()
    (row,) = post.rows()
    say(line.at_work(), MAIN, post.ways, row.id, "wrong_office", CORA)
    say(line.at_work(), MAIN, post.ways, row.id, "arrived", CORA, "It was theirs after all.")
    assert line.report().state == "confirmed"
    recall(line.at_work(), MAIN, line.owed.id, "wrong_recipient", CORA)
    with pytest.raises(UsageError):
        say(line.at_work(), MAIN, post.ways, row.id, "arrived", CORA)
    assert line.report().state == "signed"


@one_kind
def test_of_two_people_who_know_otherwise_the_second_is_told(line: Line, monkeypatch: pytest.MonkeyPatch) -> None:
    post = Post(line, Scripted("fax", ("fax",)))
    post.address("(617) 555-0142", channel="fax")
    post.channel.script = [raises(UNKNOWN)]
    post.run()
    (row,) = post.rows()
    before = said._delivery

    def meanwhile(*given: Any) -> Any:
        found = before(*given)
        monkeypatch.setattr(said, "_delivery", before)
        say(line.at_work(), MAIN, post.ways, row.id, "arrived", LEO)
        return found

    monkeypatch.setattr(said, "_delivery", meanwhile)
    with pytest.raises(UsageError, match="Meanwhile"):
        say(line.at_work(), MAIN, post.ways, row.id, "not_left", CORA)
    assert "delivery_not_left" not in {one.action for one in rows_of(line.db, Audit)}
    assert line.report().state == "confirmed"


@one_kind
@pytest.mark.parametrize("when", ["under way", "sent", "arrived", "not known"])
def test_a_report_that_went_to_somebody_else_than_who_referred_is_sent_to_who_did(line: Line, when: str) -> None:
    post = Post(line, Scripted("fax", ("fax",)))
    post.address("(617) 555-0142", channel="fax")
    post.channel.script = [raises(UNKNOWN)] if when == "not known" else []
    post.run()
    (first,) = post.rows()
    if when in ("sent", "arrived"):
        say(line.at_work(), MAIN, post.ways, first.id, "left" if when == "sent" else "arrived", CORA)
    asked_by_another(line)
    post.address("(617) 555-0199", channel="fax")
    post.run()
    if when in ("under way", "not known"):
        say(line.at_work(), MAIN, post.ways, first.id, "arrived", CORA)
    assert line.report().state == "signed", "it is not with who referred"
    second = next(one for one in post.rows() if one.id != first.id)
    assert (second.to, second.purpose, second.state) == ("+16175550199", "report", "underway")
    say(line.at_work(), MAIN, post.ways, second.id, "arrived", CORA)
    assert line.report().state == "confirmed"
    say(line.at_work(), MAIN, post.ways, second.id, "wrong_office", CORA)
    assert line.report().state == "signed", "that the other has it is no comfort"


def asked_by_another(line: Line) -> None:
    """The request is corrected in the EHR: another clinician outside asked."""
    requests = [one for one in BOX.resources if one["resourceType"] == "ServiceRequest"]
    ours = next(one for one in requests if f"ServiceRequest/{one['id']}" == line.owed.referral)
    others = (one["requester"] for one in requests if one["requester"] != ours["requester"])
    line.put({**ours, "requester": next(one for one in others if "ref" in one["reference"])})
    line.look()


def corrects(line: Line) -> None:
    """The note changes, and the corrected letter is signed."""
    line.note_says("Plan: Rest. Please check his TSH.")
    line.look()
    line.sign()


@one_kind
@pytest.mark.parametrize("planned_between", [False, True])
def test_a_letter_corrected_while_the_old_one_is_on_its_way_follows_it(line: Line, planned_between: bool) -> None:
    post = Post(line, Scripted("fax", ("fax",)))
    post.address("(617) 555-0142", channel="fax")
    post.run()
    (old,) = post.rows()
    corrects(line)
    assert [one.state for one in line.corrections()] == ["owed"], "somebody may have the old one"
    if planned_between:
        post.run()
    say(line.at_work(), MAIN, post.ways, old.id, "left", CORA)
    post.later()
    (new,) = [one for one in post.rows() if one.letter != old.letter]
    assert (new.to, new.state, new.purpose) == (old.to, "underway", "report" if planned_between else "correction")
    assert [one.state for one in line.corrections()] == ["owed"]
    say(line.at_work(), MAIN, post.ways, new.id, "left", CORA)
    assert [one.state for one in line.corrections()] == ["confirmed"] and line.report().state == "sent"


@one_kind
def test_who_has_a_copy_of_the_old_letter_gets_the_corrected_one_where_the_report_has_not_left(
    post: Post, line: Line
) -> None:
    post.send(post.address("family@direct.example.org", referrer="npi:1093817465", name="Dr. Family"), purpose="copy")
    post.run()
    corrects(line)
    post.later()
    assert [(one.purpose, one.state) for one in post.rows()] == [("copy", "sent"), ("correction", "sent")]
    assert [one.state for one in line.corrections()] == ["confirmed"]


@one_kind
@pytest.mark.parametrize(("code", "follows"), [("wrong_recipient", False), ("wrong_words", True)])
def test_a_copy_that_was_called_back_is_corrected_only_where_it_went_to_the_right_one(
    post: Post, line: Line, code: str, follows: bool
) -> None:
    post.address()
    post.run()
    address = post.address("family@direct.example.org", referrer="npi:1093817465", name="Dr. Family")
    copy = post.send(address, purpose="copy")
    post.run()
    recall(line.at_work(), MAIN, line.owed.id, code, CORA, only=copy)
    if line.report().state == "held":
        line.do(Release(obligation=line.owed.id, code="consent", note="They agreed in writing."), HEART)
    corrects(line)
    post.later()
    assert ("family@direct.example.org" in {one.to for one in post.rows() if one.letter != post.rows()[0].letter}) is (
        follows
    )
    assert [one.state for one in line.corrections()] == ["confirmed"]


def waits(line: Line) -> list[str]:
    """What the page Sent says that somebody has to do."""
    with line.db.read() as session:
        return [one.code for one in letter_waits.waiting_for_a_person(session, MAIN, line.now)]


@one_kind
@pytest.mark.parametrize("how", ["held and released", "taken back"])
def test_what_was_taken_back_before_it_left_waits_for_a_person_in_sight(post: Post, line: Line, how: str) -> None:
    address = post.address()
    plan_due(line.at_work(), MAIN, post.ways)
    if how == "taken back":
        say(line.at_work(), MAIN, post.ways, post.rows()[0].id, "drop", CORA)
    else:
        line.do(Hold(obligation=line.owed.id, code="other", note="The patient asked."), HEART)
        post.run()
        line.do(Release(obligation=line.owed.id, code="consent", note="They agreed in writing."), HEART)
    post.later(2)
    assert (post.states(), waits(line)) == (["cancelled"], ["usable"])
    again = plan_asked(line.at_work(), MAIN, post.ways, line.owed.id, CORA)
    post.later()
    assert [(one.id, one.address) for one in post.rows() if one.state == "sent"] == [(again, address)]
    assert waits(line) == []


@one_kind
def test_what_was_called_back_for_its_words_does_not_leave_for_the_next_address_by_itself(
    post: Post, line: Line
) -> None:
    post.address()
    second = post.address("two@direct.example.org", rank=2)
    post.run()
    recall(line.at_work(), MAIN, line.owed.id, "wrong_words", CORA)
    line.do(Release(obligation=line.owed.id, code="consent", note="They agreed in writing."), HEART)
    post.later(2)
    assert (post.states(), waits(line)) == (["failed"], ["usable"])
    post.send(second)
    post.run()
    assert line.report().state == "sent"


def notice_released(post: Post, line: Line) -> str:
    """A missed visit whose notice was released, with two addresses."""
    booked = next(one for one in BOX.resources if one["resourceType"] == "Appointment")
    when = {"start": "2026-11-24T13:00:00Z", "end": "2026-11-24T13:30:00Z"}
    line.put({**booked, **when, "id": "missed", "status": "noshow"})
    line.look()
    missed = next(one for one in rows_of(line.db, Obligation, kind="no_show") if one.state == "owed")
    draft_notice(line.work, MAIN, missed.id, CORA)
    for rank, to in enumerate(("lee@direct.example.org", "two@direct.example.org"), start=1):
        given = {"referrer": missed.referrer_key, "name": "Dr. Lee", "channel": "direct", "to": to, "rank": rank}
        check_address(line.work, MAIN, add_address(line.work, MAIN, given, CORA), CORA)
    with line.db.read() as session:
        sha256 = drafts.papers(session, MAIN, missed.id)["no-show-notice"].sha256
    release_notice(line.work, MAIN, missed.id, sha256, CORA)
    return missed.id


@one_kind
def test_a_notice_that_went_to_somebody_else_is_told_again_and_one_with_wrong_words_is_not(
    post: Post, line: Line
) -> None:
    missed = notice_released(post, line)
    post.run()
    recall(line.at_work(), MAIN, missed, "wrong_recipient", CORA)
    (owed,) = rows_of(line.db, Obligation, id=missed)
    assert (owed.state, owed.alert_after is None) == ("owed", False), "the referrer knows of nothing"
    plan_due(line.at_work(), MAIN, post.ways)
    (second,) = [one for one in post.rows() if one.obligation == missed and one.state == "planned"]
    assert second.to == "two@direct.example.org"
    recall(line.at_work(), MAIN, missed, "wrong_words", CORA)
    post.address("three@direct.example.org", referrer=owed.referrer_key)
    post.later()
    assert {one.state for one in post.rows() if one.obligation == missed} == {"failed", "cancelled"}
