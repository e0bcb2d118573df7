"""From the ``data`` of an attachment to its bytes, and from bytes to text; what is neither is refused, not guessed."""

from __future__ import annotations

import base64
import binascii
import re
from dataclasses import dataclass

_CHARSET = re.compile(r"(?i)charset\s*+=\s*+[\"']?([\w.:-]{1,40}+)")
_META = re.compile(rb"(?i)<meta[^<>]{0,200}?charset\s{0,9}=\s{0,9}[\"']?([\w.:-]{1,40})")
_ALPHABET = re.compile(r"[A-Za-z0-9+/]*+={0,2}+")
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
    (https://hl7.org/fhir/R4/datatypes.html#base64Binary; line breaks are taken, as RFC 2045 has them).
    """
    kind, text = None, data.strip()
    if text[:5].lower() == "data:":
        head, comma, text = text[5:].partition(",")
        if not comma or not head.lower().endswith(";base64"):
            return None
        kind = head[: -len(";base64")] or None
    joined = "".join(line.strip() for line in text.splitlines())
    if "-" in joined or "_" in joined:
        joined = joined.replace("-", "+").replace("_", "/")
    if not _ALPHABET.fullmatch(joined):
        return None
    bare = joined.rstrip("=")
    try:
        return Inline(base64.b64decode(bare + "=" * (-len(bare) % 4), validate=True), kind)
    except (binascii.Error, ValueError):
        return None


def decoded(data: bytes, content_type: str | None) -> str | None:
    """The text in some bytes: by its byte order mark, by the charset that is named, as UTF-8, as windows-1252.

    None where they are no text in any of them.
    """
    for mark, charset in MARKS:
        if data.startswith(mark):
            return _text(data, charset)
    named = _CHARSET.search(content_type or "")
    meta = _META.search(data[:SEEN_OF_META])
    said = named[1] if named else meta[1].decode("ascii", "replace") if meta else _wide(data)
    tried = [said.lower()] if said and said.lower() not in WINDOWS else []
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
