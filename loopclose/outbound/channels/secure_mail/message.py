"""The message around a letter, before it is signed: nothing of the patient stands outside of what is encrypted."""

from __future__ import annotations

from collections.abc import Sequence
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import format_datetime

from loopclose.domain.addresses import Address
from loopclose.outbound.channels.channel import Enclosure, Sending

SUBJECT, SUBJECT_OF_STATUS = "Report on a referral", "Status of a referral"
WORDS = "A report about a patient who was referred is enclosed.\nTo confirm it: {code}\n"
WORDS_OF_STATUS = "A message for your system is enclosed: whether a referral is accepted. There is no report in it.\n"
DIRECT_OPTIONS = "X-DIRECT-FINAL-DESTINATION-DELIVERY=optional,true"
"""Asks a Direct system for word of the final delivery (Implementation Guide for Delivery Notification in Direct)."""


def message_id(delivery: str, sender: Address) -> str:
    """How the message is called, at each try: by the delivery's id, so that answers which quote it are told apart."""
    return f"<{delivery}@{sender.domain}>"


def headers(sending: Sending, sender: Address, to: Address, *, is_direct: bool) -> bytes:
    """What stands before the encrypted part, and can be read on the way."""
    lines = [
        f"From: <{sender}>",
        f"To: <{to}>",
        f"Subject: {SUBJECT_OF_STATUS if sending.is_status else SUBJECT}",
        f"Date: {format_datetime(sending.at)}",
        f"Message-ID: {message_id(sending.delivery, sender)}",
        f"Disposition-Notification-To: <{sender}>",
        *([f"Disposition-Notification-Options: {DIRECT_OPTIONS}"] if is_direct else []),
        "MIME-Version: 1.0",
    ]
    return "".join(f"{line}\r\n" for line in lines).encode()


def entity(sending: Sending, files: Sequence[Enclosure]) -> bytes:
    """What is signed: a few words, and the files. The same bytes for the same letter; lines end with CRLF."""
    mail = EmailMessage(policy=SMTP)
    mail.set_content(WORDS_OF_STATUS if sending.is_status else WORDS.format(code=sending.code))
    for one in files:
        kind, _, subtype = one.media_type.partition("/")
        mail.add_attachment(one.content, maintype=kind, subtype=subtype, filename=one.name, cte="base64")
    mail.set_boundary(f"=_{sending.delivery}")
    del mail["MIME-Version"]
    return mail.as_bytes()
