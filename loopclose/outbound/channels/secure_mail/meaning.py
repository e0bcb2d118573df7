"""What a report says became of a letter: a DSN by RFC 3464, an MDN by RFC 8098 and as Direct means it. Pure.

Only words of our own are told on: what a report writes may name people.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from loopclose.outbound.channels.channel import Fate
from loopclose.outbound.channels.secure_mail.reports import Fields, date_of

FINAL_DELIVERY = "x-direct-final-destination-delivery"
"""The field by which a Direct system says that "dispatched" is the final delivery (Implementation Guide for Delivery
Notification in Direct 1.0); without it, it may mean that the message was passed on."""
_STATUS = re.compile(r"[245]\.[0-9]{1,3}\.[0-9]{1,3}")
_BAD_ADDRESS = ("5.1.1", "5.1.2", "5.1.3", "5.1.6", "5.1.10")
"""RFC 3463 3.2, RFC 7505: no such mailbox, no such system, no address, moved away, no mail there at all."""
_ERRORS = {"error", "failure", "failed", "denied"}
"""Modifiers of a disposition that turn it into its contrary (RFC 8098 3.2.6.3; RFC 2298 before)."""
_HARMLESS = {"", "warning"}
"""Modifiers beside which a disposition means what it says. What others mean nobody knows who did not make them up."""
_NO = {"false", "no", "0"}
_COMMENT = re.compile(r"\([^()]*\)")


@dataclass(frozen=True)
class Row:
    """What one word of a report means."""

    state: Literal["underway", "transmitted", "received", "failed"]
    words: str


ACTIONS = {
    "delivered": Row("transmitted", "The mail system of the recipient took it."),
    "relayed": Row("transmitted", "It was passed on to a mail system that reports no further."),
    "expanded": Row("transmitted", "It was passed on to the members of a list."),
    "delayed": Row("underway", "The mail system could not deliver it yet, and goes on trying."),
    "failed": Row("failed", "The mail system could not deliver it"),
}
"""RFC 3464 2.3.3. None of it shows that a letter was seen by anybody."""
_WORST = ("failed", "delayed", "expanded", "relayed", "delivered")
DISPOSITIONS = {
    "processed": Row("transmitted", "The recipient's system received it and could open it."),
    "dispatched": Row("transmitted", "The recipient's system passed it on, and does not say that it arrived."),
    "displayed": Row("received", "It was shown to somebody on the recipient's side."),
    "deleted": Row("failed", "It was deleted on the recipient's side, perhaps unread."),
    "denied": Row("failed", "The recipient's system refused it."),
    "failed": Row("failed", "The recipient's system could not deliver it."),
}
"""RFC 8098 3.2.6.2, RFC 2298 (denied, failed), and Direct."""
_DELIVERED = Row("received", "The recipient's system delivered it to its destination.")
_FAILED = Row("failed", "The recipient's system reports an error.")


def of_dsn(blocks: Sequence[Fields], at: datetime | None, to: str) -> Fate | None:
    """The fate by a DSN; of several recipients behind one address the worst counts. None where it says nothing.

    ``at``: when the report was written, where it does not say when it happened. ``to``: the address that the letter
    went to; that of a list's member, or one to which it was passed on, says nothing of that.
    """
    said = {_first_word(one.get("action", "")): one for one in reversed(blocks)}
    for action in _WORST:
        if action in said:
            return _by_action(ACTIONS[action], said[action], at, to)
    return None


def of_mdn(fields: Fields, at: datetime | None, *, is_direct: bool) -> Fate | None:
    """The fate by an MDN; None where it says nothing that we know, or only that nothing will be said."""
    _, _, said = _COMMENT.sub(" ", fields.get("disposition", "")).lower().partition(";")
    kind, _, written = said.strip(" ;").partition("/")
    kind, modifiers = kind.strip(), {one.partition(":")[0].strip() for one in written.split(",")}
    row = DISPOSITIONS.get(kind)
    if row is None or (kind == "denied" and not is_direct):  # nobody is to know (RFC 2298 3.2.6.2)
        return None
    if row.state != "failed":
        if fields.get("failure") or modifiers & _ERRORS:
            row = _FAILED
        elif fields.get("error") or modifiers - _HARMLESS:
            return None
        elif kind == "dispatched" and is_direct and fields.get(FINAL_DELIVERY, "false").lower() not in _NO:
            row = _DELIVERED
    return Fate(row.state, at, row.words)


def recipients_of(fields: Fields) -> frozenset[str]:
    """The addresses, in small letters, of whom a group of fields is (RFC 3464 2.3.1, 2.3.2; RFC 8098 3.2.3, 3.2.4)."""
    named = (fields.get(name, "").rpartition(";")[2] for name in ("original-recipient", "final-recipient"))
    return frozenset(one.strip(" <>").casefold() for one in named if one.strip(" <>"))


def envelope_id(blocks: Sequence[Fields]) -> str:
    """What the sender called the mail on its envelope (RFC 3464 2.2.1), not coded any more (xtext, RFC 3461 4); empty
    where it is not told.
    """
    found = next((one["original-envelope-id"] for one in blocks if "original-envelope-id" in one), "")
    return re.sub(r"\+([0-9A-Fa-f]{2})", lambda coded: chr(int(coded.group(1), 16)), found).strip(" <>").lower()


def original_id(blocks: Sequence[Fields]) -> str:
    """The Message-ID of the mail that a report is of, as its fields have it: an MDN's own (RFC 8098 3.2.5), or that of
    a DSN by the Direct Project's software and by Gmail.
    """
    names = ("original-message-id", "x-original-message-id")
    return next((one[name] for one in blocks for name in names if one.get(name)), "")


def _by_action(row: Row, block: Fields, at: datetime | None, to: str) -> Fate:
    at = date_of(block.get("last-attempt-date", "")) or at
    if row.state != "failed":
        return Fate(row.state, at, row.words)
    status = _STATUS.match(block.get("status", ""))
    code = status.group() if status else ""
    words = f"{row.words} ({code})." if code else f"{row.words}."
    final_recipient = block.get("final-recipient", to).rpartition(";")[2].strip(" <>")
    is_bad = code in _BAD_ADDRESS and final_recipient.casefold() == to.casefold()
    return Fate("failed", at, words, final=not code.startswith("4"), address_is_bad=is_bad)


def _first_word(text: str) -> str:
    return next(iter(text.lower().split()), "").rstrip(".,;")
