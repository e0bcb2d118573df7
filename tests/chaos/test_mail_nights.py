"""Seeded nights against a mail server that misbehaves: nobody is untold for another's sake, and nothing twice.

``NIGHTS`` says how many, ``FIRST_NIGHT`` with which seed they begin. The rule where a server reads a whole mail and
closes the connection without a word: it has not taken it (RFC 5321 4.2.5), so the mail leaves again, the same bytes
under the same Message-ID.
"""

from __future__ import annotations

import os
import random
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest
from sqlalchemy import select

from loopclose.domain.addresses import BadAddress, parse_address
from loopclose.outbound.mail import SmtpMailer
from loopclose.store import mails
from loopclose.store.base import natural_id
from loopclose.store.engine import Database
from loopclose.store.obligations import Obligation
from loopclose.store.outbox import FAILED, SENT, Attempt
from loopclose.store.people import User
from loopclose.store.upgrade import open_database
from tests.store import mail_server as server
from tests.store.conftest import database_url, postgres  # noqa: F401
from tests.store.mail_server import Script, certified, listening
from tests.store.nights import DAY, HEAD, HOUR, MINUTE, NIGHT, House
from tests.store.practices import row

NIGHTS, FIRST = int(os.environ.get("NIGHTS", "20")), int(os.environ.get("FIRST_NIGHT", "1"))
LATER = (5, 20, 65, 200, 440, 680, 800, 920, 1040, 1160, 1280)
"""Minutes after the night at which what was put off is tried again."""
LONG = "l" * 60 + "@" + ".".join(["long" * 12] * 3) + ".example"
ONCE = (server.GREYLIST, server.PUT_OFF_DATA, server.CLOSE_AFTER_DATA, server.CLOSE_AT_RCPT)
FOR_GOOD, TAKES = (server.REFUSE, server.REFUSE_DATA), (server.TAKE, server.QUIT_421, server.CLOSE_AT_QUIT)
WEIGHTS = {server.TAKE: 10, server.QUIT_421: 3, server.CLOSE_AT_QUIT: 2}
WEIGHTS |= dict.fromkeys(ONCE, 2) | dict.fromkeys(FOR_GOOD, 2)


def addresses(rng: random.Random) -> list[str]:
    """Forty, of every kind; as an earlier release took them, so some are none."""
    kinds = (
        "user{}@practice.example",
        "jürgen{}@practice.example",
        "user{}@praxis-müller.example",
        '"user {}"@practice.example',
        "{}" + LONG,
        "user{}",
        "user{}\r\nbcc: all@practice.example",
    )
    plain = [kinds[0].format(no) for no in range(26)]
    return plain + [rng.choice(kinds[1:]).format(no) for no in range(26, 40)]


@dataclass
class Manners:
    """What the server does with each address, drawn once for it; the first time or two, or always."""

    rng: random.Random
    kind: dict[str, str]
    times: dict[str, int]

    def of(self, address: str, asked: int) -> str:
        """What it does this time."""
        if address not in self.kind:
            self.kind[address] = self.rng.choices(list(WEIGHTS), list(WEIGHTS.values()))[0]
            self.times[address] = self.rng.choice((1, 2))
        manner = self.kind[address]
        return server.TAKE if manner in ONCE and asked >= self.times[address] else manner


def settle_in(house: House, people: list[str]) -> None:
    """Everybody has something of their own that is due; two coordinators and a manager are there to be told."""
    staff = [("cora@practice.example", "coordinator"), ("coco@practice.example", "coordinator")]
    staff += [("leo@practice.example", "lead"), ("mona@practice.example", "manager")]
    owed = {"kind": "report", "state": "owed", "due_at": NIGHT + HOUR, "alert_after": NIGHT - DAY, "fired_rung": 0}
    with house.db.write() as session:
        for email, role in [*((one, "clinician") for one in people), *staff]:
            key = natural_id(house.name, "user", email)
            session.add(row(User, house.name, id=key, email=email, name=email.partition("@")[0], role=role))
        for no, email in enumerate(people):
            session.add(row(Obligation, house.name, id=f"o{no}", deadline_no=1, assigned_to=email, **owed))


