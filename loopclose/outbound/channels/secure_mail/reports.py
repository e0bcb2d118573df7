"""Reports about a mail (``multipart/report``, RFC 6522), taken apart: their fields, and the id of the mail they quote.

Nothing here trusts what it reads: sizes, parts and depth are bounded, and what is broken is unreadable, not an error.
"""

from __future__ import annotations

import re
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
KINDS = {
    DSN: DSN,
    MDN: MDN,
    "message/global-delivery-status": DSN,
    "message/global-disposition-notification": MDN,
}
"""RFC 3464 and 8098, and the same for addresses beyond ASCII (RFC 6533)."""
CODED = ("base64", "quoted-printable")
_NESTING = (b"multipart/", b"message/")
_BLANK_LINE = re.compile(r"\r?\n[ \t]*\r?\n")

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
    answers: str = ""
    """The Message-ID that the report says it answers (In-Reply-To); empty where it says none."""


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
    """The report that this mail is, not one that it merely encloses; None where it is none.

    One below which a gateway wrote its footer, as a part of its own, is the report still.
    """
    first, *below = _parts(message) or [message]
    if message.get_content_type() == "multipart/mixed" and all(one.get_content_maintype() == "text" for one in below):
        parts = _parts(first) if first.get_content_type() == "multipart/report" else []
    else:
        parts = _parts(message) if message.get_content_type() == "multipart/report" else []
    for part in parts:
        kind = KINDS.get(part.get_content_type())
        if kind is not None:
            blocks = [_fields(one) for one in _blocks(part, kind)[:MOST_BLOCKS]]
            return Report(kind, [one for one in blocks if one], _quoted(parts), header(message, "In-Reply-To"))
    return None


def signed_part(message: Message) -> Message:
    """What a mail that is signed in clear holds (RFC 1847), whoever signed it; any other as it is."""
    parts = _parts(message)
    return parts[0] if message.get_content_type() == "multipart/signed" and parts else message


def text_of(message: Message) -> str:
    """The words that a mail begins with; empty where it begins with something else."""
    first = next(iter(_parts(message)), message)
    if first.get_content_type() != "text/plain":
        return ""
    found = first.get_payload(decode=True)
    return found.decode("utf-8", "replace") if isinstance(found, bytes) else ""


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
    if len({" ".join(str(one).split()) for one in block.get_all("Disposition", [])}) > 1:
        found["disposition"] = ""  # it says two things, and so none
    return found


def _blocks(part: Message, kind: str) -> list[Message]:
    """The groups of fields of a part; they are taken apart here where the library reads them as a mail, or as coded."""
    found = _parts(part)
    is_plain = str(part.get("Content-Transfer-Encoding", "")).strip().lower() not in CODED
    if is_plain and (kind == MDN or part.get_content_type() == DSN):
        return found
    text = "\n\n".join(_written(one) for one in found)
    if not is_plain:
        text = _decoded(text, part).strip()
    return [message_from_string(one) for one in _BLANK_LINE.split(text, MOST_BLOCKS)]


def _written(message: Message) -> str:
    heads = "".join(f"{name}: {value}\n" for name, value in message.raw_items())
    payload = message.get_payload()
    return f"{heads}\n{payload}" if isinstance(payload, str) else heads


def _decoded(text: str, part: Message) -> str:
    """Words that are coded as the part says (base64, quoted-printable)."""
    shell = Message()
    shell["Content-Transfer-Encoding"] = str(part.get("Content-Transfer-Encoding", ""))
    shell.set_payload(text.strip())
    found = shell.get_payload(decode=True)
    return found.decode("utf-8", "replace") if isinstance(found, bytes) else ""


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
        payload = part.get_payload(decode=True)
        if isinstance(payload, bytes):
            yield message_from_bytes(payload)


def _parts(message: Message) -> list[Message]:
    payload = message.get_payload()
    return [one for one in payload if isinstance(one, Message)] if isinstance(payload, list) else []
