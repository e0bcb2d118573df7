"""Bytes as servers send them into JSON that can be read and stored: what no text may hold is taken out.

A byte order mark (RFC 8259 lets a reader skip it), control characters (PostgreSQL stores no NUL), halves of
surrogate pairs (cut by a field's length; no UTF-8 can hold them), and nesting that no parser follows.
"""

from __future__ import annotations

import re
from typing import Final

BYTE_ORDER_MARK: Final = b"\xef\xbb\xbf"
DEEPEST: Final = 100
"""Levels of nesting that are read; a resource of FHIR has about a dozen."""
TOO_DEEP: Final = b'"nested deeper than any resource is"'
_CONTROLS: Final = bytes(code for code in range(32) if code not in b"\t\n\r")
_SPACED: Final = bytes.maketrans(b"\t\n\r", b"   ")
_SUSPICIOUS: Final = re.compile(rb"\\u(?:00[01]|[dD][89a-fA-F])")
_ESCAPE: Final = re.compile(
    rb"\\u[dD][89abAB][0-9a-fA-F]{2}\\u[dD][c-fC-F][0-9a-fA-F]{2}|\\u([0-9a-fA-F]{4})|\\.", re.DOTALL
)
_STRUCTURE: Final = re.compile(rb'"(?:[^"\\]++|\\.)*+"?|[\[\]{}]', re.DOTALL)


def clean(body: bytes) -> bytes:
    """The same JSON without what no text may hold; the very same object where there is nothing of the kind."""
    without = body.translate(None, _CONTROLS)
    body = body if len(without) == len(body) else without
    if b"\\u" in body and _SUSPICIOUS.search(body):
        allowed = _ESCAPE.sub(_allowed, body)
        return body if allowed == body else allowed
    return body


def one_line(body: bytes) -> bytes:
    """The same JSON with a space for each tab and line break: inside a text, JSON allows none of them as they are."""
    return body.translate(_SPACED)


def shallow(body: bytes) -> bytes:
    """The same JSON with ``TOO_DEEP`` for whatever is nested deeper than a resource can be."""
    parts: list[bytes] = []
    depth = kept = 0
    for token in _STRUCTURE.finditer(body):
        if token[0] in (b"{", b"["):
            depth += 1
            if depth == DEEPEST + 1:
                parts += [body[kept : token.start()], TOO_DEEP]
        elif token[0] in (b"}", b"]"):
            depth -= 1
            if depth == DEEPEST:
                kept = token.end()
    return b"".join([*parts, body[kept:]]) if depth <= DEEPEST else b"".join(parts)


def _allowed(escape: re.Match[bytes]) -> bytes:
    if escape[1] is None:  # a pair of surrogates, or another escape
        return escape[0]
    code = int(escape[1], 16)
    if code < 32 and code not in b"\t\n\r":
        return b""
    return b"\\ufffd" if 0xD800 <= code <= 0xDFFF else escape[0]
