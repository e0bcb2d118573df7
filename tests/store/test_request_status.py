"""A referrer's system is told once that their request was accepted or declined, and nothing is owed by it."""

from __future__ import annotations

import base64
import io
import zipfile
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from email import message_from_bytes
from typing import Any

import pytest

from loopclose.config.channels.direct import DirectConfig
from loopclose.domain.delivering import GUESSED
from loopclose.flows.delivery.pack import NotPlanned
from loopclose.flows.delivery.plan import plan_due, plan_to
from loopclose.flows.delivery.said import add_address, check_address, opt_out, say
from loopclose.flows.delivery.send import send_due
from loopclose.flows.delivery.status import ANSWERED_ANEW, BY_DIRECT_ALONE, HELD
from loopclose.flows.site import sites
from loopclose.outbound.channels.channel import Fate
from loopclose.sandbox.search import Store
from loopclose.sandbox.server import SandboxServer
from loopclose.store.addresses import AddressRow
from loopclose.store.deliveries import DeliveryRow
from loopclose.store.engine import Database
from loopclose.store.obligations import Obligation
from loopclose.store.restores import note_restore
from tests.store.desks import rows_of
from tests.store.scripted import Post, Scripted, raises
from tests.store.test_corrections import BOX, CORA, MAIN, Line, one_kind
from tests.store.test_delivering import BUSY, WRONG

OURS = "1.2.36.1"
ASKED = {
    **next(one for one in BOX.resources if one["id"] == "sr0"),
    "id": "asked",
    "authoredOn": "2026-11-23T11:00:00Z",
}
ASKED["identifier"] = [{"system": "urn:oid:2.16.840.1.113883.3.9999.1", "value": "R777"}]
ASKED["requester"] = {"reference": "Practitioner/ref9"}
REFERRER = {
    "resourceType": "Practitioner",
    "id": "ref9",
    "identifier": [{"system": "http://hl7.org/fhir/sid/us-npi", "value": "1234567893"}],
    "name": [{"text": "Nine Sample, MD", "family": "Sample", "given": ["Nine"]}],
}
"""Of whom there is no other request."""
BOOKED = {
    **next(one for one in BOX.resources if one["id"] == "app0"),
    "id": "booked",
    "status": "booked",
    "start": "2026-12-08T15:00:00Z",
    "end": "2026-12-08T15:30:00Z",
    "basedOn": [{"reference": "ServiceRequest/asked"}],
}
TASK = {
    "resourceType": "Task",
    "id": "t1",
    "status": "rejected",
    "intent": "order",
    "code": {"coding": [{"system": "http://hl7.org/fhir/CodeSystem/task-code", "code": "fulfill"}]},
    "focus": {"reference": "ServiceRequest/asked"},
    "for": {"reference": "Patient/pat0"},
    "lastModified": "2026-11-24T12:00:00Z",
}


class Asked(Line):
    """A line of a practice with an OID, at which a request of 360X came in."""

    def __init__(self, db: Database, server: SandboxServer, oid: str | None = OURS) -> None:
        super().__init__(db, server)
        direct = {"main": DirectConfig.model_construct(oid=oid, answers_requests=True)}
        self.work = replace(self.work, config=self.work.config.model_copy(update={"direct": direct}))
        (self.site,) = sites(self.work.config)
        self.put(REFERRER, ASKED)
        self.look()

    def answers(self) -> list[Obligation]:
        return [one for one in rows_of(self.db, Obligation, kind="answer") if one.referral == "ServiceRequest/asked"]


@pytest.fixture
def line(db: Database) -> Iterator[Asked]:
    with SandboxServer(Store(BOX.resources)) as server:
        yield Asked(db, server)


@pytest.fixture
def post(line: Asked) -> Post:
    return Post(line)


def address(post: Post, to: str = "lee@direct.example.org", channel: str = "direct", check: bool = True) -> str:
    """Of who asked."""
    (answer,) = post.line.answers()  # type: ignore[attr-defined]
    given = {"referrer": answer.referrer_key, "name": "Dr. Four", "channel": channel, "to": to}
    key = add_address(post.line.at_work(), MAIN, given, CORA)
    if check:
        check_address(post.line.at_work(), MAIN, key, CORA)
    return key


