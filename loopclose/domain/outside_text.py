"""Text that somebody else wrote, made harmless to show: names, reasons and labels as an EHR sends them.

A name may carry characters that nobody sees and that turn the words around it (U+202E makes ``elpmaS amlA`` out of
what a reader takes for ``Alma Sample``), that end a line of a mail, or that a terminal obeys. What is kept stays as
it was sent; what is shown goes through ``harmless``. Which way a name runs is settled for that name alone: in HTML by
``<bdi>``, elsewhere by ``isolated`` (Unicode Standard Annex 9, https://www.unicode.org/reports/tr9/).
"""

from __future__ import annotations

import re
import unicodedata

FIRST_STRONG, POP = "\u2068", "\u2069"
"""The isolate around a text whose own direction is not known, and its end."""
SHOWN = "\ufffd"
"""Stands where a character was that only ever deceives."""
LONGEST_NAME = 160
"""Characters shown of a name: no real one is longer."""

_UNSEEN = (0x200B, 0x200E, 0x200F, 0x061C, 0x00AD, 0x180E, 0xFEFF, 0x202C, 0x2066, 0x2067, *range(0x2060, 0x2065))
_UNSEEN_TOO = (*range(0x206A, 0x2070), *range(0xFFF9, 0xFFFC), 0xFFFE, 0xFFFF, *range(0xE0000, 0xE0080))
_DECEIVING = (0x202A, 0x202B, 0x202D, 0x202E, *range(0x09), 0x0B, 0x0C, *range(0x0E, 0x20), *range(0x7F, 0xA0))
_BLANKS = (0x115F, 0x1160, 0x2800, 0x3164, 0xFFA0)
"""Letters that look like nothing at all: a name may be made of them, and then there is nothing to press."""
_TABLE: dict[int, str | None] = dict.fromkeys((*_UNSEEN, *_UNSEEN_TOO, 0x034F))
_TABLE |= dict.fromkeys(_BLANKS, " ")
_TABLE |= dict.fromkeys(_DECEIVING, SHOWN) | {0x2028: "\n", 0x2029: "\n"}
_ACCENTS = (
    r"[\u0300-\u036f\u0483-\u0489\u0591-\u05bd\u0610-\u061a\u064b-\u065f\u0e31\u0e34-\u0e3a\u0e47-\u0e4e"
    r"\u1ab0-\u1aff\u1dc0-\u1dff\u20d0-\u20ff\ufe20-\ufe2f]"
)
_HEAPED = re.compile(rf"({_ACCENTS}{{4}}){_ACCENTS}+")
"""More accents on one letter than any language writes; they would cover the lines above."""
_OTHER_LETTERS = str.maketrans({"ø": "o", "ł": "l", "đ": "d", "ð": "d", "æ": "ae", "œ": "oe", "þ": "th", "ı": "i"})
"""Letters that fold to others and that Unicode does not take apart."""
_JOINED = dict.fromkeys(map(ord, f"'’ʼ`.{SHOWN}{FIRST_STRONG}{POP}"))
"""Marks within a word."""
_WORD = re.compile(r"\w+")
_SAME = _TABLE | dict.fromkeys(
    (0x200C, 0x200D, *range(0x180B, 0x1810), *range(0xFE00, 0xFE10), *range(0xE0100, 0xE01F0))
)
"""Joiners and the choice of a form of the letter before: they are shown, and are none where names are compared."""
_TITLES = frozenset({"mr", "mrs", "ms", "miss", "mx", "dr", "prof", "md", "phd", "jr", "sr", "ii", "iii", "iv"})
"""Left out where names are compared: father and son are the two that are taken for each other."""


def harmless(text: str) -> str:
    """The text without characters that nobody sees; in place of those that only deceive stands ``SHOWN``.

    Lines, tabs and the joiners that some scripts are written with stay. An isolate that ``isolated`` made stays,
    too; one that is not closed, or closes what it did not open, goes.
    """
    if text.isascii() and text.isprintable():
        return text
    found = _HEAPED.sub(r"\1", text.translate(_TABLE))
    return found if FIRST_STRONG not in found and POP not in found else _balanced(found)


def isolated(text: str) -> str:
    """A harmless text that turns nothing around it, for where there is no ``<bdi>``: mails, letters, a terminal.

    A text without any letter that is written from right to left is left as it is.
    """
    words = harmless(text).replace(FIRST_STRONG, "").replace(POP, "")
    turned = any(unicodedata.bidirectional(char) in ("R", "AL", "AN") for char in words)
    return f"{FIRST_STRONG}{words}{POP}" if turned else words


def one_line(text: str) -> str:
    """A harmless text on one line, for a list or a terminal."""
    return " ".join(harmless(text).split())


def alike(name: str) -> str:
    """The same for names that a reader takes for each other: without case, accents, titles, marks and order.

    Empty where there is nothing to compare by.
    """
    words = _WORD.findall(_without_accents(name).translate(_JOINED))
    return " ".join(sorted(word for word in words if word not in _TITLES) or sorted(words))


def _without_accents(name: str) -> str:
    if name.isascii() and name.isprintable():  # most names: there is nothing to take off
        return name.lower()
    folded = unicodedata.normalize("NFKD", name.translate(_SAME).casefold()).translate(_OTHER_LETTERS)
    return "".join(char for char in folded if not unicodedata.combining(char))


def _balanced(text: str) -> str:
    """The text with only those isolates that are opened and closed in it."""
    opened: list[int] = []
    pairs: set[int] = set()
    for place, char in enumerate(text):
        if char == FIRST_STRONG:
            opened.append(place)
        elif char == POP and opened:
            pairs |= {opened.pop(), place}
    return "".join(char for place, char in enumerate(text) if char not in (FIRST_STRONG, POP) or place in pairs)