def on_the_wire(email: str) -> str | None:
    try:
        return str(parse_address(email))
    except BadAddress:
        return None


@contextmanager
def misbehaving(rng: random.Random, folder: Path) -> Iterator[tuple[Script, Manners, SmtpMailer]]:
    """A server for one night, and the mailer that is configured for it."""
    manners = Manners(rng, {"leo@practice.example": server.TAKE, "mona@practice.example": server.TAKE}, {})
    tls, trusted = certified(folder)
    script = Script(manners.of, lambda: rng.random() < 0.1, smtputf8=rng.random() < 0.5, tls=tls)
    with listening(script) as port:
        yield script, manners, SmtpMailer("127.0.0.1", port, HEAD.sender, "starttls", ca=trusted, timeout=10)


@pytest.fixture(scope="module", params=["sqlite", "postgres"])
def db(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Database]:
    """One database a kind: each night is another practice in it."""
    opened = open_database(database_url(request.param, tmp_path_factory.mktemp("nights"), request))
    yield opened
    opened.close()


@pytest.mark.parametrize("seed", range(FIRST, FIRST + NIGHTS))
def test_a_night_of_forty_people(db: Database, tmp_path: Path, seed: int) -> None:
    rng = random.Random(seed)
    house, people = House(db, f"night{seed}"), addresses(rng)
    settle_in(house, people)
    with misbehaving(rng, tmp_path) as (script, manners, mailer):
        house.night(mailer)
        first = {mail.recipient for mail in script.accepted}
        tried = {email for email in people if script.asked[on_the_wire(email) or ""]}
        # whoever the server takes mail for has theirs, whatever became of the others; or it dropped TLS just then
        takes = {one for one in map(on_the_wire, tried) if one and manners.kind[one] in TAKES}
        assert takes <= first
        waiting = {one.recipients[0]: one.error or "" for one in house.messages(state="waiting")}
        for email in people:
            wire = on_the_wire(email)
            if email not in tried and wire and (wire.isascii() or script.smtputf8):
                assert "ended the connection before it took anything" in waiting[email]
        for minutes in LATER:
            house.later(mailer, NIGHT + minutes * MINUTE)

    accepted = Counter(mail.message_id for mail in script.accepted)
    assert not [key for key, times in accepted.items() if times > 1], "accepted, and sent again"
    bytes_of = {mail.message_id: mail.content for mail in script.accepted}
    assert all(bytes_of[one.message_id] == one.content for one in script.unanswered if one.message_id in bytes_of)

    got = Counter(mail.recipient for mail in script.accepted)
    by_email = {one.recipients[0]: one for one in house.messages(about="alerts")}
    with db.read() as session:
        unreachable = {one.email for one in mails.whom_alerts_do_not_reach(session, house.scope)}
        shown = {one.id for one in mails.newest(session, house.scope, most=1000)}
        unended = session.scalars(
            select(Attempt).where(Attempt.practice_id == house.name, Attempt.ended_at.is_(None))
        ).all()
    for email in people:
        wire, message = on_the_wire(email), by_email[email]
        can = wire is not None and (wire.isascii() or script.smtputf8) and manners.kind[wire] not in FOR_GOOD
        if can and wire is not None:
            assert got[wire] == 1 and message.state == SENT and email not in unreachable
        else:
            assert message.state == FAILED and message.error and email in unreachable
            told = [one.state for one in house.messages(about="unreachable", about_whom=email)]
            assert SENT in told and (wire is None or got[wire] == 0)
    assert set(by_email) >= set(people) and not unended
    assert {one.id for one in house.messages()} <= shown
    assert not [one for one in house.messages() if one.state not in (SENT, FAILED)]
