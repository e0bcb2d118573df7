"""Signed letters leave, once and as they were signed; what becomes of each is known, or somebody is told."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest

from loopclose.domain.commands import Hold, Waive
from loopclose.domain.delivering import GUESSED, NOBODY, NOT_SIGNED, ON_HOLD, OTHER_ADDRESS
from loopclose.errors import UsageError
from loopclose.flows.delivery.pack import NotPlanned
from loopclose.flows.delivery.plan import plan_due
from loopclose.flows.delivery.recall import recall, sheet
from loopclose.flows.delivery.said import add_address, check_address, close_address, opt_in, opt_out, say
from loopclose.flows.delivery.send import NOT_OURS, send_due
from loopclose.flows.papers.notice import draft_notice, release_notice
from loopclose.outbound.channels.channel import Fate
from loopclose.outbound.mail import SendError
from loopclose.sandbox.search import Store
from loopclose.sandbox.server import SandboxServer
from loopclose.store import drafts
from loopclose.store.addresses import AddressRow
from loopclose.store.deliveries import DeliveryRow
from loopclose.store.engine import Database
from loopclose.store.obligations import Obligation
from loopclose.store.restores import note_restore
from tests.store.desks import rows_of
from tests.store.scripted import Post, Scripted, raises
from tests.store.test_corrections import BOX, CORA, HEART, MAIN, Line, one_kind

BUSY = SendError("The line was busy.", final=False)
UNKNOWN = SendError("No answer came.", final=False, unknown=True)
WRONG = SendError("There is no such mailbox.", final=True)


@pytest.fixture
def line(db: Database) -> Iterator[Line]:
    with SandboxServer(Store(BOX.resources)) as server:
        yield Line(db, server)


@pytest.fixture
def post(line: Line) -> Post:
    return Post(line)


def test_a_signed_letter_leaves_by_itself_once_as_it_was_signed(post: Post, line: Line) -> None:
    key = post.address()
    post.run()
    (row,) = post.rows()
    assert (row.state, row.to, row.purpose) == ("sent", "lee@direct.example.org", "report")
    assert post.channel.arrived == [(row.id, row.to, row.sha256)]
    report = line.report()
    assert (report.state, report.sent_at, report.alert_after) == ("sent", line.now, None)
    receipt = next(one for one in rows_of(line.db, Obligation, kind="receipt"))
    assert (receipt.state, receipt.visit) == ("owed", report.visit)
    (kept,) = rows_of(line.db, AddressRow, id=key)
    assert kept.used_at == line.now
    post.later()
    assert len(post.channel.arrived) == 1 and post.events() == ["transmitted"], "a second look sends nothing more"


def test_receipt_confirms_the_report_and_ends_the_wait_for_it(post: Post, line: Line) -> None:
    post.address()
    post.run()
    say(line.at_work(), MAIN, post.ways, post.rows()[0].id, "arrived", CORA, "Their front desk has it.")
    assert line.report().state == "confirmed"
    assert {one.state for one in rows_of(line.db, Obligation, kind="receipt", visit=line.owed.visit)} == {"confirmed"}
    line.look()
    assert line.report().state == "confirmed", "a sync takes nothing back"


@one_kind
def test_nothing_leaves_to_an_address_that_nobody_checked_that_is_closed_or_unused_for_a_year(
    post: Post, line: Line
) -> None:
    post.address(check=False)
    closed = post.address("old@direct.example.org")
    close_address(line.at_work(), MAIN, closed, CORA, "They moved.")
    stale = post.address("stale@direct.example.org")
    with line.db.write() as session:
        session.get_one(AddressRow, ("main", stale)).checked_at = line.now - timedelta(days=366)
    post.run()
    assert post.rows() == [] and line.report().state == "signed"
    assert line.report().owner == "coordinator", "somebody finds an address"
    for key in (closed, stale):
        with pytest.raises(NotPlanned):
            post.send(key)


@one_kind
@pytest.mark.parametrize(
    ("change", "why"),
    [
        ({"state": "drafted"}, NOT_SIGNED),
        ({"state": "waived"}, "The report is not owed any more."),
        ({"state": "held"}, ON_HOLD),
        ({"guessed": True}, GUESSED),
        ({"referrer_key": None}, NOBODY),
        ({"referrer_key": "npi:1093817465"}, OTHER_ADDRESS),
    ],
)
def test_what_may_not_be_sent_is_refused_when_planned_and_again_when_it_leaves(
    post: Post, line: Line, change: dict[str, Any], why: str
) -> None:
    key = post.address()
    plan_due(line.at_work(), MAIN, post.ways)
    with line.db.write() as session:
        for name, value in change.items():
            setattr(session.get_one(Obligation, ("main", line.owed.id)), name, value)
    with pytest.raises(NotPlanned) as refused:
        post.send(key)
    assert str(refused.value) == why
    send_due(line.at_work(), MAIN, post.ways)
    assert post.channel.arrived == []
    assert [(one.state, one.error) for one in post.rows()] == [("cancelled", why)]


@one_kind
def test_a_report_put_on_hold_or_waived_after_it_was_planned_stays(post: Post, line: Line) -> None:
    post.address()
    plan_due(line.at_work(), MAIN, post.ways)
    line.do(Hold(obligation=line.owed.id, code="other", note="The patient asked."), HEART)
    post.run()
    assert post.channel.arrived == [] and line.report().state == "held"


def test_a_row_that_loopclose_did_not_make_is_never_sent(post: Post, line: Line) -> None:
    post.address()
    plan_due(line.at_work(), MAIN, post.ways)
    for change in ({"to": "thief@direct.example.org"}, {"content": b"another letter"}, {"letter": "0" * 64}):
        with line.db.write() as session:
            row = session.get_one(DeliveryRow, ("main", post.rows()[0].id))
            before = {name: getattr(row, name) for name in change}
            row.state, row.error = "planned", None
            for name, value in change.items():
                setattr(row, name, value)
        send_due(line.at_work(), MAIN, post.ways)
        assert [(one.state, one.error) for one in post.rows()] == [("cancelled", NOT_OURS)], change
        with line.db.write() as session:
            row = session.get_one(DeliveryRow, ("main", row.id))
            for name, value in before.items():
                setattr(row, name, value)
    assert post.channel.arrived == []


@one_kind
def test_what_a_channel_puts_off_is_tried_again_with_the_same_bytes_and_then_at_the_next_address(
    post: Post, line: Line
) -> None:
    post.address()
    post.address("second@direct.example.org", rank=2)
    post.channel.script = [raises(BUSY)] * 6
    for _ in range(8):
        post.later(4)
    first, second = sorted(post.rows(), key=lambda one: one.planned_at)
    assert (first.state, first.followed_by, first.tries) == ("failed", second.id, 6)
    assert (second.state, second.to) == ("sent", "second@direct.example.org")
    assert len(post.channel.arrived) == 1 and line.report().state == "sent"


@one_kind
def test_a_fax_that_was_busy_is_dialled_again_and_one_to_no_such_number_is_not(line: Line) -> None:
    post = Post(line, Scripted("fax", ("fax",)))
    key = post.address("+1 617-555-0142", channel="fax")
    busy = Fate("failed", words="The line was busy.", final=False)
    post.channel.fates = [busy, Fate("failed", words="No such number.", address_is_bad=True)]
    post.run()
    assert post.states() == ["underway"]
    post.later()
    (row,) = post.rows()
    assert (row.state, row.error, row.followed_by) == ("waiting", "The line was busy.", None)
    assert row.try_after is not None and row.try_after > line.now, "not at once"
    post.later()
    assert post.states() == ["underway"] and len(post.channel.arrived) == 2
    post.later()
    assert post.states() == ["failed"] and len(post.channel.arrived) == 2
    (kept,) = rows_of(line.db, AddressRow, id=key)
    assert kept.closed_because == "No such number."


@one_kind
def test_what_a_gateway_says_meanwhile_stands_with_the_letter(line: Line) -> None:
    post = Post(line, Scripted("fax", ("fax",)))
    post.address("+1 617-555-0142", channel="fax")
    words = "The gateway does not know the fax that it took: call it if this stays."
    post.channel.fates = [Fate("underway", words=words), Fate("underway"), Fate("transmitted")]
    post.run()
    for state, error in (("underway", words), ("underway", None), ("sent", None)):
        post.later()
        (row,) = post.rows()
        assert (row.state, row.error) == (state, error)


@one_kind
def test_an_address_that_refuses_for_good_is_not_tried_again_and_without_another_it_is_the_coordinators(
    post: Post, line: Line
) -> None:
    post.address()
    post.channel.script = [raises(WRONG)]
    post.run()
    post.later()
    assert post.states() == ["failed"] and len(post.attempts()) == 1
    assert (line.report().state, line.report().owner) == ("signed", "coordinator")
    assert line.report().alert_after is not None, "its ladder goes on"
    line.look()
    assert line.report().owner == "coordinator", "whoever judges again does not take it from her"


@one_kind
def test_where_a_repeat_would_arrive_twice_an_unknown_answer_waits_for_the_channel_or_a_person(line: Line) -> None:
    post = Post(line, Scripted("fax", ("fax",)))
    post.address("(617) 555-0142", channel="fax")
    post.channel.script = [raises(UNKNOWN)]
    post.run()
    assert post.states() == ["unsure"]
    post.later()
    assert post.states() == ["unsure"] and post.channel.arrived == [], "never by itself"
    post.channel.fates = [Fate("absent")]
    post.later()
    post.later()
    assert post.states() == ["underway"] and len(post.channel.arrived) == 1
    post.channel.fates = [Fate("transmitted", words="3 pages were sent.")]
    post.later()
    assert post.states() == ["sent"] and line.report().state == "sent"


@one_kind
def test_where_a_repeat_is_dropped_an_unknown_answer_is_tried_again_with_the_same_bytes(post: Post, line: Line) -> None:
    post.address()

    def takes_and_dies(parcel: Any) -> Any:
        post.channel.takes(parcel)
        raise UNKNOWN

    post.channel.script = [takes_and_dies]
    post.run()
    post.later()
    assert len(post.channel.arrived) == 2 and len(set(post.channel.arrived)) == 1, "the same id, the same bytes"
    assert post.states() == ["sent"]


@one_kind
def test_a_bounce_puts_the_report_back_with_its_old_deadline_closes_the_address_and_goes_on(
    post: Post, line: Line
) -> None:
    key = post.address()
    due_at = line.report().due_at
    post.run()
    with line.db.write() as session:
        session.get_one(DeliveryRow, ("main", post.rows()[0].id)).state = "underway"
    post.channel.fates = [Fate("failed", words="There is no such mailbox.", address_is_bad=True)]
    with line.db.write() as session:
        session.get_one(DeliveryRow, ("main", post.rows()[0].id)).state = "sent"
    say(line.at_work(), MAIN, post.ways, post.rows()[0].id, "wrong_office", CORA)
    report = line.report()
    assert (report.state, report.due_at, report.sent_at, report.on_time) == ("signed", due_at, None, None)
    assert report.alert_after is not None and report.owner == "coordinator"
    (address,) = rows_of(line.db, AddressRow, id=key)
    assert address.closed_at is not None
    line.look()
    assert line.report().sent_at is None, "a sync does not take what bounced for sent"
    second = post.address("right@direct.example.org")
    post.later()
    assert line.report().state == "sent" and line.report().sent_at == line.now
    assert [one.to for one in post.rows() if one.state == "sent"] == ["right@direct.example.org"]
    assert second


@one_kind
def test_the_letter_that_was_corrected_before_it_left_does_not_leave(post: Post, line: Line) -> None:
    post.address()
    plan_due(line.at_work(), MAIN, post.ways)
    line.note_says("Plan: Rest. Please check his TSH.")
    line.look()
    line.sign()
    post.run()
    post.later()
    sent = [one for one in post.rows() if one.state == "sent"]
    assert len(sent) == 1 and len(post.channel.arrived) == 1
    assert b"check his TSH" in _content(line, sent[0].id)


def _content(line: Line, key: str) -> bytes:
    with line.db.read() as session:
        return session.get_one(DeliveryRow, ("main", key)).content


@one_kind
def test_only_whoever_may_sends_and_keeps_addresses(post: Post, line: Line) -> None:
    key = post.address()
    post.run()
    for by in ("nobody@demo.example", "ada@demo.example"):
        with pytest.raises(UsageError):
            say(line.at_work(), MAIN, post.ways, post.rows()[0].id, "arrived", by)
        with pytest.raises(UsageError):
            add_address(
                line.at_work(), MAIN, {"referrer": "x", "name": "", "channel": "direct", "to": "a@b.example"}, by
            )
    assert key and line.report().state == "sent"


@one_kind
def test_a_waived_report_is_not_planned(post: Post, line: Line) -> None:
    post.address()
    line.do(Waive(obligation=line.owed.id, code="patient_objected"))
    post.run()
    assert post.rows() == []


@one_kind
def test_everybody_who_has_the_old_letter_gets_the_corrected_one_and_then_the_correction_is_done(
    post: Post, line: Line
) -> None:
    post.address()
    line.look()
    post.run()
    copy = post.address("family@direct.example.org", referrer="npi:1093817465", name="Dr. Family")
    post.send(copy, purpose="copy")
    post.later()
    assert line.report().state == "sent" and [one.purpose for one in post.rows()] == ["report", "copy"]
    line.note_says("Plan: Rest. Please check his TSH.")
    line.look()
    post.later()
    assert len(post.channel.arrived) == 2, "the corrected letter is not signed yet"
    line.sign()
    (correction,) = line.corrections()
    assert correction.state == "owed"
    post.channel.script = [post.channel.takes, raises(WRONG)]
    post.later()
    states = sorted((one.to, one.state) for one in post.rows() if one.purpose == "correction")
    assert [state for _, state in states] in (["failed", "sent"], ["sent", "failed"])
    assert line.corrections()[0].state == "owed", "one of them has the old letter still"
    post.later(30)
    assert len(post.rows()) == 4, "what was refused for good is for a person"
    left = next(one for one in post.rows() if one.state == "failed")
    post.send(left.address, purpose="correction")
    post.later()
    assert line.corrections()[0].state == "confirmed"
    assert line.report().state == "sent"


@one_kind
def test_after_a_restore_what_may_have_left_before_waits_for_a_person(post: Post, line: Line) -> None:
    post.address()
    plan_due(line.at_work(), MAIN, post.ways)
    with line.db.write() as session:
        note_restore(session, line.now, line.now - timedelta(days=1))
    post.later()
    (row,) = post.rows()
    assert row.state == "unsure" and post.channel.arrived == []
    say(line.at_work(), MAIN, post.ways, row.id, "not_left", CORA, "They have nothing.")
    post.later()
    assert post.states() == ["sent"] and line.report().state == "sent"


@one_kind
def test_a_letter_signed_before_a_restore_does_not_leave_by_itself(post: Post, line: Line) -> None:
    key = post.address()
    with line.db.write() as session:
        note_restore(session, line.now, line.now - timedelta(days=1))
    post.later()
    assert post.rows() == [] and line.report().owner == "coordinator"
    post.send(key)
    post.later()
    assert post.states() == ["sent"]


@one_kind
def test_a_letter_that_went_to_somebody_else_is_called_back_and_owed_again(post: Post, line: Line) -> None:
    key = post.address()
    post.run()
    assert recall(line.at_work(), MAIN, line.owed.id, "wrong_recipient", CORA, "They called.") == 1
    report = line.report()
    assert (report.state, report.sent_at) == ("signed", None)
    (address,) = rows_of(line.db, AddressRow, id=key)
    assert address.closed_at is not None
    with line.db.read() as session:
        (got,) = sheet(session, MAIN, line.owed.id)
    assert (got.row.name, got.row.channel, got.row.sent_at) == (report.referrer_name, "direct", line.now)
    assert got.recalled is not None and (got.recalled.by, "They called." in got.recalled.words) == (CORA, True)
    post.later()
    line.look()
    assert len(post.channel.arrived) == 1 and line.report().state == "signed", "nothing leaves to a closed address"


@one_kind
def test_what_belongs_to_another_patient_is_held_and_what_has_not_left_stays(post: Post, line: Line) -> None:
    post.address()
    plan_due(line.at_work(), MAIN, post.ways)
    assert recall(line.at_work(), MAIN, line.owed.id, "wrong_patient", CORA) == 0
    assert (line.report().state, post.states()) == ("held", ["cancelled"])
    post.later()
    line.look()
    assert post.channel.arrived == [] and line.report().state == "held"
    with pytest.raises(UsageError):
        recall(line.at_work(), MAIN, line.owed.id, "wrong_patient", CORA)


@one_kind
def test_what_an_office_does_not_want_is_remembered(line: Line) -> None:
    post = Post(line, Scripted("direct"), Scripted("fax"))
    post.address("(617) 555-0142", channel="fax")
    referrer = line.report().referrer_key or ""
    opt_out(line.at_work(), MAIN, referrer, "paper", CORA, "Their manager called.")
    post.run()
    assert post.rows() == [] and line.report().owner == "coordinator"
    with pytest.raises(NotPlanned, match="Their manager called"):
        post.send(rows_of(line.db, AddressRow)[0].id)
    post.address()
    post.run()
    assert [(one.channel, one.state) for one in post.rows()] == [("direct", "sent")]
    opt_in(line.at_work(), MAIN, referrer, "paper", CORA)
    with pytest.raises(UsageError):
        opt_in(line.at_work(), MAIN, referrer, "paper", CORA)


@one_kind
def test_the_notice_of_a_missed_visit_that_was_released_leaves_and_by_that_the_referrer_is_told(
    post: Post, line: Line
) -> None:
    booked = next(one for one in BOX.resources if one["resourceType"] == "Appointment")
    again = {"id": "missed", "status": "noshow", "start": "2026-11-24T13:00:00Z", "end": "2026-11-24T13:30:00Z"}
    line.put({**booked, **again})
    line.look()
    missed = next(one for one in rows_of(line.db, Obligation, kind="no_show") if one.state == "owed")
    draft_notice(line.work, MAIN, missed.id, CORA)
    given = {"referrer": missed.referrer_key, "name": "Dr. Lee", "channel": "direct", "to": "lee@direct.example.org"}
    check_address(line.work, MAIN, add_address(line.work, MAIN, given, CORA), CORA)
    plan_due(line.work, MAIN, post.ways)
    assert not [one for one in post.rows() if one.obligation == missed.id], "nobody released it"
    with line.db.read() as session:
        sha256 = drafts.papers(session, MAIN, missed.id)["no-show-notice"].sha256
    release_notice(line.work, MAIN, missed.id, sha256, CORA)
    post.run()
    (row,) = [one for one in post.rows() if one.obligation == missed.id]
    assert (row.state, row.purpose) == ("sent", "notice")
    (told,) = rows_of(line.db, Obligation, id=missed.id)
    assert told.state == "confirmed"
    line.look()
    assert rows_of(line.db, Obligation, id=missed.id)[0].state == "confirmed"
    say(line.at_work(), MAIN, post.ways, row.id, "wrong_office", CORA)
    assert rows_of(line.db, Obligation, id=missed.id)[0].state == "owed"
