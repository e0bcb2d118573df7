"""Where letters leave only when somebody sends them, nothing else makes one leave: no failure, no wrong office."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta

import pytest
from pydantic import SecretStr
from sqlalchemy import select

from loopclose.flows.delivery import confirmed
from loopclose.flows.delivery.confirmed import tell_wrong_office
from loopclose.flows.delivery.opened import open_copy
from loopclose.flows.delivery.said import say
from loopclose.flows.delivery.send import send_due
from loopclose.outbound.channels.channel import Fate
from loopclose.outbound.mail import SendError
from loopclose.sandbox.search import Store
from loopclose.sandbox.server import SandboxServer
from loopclose.store import letter_waits, signatures
from loopclose.store.deliveries import DeliveryRow
from loopclose.store.engine import Database
from tests.store.scripted import Post, Scripted, raises
from tests.store.test_corrections import BOX, CORA, MAIN, Line

PAGE = "https://confirm.example.org"
MINUTES, HOURS = timedelta(minutes=59), timedelta(hours=1)


@pytest.fixture
def line(db: Database) -> Iterator[Line]:
    with SandboxServer(Store(BOX.resources)) as server:
        found = Line(db, server)
        config = found.work.config
        delivery = config.delivery.model_copy(update={"automatic": False, "page_address": PAGE})
        web = config.web.model_copy(update={"secret": SecretStr("a key of thirty-two characters at least")})
        found.work = replace(found.work, config=config.model_copy(update={"delivery": delivery, "web": web}))
        yield found


class ByHand(Post):
    """Two addresses that may be used; a letter leaves when somebody presses Send."""

    def __init__(self, line: Line, way: Scripted, first: str, following: str) -> None:
        super().__init__(line, way)
        self.first = self.address(first, channel=way.name, rank=1)
        self.next = self.address(following, channel=way.name, rank=2)

    def press(self, address: str) -> str:
        key = self.send(address)
        send_due(self.line.at_work(), MAIN, self.ways)
        return key

    def waits(self) -> list[str]:
        """What the page Sent says that somebody has to do."""
        with self.line.db.read() as session:
            return [
                one.code for one in letter_waits.waiting_for_a_person(session, MAIN, self.line.now, automatic=False)
            ]


@pytest.fixture
def post(line: Line) -> ByHand:
    return ByHand(line, Scripted(), "lee@direct.example.org", "other@direct.example.org")


def is_the_coordinators_to_send(post: ByHand) -> None:
    """The letter is at no other address, nor on its way there, and the page Sent says that it waits."""
    for _ in range(3):
        post.later()
    assert [one.address for one in post.rows()] == [post.first]
    assert {key for key, _, _ in post.channel.arrived} <= {post.rows()[0].id}
    report = post.line.report()
    assert (report.state, report.owner) == ("signed", "coordinator")
    assert report.alert_after is not None, "its ladder goes on"
    assert post.waits() == ["usable"]
    post.press(post.next)
    assert [one.address for one in post.rows() if one.state in ("sent", "underway")] == [post.next]
    assert post.waits() == []


def test_a_signed_letter_waits_for_send_and_the_page_sent_says_so(post: ByHand, line: Line) -> None:
    post.later()
    assert post.rows() == [] and post.waits() == ["usable"]
    with line.db.read() as session:
        signed = max(one.at for one in signatures.signatures_of(session, MAIN, line.report().id))
        soon, later = (letter_waits.waiting_for_a_person(session, MAIN, signed + one) for one in (MINUTES, HOURS))
    assert soon == [], "elsewhere it leaves by itself"
    assert [one.code for one in later] == ["usable"], "and where it did not, somebody has to send it"


def test_the_wrong_office_on_the_confirmation_page_makes_nothing_leave(
    post: ByHand, line: Line, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(confirmed, "ways_of", lambda *_: post.ways)
    post.press(post.first)
    with line.db.read() as session:
        content = session.scalars(select(DeliveryRow.content)).one().decode()
    found = re.search(rf"{PAGE}/(\w+)", content)
    assert found is not None
    copy = open_copy(line.at_work(), found[1])
    assert copy is not None
    tell_wrong_office(line.at_work(), copy)
    assert post.states() == ["failed"]
    is_the_coordinators_to_send(post)


def test_the_wrong_office_that_somebody_of_ours_heard_of_makes_nothing_leave(post: ByHand, line: Line) -> None:
    say(line.at_work(), MAIN, post.ways, post.press(post.first), "wrong_office", CORA)
    is_the_coordinators_to_send(post)


def test_an_address_that_refuses_makes_nothing_leave(post: ByHand) -> None:
    post.channel.script = [raises(SendError("There is no such mailbox.", final=True))]
    post.press(post.first)
    assert post.states() == ["failed"]
    is_the_coordinators_to_send(post)


def test_what_a_channel_says_later_makes_nothing_leave(line: Line) -> None:
    post = ByHand(line, Scripted("fax", ("fax",)), "(617) 555-0142", "(617) 555-0143")
    post.press(post.first)
    assert post.states() == ["underway"]
    post.channel.fates = [Fate("failed", words="There is no such number.", final=True)]
    post.later()
    assert post.states() == ["failed"]
    is_the_coordinators_to_send(post)