def told(post: Post) -> list[DeliveryRow]:
    """What left of that request."""
    known = {one.id for one in post.line.answers()}  # type: ignore[attr-defined]
    return [one for one in post.rows() if one.purpose == "status" and one.obligation in known]


def content_of(post: Post, row: DeliveryRow) -> bytes:
    with post.line.db.read() as session:
        return session.get_one(DeliveryRow, ("main", row.id)).content


def state_of(post: Post) -> dict[str, tuple[str, Any]]:
    """What is owed, but for the answer."""
    found = rows_of(post.line.db, Obligation)
    return {one.id: (one.state, one.due_at) for one in found if one.referral != "ServiceRequest/asked"}


def test_a_booked_request_is_told_as_accepted_once_and_nothing_else_moves(post: Post, line: Asked) -> None:
    assert line.answers() == [], "nothing is owed before there is an answer"
    line.put(BOOKED)
    line.look()
    (answer,) = line.answers()
    assert (answer.state, answer.alert_after) == ("confirmed", None)
    address(post)
    before = state_of(post)
    post.run()
    (row,) = told(post)
    assert (row.state, row.channel, row.obligation, row.confirm) == ("sent", "direct", answer.id, None)
    message = content_of(post, row).decode()
    assert "OSU^O51^OSU_O51" in message and "|R777^^2.16.840.1.113883.3.9999.1^ISO|||IP|" in message
    assert f"^{OURS}^ISO" in message and "20261208150000" in message, "by when it is booked"
    say(line.at_work(), MAIN, post.ways, row.id, "arrived", CORA)
    with pytest.raises(NotPlanned, match="goes once"):
        plan_to(line.at_work(), MAIN, post.ways, answer.id, row.address, CORA)
    line.put({**BOOKED, "start": "2026-12-09T15:00:00Z", "end": "2026-12-09T15:30:00Z"})
    for _ in range(2):
        line.look()
        post.later()
    assert len(told(post)) == 1 and told(post)[0].state == "received"
    assert not rows_of(line.db, Obligation, kind="receipt", referral="ServiceRequest/asked")
    assert {one: state for one, (state, _) in state_of(post).items()} == {
        one: state for one, (state, _) in before.items()
    }


def test_a_request_that_the_ehr_declined_is_told_as_declined_and_as_accepted_once_it_is_booked_all_the_same(
    post: Post, line: Asked
) -> None:
    line.put(TASK)
    line.look()
    address(post)
    post.run()
    (row,) = told(post)
    assert row.state == "sent" and "|R777^^2.16.840.1.113883.3.9999.1^ISO|||CA|" in content_of(post, row).decode()
    post.later()
    line.put(BOOKED)
    line.look()
    post.later()
    assert [one.state for one in told(post)] == ["sent", "sent"]
    assert "|||IP|" in content_of(post, told(post)[1]).decode()
    assert [one.state for one in line.answers()] == ["confirmed"]


@one_kind
@pytest.mark.parametrize(
    "changed",
    [
        {"status": "proposed"},
        {"status": "waitlist"},
        {"status": "cancelled"},
        {"participant": [{"actor": {"reference": "Patient/pat0"}}, {"actor": {"reference": "Practitioner/ref3"}}]},
        {"basedOn": []},
    ],
)
def test_what_is_no_booking_with_us_accepts_nothing(line: Asked, changed: dict[str, Any]) -> None:
    line.put({**BOOKED, **changed})
    line.look()
    assert line.answers() == []


@one_kind
@pytest.mark.parametrize(
    "changed",
    [{"status": "cancelled"}, {"status": "requested"}, {"code": {"text": "Call the patient"}}, {"status": "completed"}],
)
def test_another_task_answers_nothing(line: Asked, changed: dict[str, Any]) -> None:
    line.put({**TASK, **changed})
    line.look()
    assert line.answers() == []


