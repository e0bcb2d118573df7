"""A mail as bytes: its headers, and its words read back."""

from __future__ import annotations

from datetime import datetime
from email import message_from_string
from email.message import EmailMessage
from email.policy import SMTP, SMTPUTF8, default
from email.utils import format_datetime

from loopclose.domain.addresses import parse_address

LONGEST_LINE = 998
"""RFC 5322 2.1.1."""


def as_bytes(sender: str, recipient: str, subject: str, text: str, message_id: str, at: datetime) -> bytes:
    """The mail as it will be sent every time; raises ``BadAddress`` for an address that no mail can be sent to.

    It says that a machine wrote it, so that no absence notice answers it (RFC 3834). Names in it may have any letters;
    it is in ASCII as far as its addresses allow.
    """
    whom, us = parse_address(recipient), parse_address(sender)
    mail = EmailMessage(policy=SMTP if whom.is_ascii and us.is_ascii else SMTPUTF8)
    mail["From"], mail["To"] = str(us), str(whom)
    mail["Subject"] = "".join(one if one.isprintable() else " " for one in subject)  # a name may have a line break
    mail["Message-ID"], mail["Date"] = message_id, format_datetime(at)
    mail["Auto-Submitted"], mail["X-Auto-Response-Suppress"] = "auto-generated", "All"
    short = all(len(line) <= LONGEST_LINE for line in text.splitlines())
    mail.set_content(text, cte="7bit" if text.isascii() and short else "quoted-printable")
    return mail.as_bytes()


def text_of(body: str) -> str:
    """The words of a mail that was frozen."""
    mail = message_from_string(body, policy=default)
    return str(mail.get_content()) if isinstance(mail, EmailMessage) else body
