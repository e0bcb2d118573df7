"""UTF-8 that was read as windows-1252 or Latin-1 and written down so (``Â°``, ``â€™``), put right where it is certain.

Certain is a run that is UTF-8 byte for byte, and of which every character is one that notes hold and that a reader of
one byte a character spells so: a sign, a Latin letter with its accent, Greek, or punctuation. All else stays as it is.
"""

from __future__ import annotations

import re

_WINDOWS = {byte: bytes([byte]).decode("cp1252") for byte in range(0x80, 0xA0) if byte not in (129, 141, 143, 144, 157)}
_BYTES = {ord(char): byte for byte, char in _WINDOWS.items()} | {byte: byte for byte in range(0x80, 0x100)}
_SECOND = "\x80-\xbf" + "".join(_WINDOWS.values())
_RUN = re.compile(f"[ÂÃÎÏ][{_SECOND}]|[âï][{_SECOND}]{{2}}|[ÅÆË][\x80-\x9f]")
_KNOWN = re.compile(
    "[\u0080-\u00ff\u0152-\u0192\u02c6\u02dc\u0391-\u03c9\u2009-\u200a\u2010-\u2026\u2030\u2032\u2033\u2039\u203a\u2044\u2070-\u2089\u20ac\u2122"
    "\u201a-\u203a\u2150-\u215e\u2190-\u2194\u21d2\u2206\u2212\u221a\u221e\u2248\u2260\u2264\u2265\u25a0-\u25cf\u2610-\u2612"
    "\u2713-\u2718\ufeff]"
)
"""What a run may stand for: Latin 1, Greek, dashes and quotes, sub- and superscripts, signs, arrows, boxes; and what
stands in between where it was misread twice."""
MOST_TIMES = 3
"""How often a text may have been misread, one time upon another."""


def repaired(text: str) -> str:
    """The text with what was misread as it was written."""
    for _ in range(MOST_TIMES):
        found = _RUN.sub(_written, text)
        if found == text:
            break
        text = found
    return text


def _written(found: re.Match[str]) -> str:
    data = bytes(_BYTES[ord(char)] for char in found[0])
    try:
        char = data.decode("utf-8")
    except UnicodeDecodeError:
        return found[0]
    return char if _KNOWN.fullmatch(char) else found[0]
