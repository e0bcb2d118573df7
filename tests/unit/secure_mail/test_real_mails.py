"""What comes back as mail systems and HISPs really write it: each names its letter, or is for a person."""

from __future__ import annotations

import base64

import pytest

from loopclose.outbound.channels.secure_mail.answers import ANSWER, BY_A_SYSTEM, NO_REPORT
from loopclose.outbound.channels.secure_mail.notices import CUT, NAMELESS, TWO, Notice, Reader, Unclear
from loopclose.outbound.channels.secure_mail.opening import Opened
from loopclose.outbound.channels.secure_mail.reports import MOST_BYTES, NotReadable
from tests.unit.secure_mail.made import DELIVERY, SENDER, THEM, US, authority
from tests.unit.secure_mail.mails import NAME, OTHER, dsn, mdn
from tests.unit.secure_mail.test_notices import FINAL, SIGNED, THEIRS, Sealed, reader, told, unclear

FAILED = f"Final-Recipient: rfc822; {THEM}\nAction: failed\nStatus: 5.1.1\n"
HEADS = f"Message-ID: {NAME}\n"
RETURNED = f"Content-Type: text/rfc822-headers\n\n{HEADS}"


def coded(text: str) -> str:
    return base64.encodebytes(text.encode()).decode()


def report(status: str, returned: str = "", *, kind: str = "message/delivery-status", head: str = "") -> bytes:
    """A bounce; ``kind``: the type of its part, with headers below; ``head``: more headers of the mail."""
    behind = f"--B\n{returned}\n" if returned else ""
    return (
        f"From: postmaster@mx.example\nTo: {US}\n{head}"
        'Content-Type: multipart/report; report-type=delivery-status; boundary="B"\n\n'
        f"--B\nContent-Type: text/plain\n\nNicht zustellbar.\n\n--B\nContent-Type: {kind}\n\n{status}\n{behind}--B--\n"
    ).encode()


BASE64 = "message/delivery-status\nContent-Transfer-Encoding: base64"
BOUNCES = {
    "the Direct Project's software": report(f"Reporting-MTA: dns; x\nX-Original-Message-ID: {NAME}\n\n{FAILED}"),
    "an envelope's id in xtext": report(f"Original-Envelope-Id: {DELIVERY.replace('-', '+2D')}\n\n{FAILED}"),
    "an envelope's id in capitals": report(f"Original-Envelope-Id: <{DELIVERY.upper()}>\n\n{FAILED}"),
    "an envelope's id of a relay": report(f"Original-Envelope-Id: 4F2kXy12\n\n{FAILED}", RETURNED),
    "RFC 6533": report(
        f"Reporting-MTA: dns; x\n\n{FAILED.replace('rfc822', 'utf-8')}",
        f"Content-Type: message/global-headers\n\n{HEADS}",
        kind="message/global-delivery-status",
    ),
    "coded fields": report(coded(f"Reporting-MTA: dns; x\r\n\r\n{FAILED}"), RETURNED, kind=BASE64),
    "coded RFC 6533": report(
        coded(f"Reporting-MTA: dns; x\n\n{FAILED}"), RETURNED, kind=BASE64.replace("delivery", "global-delivery")
    ),
    "coded headers": report(
        f"X: y\n\n{FAILED}", f"Content-Type: text/rfc822-headers\nContent-Transfer-Encoding: base64\n\n{coded(HEADS)}"
    ),
    "no blank line": report(f"Reporting-MTA: dns; x\n{FAILED}", RETURNED),
    "a word with its stop": report(FAILED.replace("failed", "Failed;"), RETURNED),
    "only an answer": report(FAILED, head=f"In-Reply-To: {NAME}\n"),
    "a footer": (
        b"From: postmaster@mx.example\nContent-Type: multipart/mixed; boundary=O\n\n--O\n"
        + report(f"X: y\n\n{FAILED}", RETURNED).partition(f"To: {US}\n".encode())[2]
        + b"\n--O\nContent-Type: text/plain\n\nConfidential.\n--O--\n"
    ),
}
QMAIL = f"""From: MAILER-DAEMON@mx.example
Subject: failure notice

Hi. This is the qmail-send program at mx.example.
I'm afraid I wasn't able to deliver your message to the following addresses.
This is a permanent error; I've given up. Sorry it didn't work out.

<{THEM}>:
Sorry, no mailbox here by that name. (#5.1.1)

--- Below this line is a copy of the message.

Return-Path: <{US}>
{HEADS}
"""
EXIM = f"""From: Mail Delivery System <Mailer-Daemon@mx.example>
X-Failed-Recipients: {THEM}
Auto-Submitted: auto-replied

A message that you sent could not be delivered. The following address(es) failed:
  {THEM}

------ This is a copy of the message's headers. ------

{HEADS}
"""


@pytest.mark.parametrize("content", BOUNCES.values(), ids=BOUNCES)
def test_a_bounce_names_its_letter_in_whatever_way_it_does(content: bytes) -> None:
    found = reader().read(content)
    assert isinstance(found, Notice) and found.delivery == DELIVERY
    assert (found.fate.state, found.fate.final, found.fate.address_is_bad) == ("failed", True, True)


def test_a_bounce_in_a_form_of_its_own_is_one() -> None:
    assert told(QMAIL.encode()) == ("failed", "The mail system could not deliver it (5.1.1).")
    assert told(EXIM.encode()) == ("failed", "The mail system could not deliver it.")
    assert told(QMAIL.replace("\n", "\r\n").encode())[0] == "failed"
    still = QMAIL.replace("This is a permanent error; I've given up.", "I am still trying.")
    assert unclear(still.encode()) == Unclear(BY_A_SYSTEM, DELIVERY)
    warned = EXIM.replace("A message", "THIS IS A WARNING MESSAGE ONLY. A message")
    assert unclear(warned.encode()) == Unclear(BY_A_SYSTEM, DELIVERY)
    assert unclear(EXIM.replace(HEADS, "").encode()) == Unclear(NAMELESS)
    assert unclear(f"From: {THEM}\n\n> {QMAIL}".encode()).words == NO_REPORT


