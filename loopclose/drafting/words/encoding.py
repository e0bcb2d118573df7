"""From the ``data`` of an attachment to its bytes, and from bytes to text; what is neither is refused, not guessed."""

from __future__ import annotations

import base64
import binascii
import re
from dataclasses import dataclass
from urllib.parse import unquote, unquote_to_bytes

_CHARSET = re.compile(r"(?i)charset\s*+=\s*+[\"']?([\w.:-]{1,40}+)")
_META = re.compile(rb"(?i)<meta[^<>]{0,200}?charset\s{0,9}=\s{0,9}[\"']?([\w.:-]{1,40})")
_ALPHABET = re.compile(r"[A-Za-z0-9+/]*+={0,2}+")
_BEGINNINGS = (b"%PDF-", b"{\\rtf", b"PK\x03\x04", b"<")
"""Of documents, which leave no doubt what they are."""
SHORTEST_TWICE, GROUP, FIRST = 24, 4, 16
"""Letters of base64 that may be base64 once more; letters of one of its groups; of the first part of several."""
_NO_TEXT = re.compile(r"[\x00-\x08\x0e-\x1a\x1c-\x1f]")
"""Control characters that no text has; escape, which printers' codes begin with, is not among them."""
MARKS = (
    (b"\xef\xbb\xbf", "utf-8-sig"),
    (b"\xff\xfe\x00\x00", "utf-32"),
    (b"\x00\x00\xfe\xff", "utf-32"),
    (b"\xff\xfe", "utf-16"),
    (b"\xfe\xff", "utf-16"),
)
"""Byte order marks (https://www.unicode.org/faq/utf_bom.html), the longer first."""
WINDOWS = frozenset({"iso-8859-1", "iso8859-1", "latin-1", "latin1", "us-ascii", "ascii", "windows-1252", "cp1252"})
"""Names under which text in windows-1252 is sent (https://encoding.spec.whatwg.org/#names-and-labels)."""
MOST_CONTROLS = 8
"""Stray control characters that a text may hold; noise has one in eight."""
SEEN_OF_META = 1024
"""Bytes at the beginning of HTML in which it may name its charset."""


@dataclass(frozen=True)
class Inline:
    """What stands in ``Attachment.data``."""

    data: bytes
    content_type: str | None
    """The type that a ``data:`` address names; None where there is none."""


def bytes_of(data: str) -> Inline | None:
    """The bytes in base64, in its url-safe alphabet, or in a ``data:`` address; None where it is none of them.

    Strictly: a decoder that skips what it does not know makes noise of plain text
    (https://hl7.org/fhir/R4/datatypes.html#base64Binary: spaces may part groups of four letters; line breaks are
    taken, as RFC 2045 has them; ``data:`` as RFC 2397 has it). What was put into base64 twice is taken out twice.
    """
    kind, text = None, data.strip()
    if text[:5].lower() == "data:":
        head, comma, text = text[5:].partition(",")
        if not comma:
            return None
        if not head.lower().endswith(";base64"):
            return Inline(unquote_to_bytes(text), head or None)
        kind = head[: -len(";base64")] or None
    found = _from_base64(text)
    return None if found is None else Inline(_once_more(found), kind)


def _from_base64(text: str) -> bytes | None:
    if "\\" in text:  # line breaks that were escaped twice
        text = text.replace("\\r", "").replace("\\n", "\n")
    parts = [part for line in text.splitlines() if (part := line.strip())]
    if any(" " in part or "\t" in part for part in parts):
        parts = text.split()
        if len(parts[0]) < FIRST or any(len(part) % GROUP for part in parts[:-1]):
            return None
    joined = unquote("".join(parts)) if "%" in text else "".join(parts)
    if "-" in joined or "_" in joined:
        joined = joined.replace("-", "+").replace("_", "/")
    if not _ALPHABET.fullmatch(joined):
        return None
    bare = joined.rstrip("=")
    try:
        return base64.b64decode(bare + "=" * (-len(bare) % GROUP), validate=True)
    except (binascii.Error, ValueError):
        return None


def _once_more(data: bytes) -> bytes:
    """What is base64 inside of base64, where that leaves a document or a text of several words."""
    if len(data) < SHORTEST_TWICE or b" " in data.strip():
        return data
    inner = _from_base64(data.decode("ascii", "replace"))
    if inner is None or not (inner.startswith(_BEGINNINGS) or (b" " in inner and _text(inner, "utf-8"))):
        return data
    return inner


def decoded(data: bytes, content_type: str | None) -> str | None:
    """The text in some bytes: by its byte order mark, by the charset that is named, as UTF-8, as windows-1252.

    None where they are no text in any of them.
    """
    for mark, charset in MARKS:
        if data.startswith(mark):
            return _text(data, charset)
    named = _CHARSET.search(content_type or "")
    meta = _META.search(data[:SEEN_OF_META])
    said = named[1] if named else meta[1].decode("ascii", "replace") if meta else None
    tried = [one for one in (said.lower() if said else None, _wide(data)) if one and one not in WINDOWS]
    for one in (*tried, "utf-8", "cp1252"):
        found = _text(data, one)
        if found is not None:
            return found
    return None


def _text(data: bytes, charset: str) -> str | None:
    try:
        found = data.decode(charset)
    except (LookupError, UnicodeError):
        return None
    strange = sum(1 for _ in _NO_TEXT.finditer(found))
    return None if strange > (0 if charset == "cp1252" else min(MOST_CONTROLS, len(found) // 20)) else found


def _wide(data: bytes) -> str | None:
    """UTF-16 without a mark: every second byte of western text is zero."""
    sample = data[:400]
    if sample[1::2].count(0) > len(sample) // 4:
        return "utf-16-le"
    return "utf-16-be" if sample[::2].count(0) > len(sample) // 4 else None
