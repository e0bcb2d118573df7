"""The night run: each alert once, in one frozen mail, however often it is run."""

from __future__ import annotations

import socket
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import timedelta
from email import message_from_bytes
from pathlib import Path
from typing import Any

import pytest
from aiosmtpd.controller import Controller
from sqlalchemy import select, update

from loopclose.clock import fixed
from loopclose.flows.night.nightly import nightly
from loopclose.flows.site import Site
from loopclose.outbound.digest import MOST
from loopclose.outbound.mail import FolderMailer, FrozenMail, SendError, SmtpMailer
from loopclose.outbound.occasion import Letterhead
from loopclose.sandbox.server import serve
from loopclose.store.engine import Database
from loopclose.store.outbox import Alert, Message
from loopclose.store.people import PatientRow, User
from tests.store.line import NOW, add_people, lines, read, sandbox, site

HEAD = Letterhead("loopclose@practice.example", "https://loopclose.example", True)


@dataclass
class Post:
    """A mailer that keeps what it gets, or refuses it."""

    got: list[FrozenMail] = field(default_factory=list)
    refuse: bool = False
    die: bool = False

    def send(self, mail: FrozenMail) -> None:
        """Keep, refuse, or take it and die before anybody learns of it."""
        if self.refuse:
            raise SendError("The mail server answered 451.", final=False)
        self.got.append(mail)
        if self.die:
            raise KeyboardInterrupt


@pytest.fixture
def where(db: Database) -> Iterator[Site]:
    box = sandbox("tidy", 40)
    with serve(box) as server:
        found = site(box, server)
        read(db, found)
        add_people(db)
        yield found


def run(db: Database, where: Site, mailer: Any, days: float = 0, **more: Any) -> Any:
    clock = fixed(NOW + timedelta(days=days))
    return nightly(db, clock, where.scope, where.practice, where.ladder, mailer, HEAD, **more)


def test_a_night_tells_each_person_once_and_again_adds_nothing(db: Database, where: Site) -> None:
    post = Post()
    first = run(db, where, post)
    assert first.late > 0 and first.failed == 0 and first.messages_sent == len(post.got) > 0
    assert len({mail.recipients for mail in post.got}) == len(post.got)
    before = lines(db, where)
    again = run(db, where, post)
    assert (again.alerts, again.messages_sent, again.already_sent) == ([], 0, first.messages_sent)
    assert lines(db, where) == before


def test_each_alert_is_in_exactly_one_message(db: Database, where: Site) -> None:
    for day in range(3):
        run(db, where, Post(), day)
    with db.read() as session:
        alerts = session.scalars(select(Alert)).all()
        messages = {m.id: m for m in session.scalars(select(Message))}
    assert alerts and all(messages[alert.message or ""].recipients == [alert.recipient] for alert in alerts)
    for key, message in messages.items():  # no mail is longer than a person reads
        carried = {alert.obligation for alert in alerts if alert.message == key}
        named = {one for one in carried if one in message.body}
        assert len(named) == min(len(carried), MOST)


def test_rungs_rise_one_a_date(db: Database, where: Site) -> None:
    for day in range(5):
        run(db, where, Post(), day)
    with db.read() as session:
        alerts = session.scalars(select(Alert)).all()
    rungs: dict[tuple[str, int], set[int]] = {}
    for alert in alerts:
        rungs.setdefault((alert.obligation, alert.deadline_no), set()).add(alert.rung)
    assert any(found == {1, 2, 3, 4} for found in rungs.values())
    assert all(found == set(range(1, max(found) + 1)) for found in rungs.values())


def test_a_death_between_acceptance_and_commit_sends_the_same_bytes_again(db: Database, where: Site) -> None:
    dying, post = Post(die=True), Post()
    with pytest.raises(KeyboardInterrupt):
        run(db, where, dying)
    run(db, where, post)
    assert dying.got[0] in post.got and len({mail.message_id for mail in post.got}) == len(post.got)


def test_what_is_refused_stays_visible_and_leaves_the_next_night(db: Database, where: Site) -> None:
    failed = run(db, where, Post(refuse=True))
    assert failed.failed > 0 and failed.messages_sent == 0
    with db.read() as session:
        assert {m.error for m in session.scalars(select(Message))} == {"The mail server answered 451."}
    assert run(db, where, Post(), 1).messages_sent >= failed.failed


def test_a_mail_that_cannot_be_made_keeps_no_other_from_leaving(db: Database, where: Site) -> None:
    class Strict(Post):
        def send(self, mail: FrozenMail) -> None:
            if mail.recipients == ("cora@demo.example",):
                raise UnicodeError("label too long")
            super().send(mail)

    post = Strict()
    result = run(db, where, post)
    assert result.failed == 1 and result.messages_sent == len(post.got) > 0
    with db.read() as session:
        (left,) = session.scalars(select(Message).where(Message.state != "sent"))
    assert left.error == "The mail could not be handed over (UnicodeError)." and left.state == "waiting"


def test_an_alert_that_nobody_can_receive_is_failed(db: Database, where: Site) -> None:
    with db.write() as session:
        session.execute(update(User).where(User.role == "coordinator").values(disabled=True))
    result = run(db, where, Post())
    assert result.failed > 0 and any(alert["recipient"] == "nobody:coordinator" for alert in result.alerts)


def test_without_mail_everything_is_failed(db: Database, where: Site) -> None:
    assert run(db, where, None).failed > 0


def test_a_dry_run_changes_nothing(db: Database, where: Site) -> None:
    before = lines(db, where)
    assert run(db, where, Post(), dry_run=True).alerts and lines(db, where) == before


def test_no_mail_names_a_patient(db: Database, where: Site) -> None:
    post = Post()
    run(db, where, post)
    with db.read() as session:
        names = {word for name in session.scalars(select(PatientRow.name)) for word in (name or "").split()}
    for mail in post.got:
        text = message_from_bytes(mail.content)
        assert text["Subject"].startswith("[rehearsal] ")
        assert not any(name in mail.content.decode() for name in names)


def test_a_real_mail_server_gets_every_mail(db: Database, where: Site, tmp_path: Path) -> None:
    class Inbox:
        def __init__(self) -> None:
            self.got: list[bytes] = []

        async def handle_DATA(self, server: Any, session: Any, envelope: Any) -> str:
            self.got.append(envelope.content)
            return "250 taken"

    inbox = Inbox()
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    controller = Controller(inbox, hostname="127.0.0.1", port=port)
    controller.start()
    try:
        result = run(db, where, SmtpMailer("127.0.0.1", port, "loopclose@practice.example", "none"))
    finally:
        controller.stop()
    assert result.messages_sent == len(inbox.got) > 0 and result.failed == 0
    with db.read() as session:
        wanted = {m.message_id for m in session.scalars(select(Message))}
    assert {message_from_bytes(mail)["Message-ID"] for mail in inbox.got} == wanted
    FolderMailer(tmp_path).send(FrozenMail("<a@b>", ("x@y",), b"hello"))
    assert (tmp_path / "a.eml").read_bytes() == b"hello"


def test_nobody_listening_is_temporary() -> None:
    with pytest.raises(SendError) as told:
        SmtpMailer("127.0.0.1", 9, "a@b", "none").send(FrozenMail("<a@b>", ("x@y",), b"hello"))
    assert not told.value.final
