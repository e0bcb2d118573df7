"""Signs that a fax spoils, spelt in plain ones: at 204 by 196 dots an inch ≥ becomes 2, ½ a percent sign and µ a y.

Tried by text recognition on our own letters (tests/interop/test_fax.py). The words stay: a sign is put as what it is
read as. ``mcg`` for µg is what the ISMP's list of error-prone abbreviations asks for
(https://www.ismp.org/recommendations/error-prone-abbreviations-list).
"""

from __future__ import annotations

import re
import unicodedata

SPELT = {
    "≥": ">=",
    "≤": "<=",
    "≠": "not equal to",
    "±": "+/-",
    "×": "x",
    "→": "->",
    "←": "<-",
    "↑": "up",
    "↓": "down",
    "✓": "[x]",
    "☑": "[x]",
    "☒": "[x]",
    "☐": "[ ]",
    "…": "...",
}
_MICRO = re.compile(r"[µμ](?=(?:g|mol|L)\b)")
_FRACTION = re.compile(r"(\d?)([¼½¾⅓⅔⅛⅜⅝⅞])")
_TABLE = str.maketrans(SPELT)


def plain(text: str) -> str:
    """The text in signs that a fax leaves as they are: ``1½`` is ``1 1/2``, ``20 µg`` is ``20 mcg``."""
    if text.isascii():
        return text
    return _FRACTION.sub(_spelt, _MICRO.sub("mc", text)).translate(_TABLE)


def _spelt(found: re.Match[str]) -> str:
    parts = unicodedata.normalize("NFKD", found[2]).replace("\u2044", "/")
    return f"{found[1]} {parts}" if found[1] else parts
