"""What a mail in our mailbox says of a letter, if it may be believed. Pure, but for the opening of what is encrypted.

Believed is: a DSN that names the letter on its envelope or quotes its Message-ID, since it shows transmission or a
failure and never receipt; an MDN from the recipient's address that names the letter, in Direct signed by the recipient
or its domain (Applicability Statement for Secure Health Transport: confirmation is by signed and encrypted MDN).
Everything else proves nothing, and is kept for a person.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from email.message import Message
from email.utils import parseaddr
from typing import Protocol

from loopclose.domain.addresses import Address, BadAddress, parse_address
from loopclose.outbound.channels.channel import Fate
from loopclose.outbound.channels.secure_mail.meaning import envelope_id, of_dsn, of_mdn
from loopclose.outbound.channels.secure_mail.opening import Opened
from loopclose.outbound.channels.secure_mail.reports import (
    DSN,
    NotReadable,
    Report,
    date_of,
    header,
    part_of,
    report_of,
)

_UUID = r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}"
_DELIVERY = re.compile(_UUID)
_MESSAGE = re.compile(rf"<?({_UUID})@([^<>@\s]{{1,255}})>?")
ANSWER = "It is an automatic answer, such as an absence notice."
NO_REPORT = "It is no report: perhaps somebody wrote an answer."

SentTo = Callable[[str], str | None]
"""By id of a delivery: the address that it went to; None where there is no such delivery."""


@dataclass(frozen=True)
class Notice:
    """What became of a letter, as the channel tells."""

    delivery: str
    fate: Fate


@dataclass(frozen=True)
class Unclear:
    """A mail that proves nothing, and is for a person to read; its words are one sentence without anything of it."""

    words: str
    delivery: str | None = None
    """The letter it seems to be about."""


class Opens(Protocol):
    """Takes off encryption and signature, as ``opening.Opener`` does."""

    def opened(self, content: bytes) -> Opened:
        """Raises ``NotReadable``, or ``SendError`` where our own side is at fault."""


@dataclass(frozen=True)
class Reader:
    """Reads the mails that come to the sender of one channel."""

    sender: Address
    sent_to: SentTo
    opener: Opens
    is_direct: bool = True

    def read(self, content: bytes) -> Notice | Unclear:
        """What a mail says. Whatever it is made of, it is one of the two; raises ``SendError`` as the opener does."""
        try:
            return self._said(part_of(content), self.opener.opened(content))
        except NotReadable as problem:
            return Unclear(str(problem))
        except RecursionError:  # parts within parts, or comments within comments of a header
            return Unclear("It has more parts than any report.")

    def _said(self, outside: Message, opened: Opened) -> Notice | Unclear:
        report = report_of(opened.message)
        if report is None:
            heads = (opened.message, outside)
            answered = next((one for head in heads if (one := self._ours(header(head, "In-Reply-To")))), None)
            automatic = any(header(head, "Auto-Submitted").lower() not in ("", "no") for head in heads)
            known = answered if answered is not None and self.sent_to(answered) is not None else None
            return Unclear(ANSWER if automatic else NO_REPORT, known)
        delivery, to = self._named(report)
        if delivery is None or to is None:
            return Unclear("It is a report about a mail that is none of our letters.")
        written = date_of(header(opened.message, "Date") or header(outside, "Date"))
        if report.kind == DSN:
            fate = of_dsn(report.blocks, written)
        else:
            if problem := self._disbelief(to, outside, opened):
                return Unclear(problem, delivery)
            fields = report.blocks[0] if report.blocks else {}
            fate = of_mdn(fields, written, is_direct=self.is_direct)
        if fate is None:
            return Unclear("It is a report about this letter, and does not say what became of it.", delivery)
        return Notice(delivery, fate)

    def _named(self, report: Report) -> tuple[str | None, Address | None]:
        """The delivery that it is about and its address; neither where it names none of ours, or two."""
        if report.kind == DSN:
            named = {envelope_id(report.blocks), self._ours(report.quoted) or ""}
        else:
            own = report.blocks[0].get("original-message-id", "") if report.blocks else ""
            named = {self._ours(own) or "", self._ours(report.quoted) or ""}
        named.discard("")
        one = named.pop() if len(named) == 1 else ""
        if not _DELIVERY.fullmatch(one):
            return None, None
        to = self.sent_to(one)
        return (one, _address(to)) if to is not None else (None, None)

    def _ours(self, text: str) -> str | None:
        """The delivery whose Message-ID that is."""
        found = _MESSAGE.fullmatch(text)
        return found.group(1) if found and found.group(2).casefold() == self.sender.domain.casefold() else None

    def _disbelief(self, to: Address, outside: Message, opened: Opened) -> str | None:
        """Why an MDN proves nothing."""
        sender = _address(parseaddr(header(outside, "From"))[1])
        if sender is None or sender.domain.casefold() != to.domain.casefold():
            return "It is a receipt from somebody else than the recipient."
        if self.is_direct and not opened.signers:
            return "It is a receipt that nobody signed, and a Direct receipt is signed."
        if opened.signers and not opened.is_from(to):
            return "It is a receipt that somebody else than the recipient signed."
        if not self.is_direct and str(sender).casefold() != str(to).casefold():
            return "It is a receipt from another address than the recipient's."
        return None


def sender_of(content: bytes) -> str:
    """The address that a mail names as its sender, which anybody can write, without the name beside it; empty where it
    names none.
    """
    try:
        named = _address(parseaddr(header(part_of(content), "From"))[1])
    except (NotReadable, RecursionError):
        return ""
    return str(named) if named is not None else ""


def _address(text: str) -> Address | None:
    try:
        return parse_address(text)
    except BadAddress:
        return None