@one_kind
def test_without_an_oid_and_of_a_request_without_one_nothing_is_said(db: Database) -> None:
    with SandboxServer(Store(BOX.resources)) as server:
        line = Asked(db, server, oid=None)
        line.put(BOOKED)
        line.look()
        assert line.answers() == []
        numbered = Asked.__new__(Asked)
        numbered.__dict__.update(line.__dict__)
        direct = {"main": DirectConfig.model_construct(oid=OURS, answers_requests=True)}
        numbered.work = replace(line.work, config=line.work.config.model_copy(update={"direct": direct}))
        (numbered.site,) = sites(numbered.work.config)
        numbered.put({**ASKED, "identifier": [{"system": "https://ehr.example/orders", "value": "7"}]})
        numbered.look()
        assert numbered.answers() == []
        numbered.put(ASKED)
        numbered.look()
        assert len(numbered.answers()) == 1, "with both it is: the configuration is judged by anew"


@one_kind
def test_it_goes_to_a_checked_direct_address_of_a_known_referrer_alone(line: Asked) -> None:
    post = Post(line, Scripted("direct"), Scripted("fax"))
    line.put(BOOKED)
    line.look()
    fax = address(post, "(617) 555-0142", "fax")
    unchecked = address(post, check=False)
    post.run()
    assert told(post) == []
    (answer,) = line.answers()
    assert answer.owner == "coordinator"
    for key, why in ((fax, BY_DIRECT_ALONE), (unchecked, "compare")):
        with pytest.raises(NotPlanned, match=why if key == fax else None):
            plan_to(line.at_work(), MAIN, post.ways, answer.id, key, CORA)
    check_address(line.at_work(), MAIN, unchecked, CORA)
    plan_due(line.at_work(), MAIN, post.ways)
    with line.db.write() as session:
        session.get_one(Obligation, ("main", answer.id)).guessed = True
    send_due(line.at_work(), MAIN, post.ways)
    assert [(one.state, one.error) for one in told(post)] == [("cancelled", GUESSED)]


@one_kind
def test_it_goes_to_nobody_who_wants_nothing_by_direct(post: Post, line: Asked) -> None:
    line.put(BOOKED)
    line.look()
    address(post)
    opt_out(line.at_work(), MAIN, line.answers()[0].referrer_key or "", "direct", CORA, "They said so.")
    post.run()
    assert told(post) == []


@one_kind
def test_while_a_report_under_the_request_is_on_hold_nothing_is_said_of_it(post: Post, line: Asked) -> None:
    line.put(BOOKED)
    line.look()
    address(post)
    plan_due(line.at_work(), MAIN, post.ways)
    with line.db.write() as session:
        report = session.get_one(Obligation, ("main", line.owed.id))
        (answer,) = line.answers()
        report.referral, report.person, report.state = answer.referral, answer.person, "held"
    send_due(line.at_work(), MAIN, post.ways)
    assert [(one.state, one.error) for one in told(post)] == [("cancelled", HELD)]


@one_kind
def test_what_is_kept_back_of_every_report_is_kept_back_here(post: Post, line: Asked) -> None:
    line.put(BOOKED)
    line.look()
    key = address(post)
    practice = line.work.config.practice["main"].model_copy(update={"part2": True})
    line.work = replace(line.work, config=line.work.config.model_copy(update={"practice": {"main": practice}}))
    post.run()
    assert told(post) == []
    with pytest.raises(NotPlanned, match="Part 2"):
        plan_to(line.at_work(), MAIN, post.ways, line.answers()[0].id, key, CORA)


@one_kind
def test_a_booking_that_was_cancelled_before_it_left_is_not_told_and_old_answers_are_no_news(
    post: Post, line: Asked
) -> None:
    line.put(BOOKED)
    line.look()
    address(post)
    line.put({**BOOKED, "status": "cancelled"})
    line.look()
    post.run()
    assert told(post) == [], "the notice of the cancellation tells of it"
    line.put(BOOKED)
    line.look()
    line.hours += 24 * 15
    post.run()
    assert told(post) == []


