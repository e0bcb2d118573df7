"""Reports about a mail (``multipart/report``, RFC 6522), taken apart: their fields, and the id of the mail they quote.

Nothing here trusts what it reads: sizes, parts and depth are bounded, and what is broken is unreadable, not an error.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from email import message_from_bytes, message_from_string
from email.message import Message
from email.utils import parsedate_to_datetime

MOST_BYTES = 1024 * 1024
MOST_PARTS = 40
"""Of a mail, however they are nested."""
MOST_PARAMETERS = 5000
"""Of all headers: the standard library takes time by the square of their number in one."""
MOST_BLOCKS = 50
LONGEST_FIELD = 998
"""RFC 5322 2.1.1."""
DSN, MDN = "message/delivery-status", "message/disposition-notification"
_NESTING = (b"multipart/", b"message/")

Fields = Mapping[str, str]
"""By name in small letters: the first value, in one line."""


class NotReadable(Exception):
    """Nothing can be read out of a mail; the text is one sentence that says why, without anything of the mail."""


@dataclass(frozen=True)
class Report:
    """A report, taken apart."""

    kind: str
    """``DSN`` or ``MDN``."""
    blocks: Sequence[Fields]
    quoted: str
    """The Message-ID of the mail that comes back with it; empty where none does."""


def part_of(content: bytes) -> Message:
    """The bytes as a mail; raises ``NotReadable`` for what is too large or too tangled to be one."""
    if len(content) > MOST_BYTES:
        raise NotReadable("It is larger than any report.")
    lower = content.lower()
    if sum(lower.count(one) for one in _NESTING) > MOST_PARTS:
        raise NotReadable("It has more parts than any report.")
    if lower.count(b";") > MOST_PARAMETERS:
        raise NotReadable("It has more parameters than any report.")
    return message_from_bytes(content)


def report_of(message: Message) -> Report | None:
    """The report that this mail is, not one that it merely encloses; None where it is none."""
    if message.get_content_type() != "multipart/report":
        return None
    parts = _parts(message)
    for part in parts:
        if part.get_content_type() in (DSN, MDN):
            blocks = [_fields(one) for one in _parts(part)[:MOST_BLOCKS]]
            return Report(part.get_content_type(), [one for one in blocks if one], _quoted(parts))
    return None


def header(message: Message, name: str) -> str:
    """A header in one line, cut where no honest one is that long; empty without."""
    return " ".join(str(message.get(name, "")).split())[:LONGEST_FIELD]


def date_of(text: str) -> datetime | None:
    """A date as mails write it; None where it is none."""
    try:
        found = parsedate_to_datetime(text[:LONGEST_FIELD])
        return (found if found.tzinfo else found.replace(tzinfo=UTC)).astimezone(UTC)
    except (ValueError, TypeError, IndexError, OverflowError):
        return None


def _fields(block: Message) -> Fields:
    found: dict[str, str] = {}
    for name in block:
        found.setdefault(name.lower(), header(block, name))
    return found


def _quoted(parts: Sequence[Message]) -> str:
    for part in parts:
        for one in _returned(part):
            if found := header(one, "Message-ID"):
                return found
    return ""


def _returned(part: Message) -> Iterator[Message]:
    """The mail that comes back, or its headers."""
    if part.get_content_type() in ("message/rfc822", "message/global"):
        yield from _parts(part)
    elif part.get_content_type() in ("text/rfc822-headers", "message/global-headers"):
        yield from _parts(part)
        payload = part.get_payload()
        if isinstance(payload, str):
            yield message_from_string(payload)


def _parts(message: Message) -> list[Message]:
    payload = message.get_payload()
    return [one for one in payload if isinstance(one, Message)] if isinstance(payload, list) else []
