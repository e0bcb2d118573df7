r"""What the head of an RTF note says of its fonts, colours and code page (RTF 1.9.1, "Font Table", "Color Table").

``\mac``, ``\pc`` and ``\pca`` are the code pages 10000, 437 and 850 ("Character Set"); the converter knows none.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass

from loopclose.drafting.words.symbol_fonts import font_of

CODE_PAGES = {"mac": "mac_roman", "pc": "cp437", "pca": "cp850"}
LONGEST_HEAD = 20_000
"""Characters in which the tables stand."""
_FONT = re.compile(r"\\f([0-9]{1,5})(?![0-9A-Za-z])([^;]{0,300});")
_CONTROL = re.compile(r"\{\\\*[^{};]{0,200}\}|\\[A-Za-z]{1,32}(?:-?[0-9]{1,10})? ?|[{}]|\\\*")
_COLOURS = re.compile(r"\\colortbl((?:[^{}\\]|\\(?!colortbl)){0,6000})\}")
_WHITE = re.compile(r"\\red255\s{0,9}\\green255\s{0,9}\\blue255(?![0-9])")
_PAGE = re.compile(r"\\(mac|pca|pc)(?![A-Za-z])")
_GROUNDS = re.compile(r"\\(?:cl|ch|tr)?cbpat[1-9]")


@dataclass(frozen=True)
class Tables:
    """Numbers of fonts and colours as text refers to them."""

    signs: Mapping[str, str]
    """Fonts of signs (``symbol_fonts``)."""
    with_charset: frozenset[str]
    """Fonts that name their own code page."""
    whites: frozenset[str]
    """White colours; none where cells or paragraphs are coloured, so that white text may be seen."""
    page: str | None
    """The code page of the document, where it is none that the converter knows."""


def tables_of(text: str) -> Tables:
    """The tables of a note."""
    head = text[:LONGEST_HEAD]
    fonts = {one[1]: one[2] for one in _FONT.finditer(head)}
    named = {number: font_of(_CONTROL.sub("", said).strip()) for number, said in fonts.items()}
    colours = _COLOURS.search(head)
    whites = {str(no) for no, one in enumerate(colours[1].split(";")) if _WHITE.search(one)} if colours else set()
    page = _PAGE.search(head[:200])
    return Tables(
        {number: font for number, font in named.items() if font is not None},
        frozenset(number for number, said in fonts.items() if "\\fcharset" in said),
        frozenset() if _GROUNDS.search(text) else frozenset(whites),
        CODE_PAGES[page[1]] if page and "\\ansicpg" not in head else None,
    )