@one_kind
def test_an_answer_that_changed_before_it_left_stays(post: Post, line: Asked) -> None:
    line.put(TASK)
    line.look()
    address(post)
    plan_due(line.at_work(), MAIN, post.ways)
    line.put(BOOKED)
    line.look()
    send_due(line.at_work(), MAIN, post.ways)
    states = sorted((one.state, one.error) for one in told(post))
    assert states == [("cancelled", ANSWERED_ANEW), ("planned", None)], "what is true now leaves instead"


@one_kind
def test_a_failure_goes_to_the_next_direct_address_and_never_twice_to_one(post: Post, line: Asked) -> None:
    line.put(BOOKED)
    line.look()
    address(post)
    address(post, "two@direct.example.org")
    post.channel.script = [raises(BUSY), raises(WRONG)]
    post.run()
    assert [one.state for one in told(post)] == ["waiting"]
    post.later()
    post.later()
    assert sorted(one.state for one in told(post)) == ["failed", "sent"]
    sent = next(one for one in told(post) if one.state == "sent")
    post.channel.fates = [Fate("failed", words="It came back.", address_is_bad=True)]
    say(line.at_work(), MAIN, post.ways, sent.id, "wrong_office", CORA)
    post.later()
    assert len(told(post)) == 2 and [one.state for one in line.answers()] == ["confirmed"]
    assert rows_of(line.db, AddressRow, id=sent.address)[0].closed_at is not None


@one_kind
def test_after_a_restore_it_does_not_leave_again(post: Post, line: Asked) -> None:
    line.put(BOOKED)
    line.look()
    address(post)
    with line.db.write() as session:
        note_restore(session, line.now + timedelta(hours=1), line.now - timedelta(days=1))
    post.later()
    assert told(post) == []


@one_kind
def test_a_request_that_was_reported_already_is_not_told_as_accepted(post: Post, line: Asked) -> None:
    line.put(BOOKED)
    line.look()
    address(post)
    with line.db.write() as session:
        report = session.get_one(Obligation, ("main", line.owed.id))
        (answer,) = line.answers()
        report.referral, report.person, report.state = answer.referral, answer.person, "sent"
    post.run()
    assert told(post) == []


def test_the_package_of_direct_has_the_message_alone_and_names_nobody_outside(line: Asked) -> None:
    """As the real channel packs it, but for the encryption."""
    from loopclose.domain.addresses import parse_address
    from loopclose.flows.delivery.status import status_of_request
    from loopclose.outbound.channels.channel import Sending
    from loopclose.outbound.channels.secure_mail.message import entity, headers
    from loopclose.outbound.channels.secure_mail.xdm import package

    line.put(BOOKED)
    line.look()
    (answer,) = line.answers()
    with line.db.read() as session:
        owed = session.get_one(Obligation, ("main", answer.id))
        about, message = status_of_request(line.at_work(), session, MAIN, owed, answer.id, line.now)
    sender, to = parse_address("a@direct.practice.example"), parse_address("b@direct.example.org")
    sending = Sending(answer.id, str(to), "ABCD-EFGH", line.now, about, (message,))
    outside = headers(sending, sender, to, is_direct=True).decode()
    assert "Subject: Status of a referral" in outside
    zipped = package(sending, sending.enclosures, sender, to)
    mail = message_from_bytes(entity(sending, [zipped]))
    words, attached = mail.get_payload()
    assert "no report in it" in words.get_payload() and "confirm" not in words.get_payload()  # type: ignore[union-attr]
    with zipfile.ZipFile(io.BytesIO(base64.b64decode(attached.get_payload()))) as archive:  # type: ignore[arg-type,union-attr]
        names = archive.namelist()
        inside = archive.read("IHE_XDM/SUBSET01/DOC00001.HL7").decode()
    assert [one for one in names if "DOC" in one] == ["IHE_XDM/SUBSET01/DOC00001.HL7"]
    assert "OSU^O51" in inside and "Mockley-0" in inside and "Mockley" not in outside
