"""What our mailbox is asked: reading marks and deletes nothing, and a mail comes again until it is acknowledged."""

from __future__ import annotations

import imaplib
from typing import Any

import pytest

from loopclose.outbound.channels.secure_mail.mailbox import Mail, Mailbox, OpenMailbox
from loopclose.outbound.mail import SendError


class Server:
    """In place of an IMAP server: mails by number, and what was asked."""

    def __init__(self, **mails: bytes) -> None:
        self.mails = {one.removeprefix("n"): content for one, content in mails.items()}
        self.seen: set[str] = set()
        self.asked: list[tuple[str, ...]] = []
        self.answer = "OK"

    def uid(self, *command: str) -> tuple[str, list[Any]]:
        self.asked.append(command)
        if command[0] == "SEARCH":
            return self.answer, [" ".join(one for one in self.mails if one not in self.seen).encode()]
        if command[0] == "STORE":
            self.seen.add(command[1])
            return self.answer, [None]
        content = self.mails.get(command[1])
        head = f"1 (UID {command[1]} BODY[]<0> {{{len(content or b'')}}}".encode()
        return self.answer, [(head, content), b")"] if content is not None else [None]


def box(server: object) -> OpenMailbox:
    return OpenMailbox(server)  # type: ignore[arg-type]


def test_mails_come_by_number_the_oldest_first_until_they_are_acknowledged() -> None:
    server = Server(n10=b"ten", n9=b"nine", n100=b"hundred")
    assert [one.uid for one in box(server).unseen()] == [9, 10, 100]
    mails = list(box(server).unseen())
    assert mails[0] == Mail(9, b"nine")
    box(server).acknowledge(mails[0])
    assert [one.uid for one in box(server).unseen()] == [10, 100]
    assert {one[0] for one in server.asked} == {"SEARCH", "FETCH", "STORE"}
    assert all("PEEK" in one[2] for one in server.asked if one[0] == "FETCH"), "or reading would mark it"
    assert [one[2:] for one in server.asked if one[0] == "STORE"] == [("+FLAGS.SILENT", r"(\Seen)")]


def test_an_empty_mailbox_and_a_mail_that_is_gone_are_no_trouble() -> None:
    assert list(box(Server()).unseen()) == []
    server = Server(n1=b"one", n2=b"two")
    mails = box(server).unseen()
    assert next(mails).uid == 1
    del server.mails["2"]
    assert list(mails) == []


def test_what_the_server_refuses_or_breaks_off_is_told_and_never_taken_for_an_empty_mailbox() -> None:
    server = Server(n1=b"one")
    server.answer = "NO"
    with pytest.raises(SendError, match="refused SEARCH") as told:
        list(box(server).unseen())
    assert told.value.at_server and not told.value.final

    class Broken:
        def uid(self, *command: str) -> object:
            raise imaplib.IMAP4.abort("socket error: EOF")

    with pytest.raises(SendError, match="ended the connection"):
        box(Broken()).acknowledge(Mail(1, b""))


def test_the_password_is_not_shown() -> None:
    assert "s3cret" not in repr(Mailbox("imap.example", "letters", "s3cret"))
