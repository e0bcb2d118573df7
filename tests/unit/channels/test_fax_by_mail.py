"""A fax by a mail address: a finished mail that is frozen, and a fate that nobody can be asked for."""

from __future__ import annotations

import email
import email.policy
from dataclasses import dataclass, field

import pytest

from loopclose.outbound.channels.channel import Parcel
from loopclose.outbound.channels.fax import mail_channel
from loopclose.outbound.mail import FrozenMail, SendError
from tests.unit.channels.parcels import DELIVERY, TWO_PAGES, sending


@dataclass
class Kept:
    """A mailer that keeps what it gets, or refuses."""

    mails: list[FrozenMail] = field(default_factory=list)
    problem: SendError | None = None

    def send(self, mail: FrozenMail) -> str | None:
        if self.problem:
            raise self.problem
        self.mails.append(mail)
        return None


def test_the_mail_is_frozen_goes_to_the_number_and_says_nothing_of_anybody() -> None:
    mailer = Kept()
    channel = mail_channel(mailer, "{number}@fax.example", "office@practice.example")
    packed = channel.pack(sending("(617) 555-0123"))
    assert packed == channel.pack(sending("(617) 555-0123")), "the same bytes each time"
    taken = channel.send(Parcel(DELIVERY, "(617) 555-0123", packed))
    sent = mailer.mails[0]
    assert sent.recipients == ("16175550123@fax.example",) and sent.content == packed
    read = email.message_from_bytes(packed, policy=email.policy.default)
    assert read["Message-ID"] == sent.message_id == f"<{DELIVERY}@practice.example>"
    assert read["To"] == "16175550123@fax.example" and read["Subject"] == "Letter 7FK2-93XK"
    assert [one.get_content() for one in read.iter_attachments()] == [TWO_PAGES]
    assert not taken.is_sent and taken.note and channel.look_up(Parcel(DELIVERY, "6175550123", packed)) is None


def test_what_the_mail_server_says_is_handed_on() -> None:
    problem = SendError("No answer came.", final=False, unknown=True)
    channel = mail_channel(Kept(problem=problem), "{number}@fax.example", "office@practice.example")
    with pytest.raises(SendError) as told:
        channel.send(Parcel(DELIVERY, "6175550123", b""))
    assert told.value is problem
