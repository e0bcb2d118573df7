"""Bounces that are no reports by RFC 3464: those of qmail, by a form of their own, and those of older Exims.

They say that a mail failed, in text; nothing else is taken from them. Anybody can write one: like a DSN, one that is
forged brings a person to look.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from email.message import Message

from loopclose.outbound.channels.secure_mail.reports import DSN, Report, header, text_of

_RECIPIENT = re.compile(r"<([^<>\s]{1,254})>:$", re.MULTILINE)
_STATUS = re.compile(r"#([245]\.[0-9]{1,3}\.[0-9]{1,3})\b")
_ADDRESS = re.compile(r"[^<>\s,;]{1,64}@[^<>\s,;]{1,255}")
_MESSAGE_ID = re.compile(r"^Message-ID:\s*(<[^<>\s]{1,998}>)", re.MULTILINE | re.IGNORECASE)
_OPENS, _FOR_GOOD = "Hi. This is the", "permanent error"
"""How qmail's begin (QSBMF, cr.yp.to/proto/qsbmf.txt), and how they say that it gave up."""
FAILED_RECIPIENTS = "X-Failed-Recipients"
"""The header in which Exim names whom a mail did not reach; others put it on word of a delay too."""
_GOES_ON = ("warning message only", "need to resend", "still trying", "continue to try", "will be retried")


def bounce_of(message: Message) -> Report | None:
    """The bounce that this mail is, as a report that failed; None where it is none."""
    text = text_of(message).replace("\r\n", "\n")
    named = _ADDRESS.findall(header(message, FAILED_RECIPIENTS))
    said, _, below = text.lstrip().partition("\n-")
    if said.startswith(_OPENS) and _FOR_GOOD in said:
        blocks = list(_of_qmail(said))
    elif named and not any(one in text.lower() for one in _GOES_ON):
        blocks, below = [_failed(one, "") for one in named], text
    else:
        return None
    found = _MESSAGE_ID.search(below)
    answers = header(message, "In-Reply-To")
    return Report(DSN, blocks, found.group(1) if found else "", answers)


def _of_qmail(said: str) -> Iterator[dict[str, str]]:
    """A paragraph for each address, with its status behind a #."""
    for paragraph in said.split("\n\n")[1:]:
        whom = _RECIPIENT.search(paragraph)
        if whom is not None:
            status = _STATUS.search(paragraph)
            yield _failed(whom.group(1), status.group(1) if status else "")


def _failed(address: str, status: str) -> dict[str, str]:
    return {"action": "failed", "final-recipient": f"rfc822; {address}", "status": status}