@pytest.mark.parametrize("whom", ["member@elsewhere.example", f"x{THEM}"])
def test_the_address_of_somebody_behind_it_does_not_close_that_of_the_letter(whom: str) -> None:
    for content in (dsn("failed", "5.1.1").replace(THEM.encode(), whom.encode()), QMAIL.replace(THEM, whom).encode()):
        found = reader().read(content)
        assert isinstance(found, Notice) and found.fate.state == "failed" and not found.fate.address_is_bad


class Unsound:
    """In place of the opener: as if no anchor vouched for whoever signed."""

    def opened(self, content: bytes) -> Opened:
        raise NotReadable("Its signature is not good.")


def signed(inside: bytes) -> bytes:
    head = f'From: {THEM}\nContent-Type: multipart/signed; boundary="S"\n\n--S\n'.encode()
    return head + inside + b"\n--S\nContent-Type: application/pkcs7-signature\n\nAAAA\n--S--\n"


def test_whoever_signed_a_bounce_it_is_one_and_a_receipt_is_none() -> None:
    unsound = Reader(SENDER, {DELIVERY: THEM}.get, Unsound())
    assert told(signed(dsn("failed", "5.1.1")), unsound)[0] == "failed"
    assert unclear(signed(mdn(SIGNED + "displayed")), unsound) == Unclear("Its signature is not good.", DELIVERY)


def test_what_cannot_be_opened_is_named_by_what_it_answers() -> None:
    by = Reader(SENDER, {DELIVERY: THEM}.get, Sealed())
    content = f"In-Reply-To: {NAME}\nContent-Type: application/pkcs7-mime\n\nAAAA".encode()
    assert unclear(content, by) == Unclear("It is encrypted, and our key does not open it.", DELIVERY)
    assert unclear(content + b"\n" * (MOST_BYTES - len(content)), by).words == CUT


@pytest.mark.parametrize(
    ("head", "words", "is_named"),
    [
        (f"References: <a@b.example> {NAME}\n", NO_REPORT, True),
        (f"In-Reply-To: {NAME} <a@b.example>\n", NO_REPORT, True),
        (f"Subject: RE: Report\n\n> {HEADS}", NO_REPORT, True),
        (f"In-Reply-To: {NAME}\nX-Auto-Response-Suppress: All\n", ANSWER, True),
        ("Precedence: auto_reply\n", ANSWER, False),
        (f"From: MAILER-DAEMON@mx.example\n\nNon remis.\n{HEADS}", BY_A_SYSTEM, True),
        (f"References: {NAME} <{OTHER}@direct.practice.example>\n", NO_REPORT, False),
    ],
    ids=range(7),
)
def test_a_person_is_told_which_letter_a_mail_is_about(head: str, words: str, is_named: bool) -> None:
    both = Reader(SENDER, {DELIVERY: THEM, OTHER: THEM}.get, reader().opener)
    assert unclear(f"{head}\nWrong patient.\n".encode(), both) == Unclear(words, DELIVERY if is_named else None)


def test_a_report_that_names_two_of_our_letters_is_about_none() -> None:
    both = Reader(SENDER, {DELIVERY: THEM, OTHER: THEM}.get, reader().opener)
    assert unclear(dsn("failed", envelope=OTHER), both) == Unclear(TWO)


@pytest.mark.parametrize(
    ("disposition", "more", "state"),
    [
        ("processed/error: decryption-failed", "", "failed"),
        ("processed/failure: unsupported format", "", "failed"),
        ("displayed (by a mail program)", "", "received"),
        ("displayed", "Failure:", "received"),
        ("dispatched;", FINAL, "received"),
        ("dispatched", f"{FINAL} false", "transmitted"),
        ("dispatched/warning", FINAL, "received"),
        ("displayed/mailbox-terminated", "", None),
        ("displayed/x-in-quarantine", "", None),
        ("displayed", "Error: no such chart", None),
        ("processed\nDisposition: x; displayed", "", None),
    ],
)
def test_a_receipt_with_more_beside_it(disposition: str, more: str, state: str | None) -> None:
    content = mdn(SIGNED + disposition, more=more)
    if state is None:
        assert "does not say" in unclear(content).words
    else:
        assert told(content)[0] == state


def test_a_receipt_beyond_ascii_is_one_and_one_that_only_answers_is_none() -> None:
    displayed = mdn(SIGNED + "displayed")
    assert told(displayed.replace(b"message/disposition", b"message/global-disposition"))[0] == "received"
    answers = b"In-Reply-To: " + NAME.encode() + b"\r\n" + mdn(SIGNED + "displayed", original=None)
    assert unclear(answers) == Unclear(NAMELESS, DELIVERY)


def test_in_an_office_with_one_certificate_a_receipt_is_of_the_mailbox_that_it_names() -> None:
    domain = reader(authority().issued("direct.referrer.example"))
    colleague = mdn(SIGNED + "displayed", sender="sam@direct.referrer.example")
    assert "another address" in unclear(colleague, domain).words
    assert "another address" in unclear(colleague, reader(THEIRS)).words
    by_system = mdn(SIGNED + "displayed").replace(f"Office <{THEM}".encode(), b"<postmaster@direct.referrer.example")
    assert told(by_system, domain)[0] == "received"
