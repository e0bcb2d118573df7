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
from loopclose.outbound.channels.secure_mail.answers import answered_by, kind_of, words_of
from loopclose.outbound.channels.secure_mail.bounces import bounce_of
from loopclose.outbound.channels.secure_mail.meaning import (
    envelope_id,
    of_dsn,
    of_mdn,
    original_id,
    recipients_of,
)
from loopclose.outbound.channels.secure_mail.opening import Opened
from loopclose.outbound.channels.secure_mail.reports import (
    DSN,
    MOST_BYTES,
    Fields,
    NotReadable,
    Report,
    date_of,
    header,
    part_of,
    report_of,
    signed_part,
)

_UUID = r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}"
_DELIVERY = re.compile(_UUID)
_MESSAGE = re.compile(rf"<?({_UUID})@([^<>@\s]{{1,255}})>?", re.IGNORECASE)
_QUOTED = re.compile(rf"({_UUID})@([A-Za-z0-9.-]{{1,255}})", re.IGNORECASE)
TWO = "It is a report that names two letters."
NOT_OURS = "It is a report about a mail that is none of our letters."
NAMELESS = "It is a report that does not name the mail that it is about."
CUT = "It is larger than what is read of a mail, and so could not be opened."
MOST_NAMED = 20
"""Of the letters that one mail quotes: whoever quotes more answers none."""

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
            outside = part_of(content)
            try:
                return self._said(outside, self.opener.opened(content))
            except NotReadable as problem:
                return self._unopened(outside, CUT if len(content) >= MOST_BYTES else str(problem))
        except NotReadable as problem:
            return Unclear(str(problem))
        except RecursionError:  # parts within parts, or comments within comments of a header
            return Unclear("It has more parts than any report.")

    def _unopened(self, outside: Message, problem: str) -> Notice | Unclear:
        """Of one whose signature is not good: a DSN counts all the same, as one that nobody signed does."""
        inside = signed_part(outside)
        report = report_of(inside)
        if report is not None and report.kind == DSN:
            return self._said(outside, Opened(inside))
        return Unclear(problem, self._mentioned(outside))

    def _said(self, outside: Message, opened: Opened) -> Notice | Unclear:
        report = report_of(opened.message) or bounce_of(opened.message)
        if report is None:
            return Unclear(kind_of(outside, opened.message), self._mentioned(outside, opened.message))
        named = self._named(report)
        known = {one for one in named if self.sent_to(one) is not None}
        to = _address(self.sent_to(min(named)) or "") if len(named) == 1 and known else None
        if to is None:
            words = TWO if len(named) > 1 else NOT_OURS if named else NAMELESS
            if len(known) > 1:
                return Unclear(words)
            return Unclear(words, min(known) if known else self._mentioned(outside, opened.message))
        delivery, written = min(named), date_of(header(opened.message, "Date") or header(outside, "Date"))
        if report.kind == DSN:
            fate = of_dsn(report.blocks, written, str(to))
        else:
            fields = report.blocks[0] if report.blocks else {}
            if problem := self._disbelief(to, fields, outside, opened):
                return Unclear(problem, delivery)
            fate = of_mdn(fields, written, is_direct=self.is_direct)
        if fate is None:
            return Unclear("It is a report about this letter, and does not say what became of it.", delivery)
        return Notice(delivery, fate)

    def _named(self, report: Report) -> set[str]:
        """The deliveries that it names, as it should: one, whether it is ours or not. What it only answers counts of a
        DSN that names none, as it proves no receipt.
        """
        named = {self._ours(original_id(report.blocks)), self._ours(report.quoted)}
        if report.kind == DSN:
            envelope = envelope_id(report.blocks)  # a relay may have put one of its own in place of ours
            named.add(envelope if _DELIVERY.fullmatch(envelope) else None)
            if named == {None}:
                named.add(self._ours(report.answers))
        return {one for one in named if one is not None}

    def _ours(self, text: str) -> str | None:
        """The delivery whose Message-ID that is."""
        found = _MESSAGE.fullmatch(text)
        return self._of_us(found) if found else None

    def _of_us(self, found: re.Match[str]) -> str | None:
        return found.group(1).lower() if found.group(2).casefold() == self.sender.domain.casefold() else None

    def _mentioned(self, *mails: Message) -> str | None:
        """The one letter of ours whose Message-ID stands somewhere in a mail that proves nothing; None for none or two.

        What it answers goes before what it quotes.
        """
        for words in (answered_by, words_of):
            said = " ".join(words(one) for one in mails)
            named = {one for found in _QUOTED.finditer(said) if (one := self._of_us(found)) is not None}
            known = {one for one in sorted(named)[:MOST_NAMED] if self.sent_to(one) is not None}
            if known:
                return min(known) if len(known) == 1 else None
        return None

    def _disbelief(self, to: Address, fields: Fields, outside: Message, opened: Opened) -> str | None:
        """Why an MDN proves nothing."""
        sender = _address(parseaddr(header(outside, "From"))[1])
        if sender is None or sender.domain.casefold() != to.domain.casefold():
            return "It is a receipt from somebody else than the recipient."
        if self.is_direct and not opened.signers:
            return "It is a receipt that nobody signed, and a Direct receipt is signed."
        if opened.signers and not opened.is_from(to):
            return "It is a receipt that somebody else than the recipient signed."
        is_theirs = str(sender).casefold() == str(to).casefold()
        if not is_theirs and not (self.is_direct and str(to).casefold() in recipients_of(fields)):
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
