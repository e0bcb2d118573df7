"""The words of a PDF, page by page (https://pypdfium2.readthedocs.io); run by ``child`` alone."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

import pypdfium2
from pypdfium2 import raw

MOST_PAGES = 200
HEAD, FOOT = 4, 4
"""Lines at the top and at the foot of a page that may be those of every page."""
RECOGNISED = "[words that were recognised in a scan; check them against it]"
"""Before the first page whose text is not shown: it lies under a picture of the page."""
LETTERS = str.maketrans(
    {
        "\ufb00": "ff", "\ufb01": "fi", "\ufb02": "fl", "\ufb03": "ffi", "\ufb04": "ffl", "\ufb05": "ft",
        "\ufb06": "st", "\ufffe": "-", "\u0002": "-",
    }
)  # fmt: skip
"""Ligatures, as their letters; a hyphen at the end of a line, by which the reader joins two halves of a word
(PDFium writes U+FFFE, older ones U+0002): it stays, for ``5-10`` is no ``510``."""
_PAGE_NUMBER = re.compile(r"\W{0,3}(?:(?i:page)\s)?\s?([0-9]{1,3})\s?(?:/|of|\|)\s?([0-9]{1,3})\W{0,3}")


class TooLong(ValueError):
    """It has more pages than any note."""


def plain(data: bytes) -> str:
    """The text of a PDF, an empty line between pages unless a sentence goes on; lines that stand at the top or foot of
    every page stand once.

    Raises ``pypdfium2.PdfiumError`` and ``TooLong``.
    """
    document = pypdfium2.PdfDocument(data)
    if len(document) > MOST_PAGES:
        raise TooLong
    pages, recognised = [], None
    for number, page in enumerate(document):
        pages.append([one.rstrip() for one in page.get_textpage().get_text_range().translate(LETTERS).splitlines()])
        if recognised is None and _is_under_a_scan(page):
            recognised = number
    found = [*_once(pages)]
    if recognised is not None:
        found[recognised] = [RECOGNISED, *found[recognised]]
    whole = ""
    for lines in filter(None, found):
        goes_on = lines[0][:1].islower() and whole[-1:] not in ".!?:;"
        whole += ("\n" if goes_on else "\n\n" if whole else "") + "\n".join(lines)
    return whole


def _is_under_a_scan(page: pypdfium2.PdfPage) -> bool:
    """Whether some of its text is not shown (rendering mode 3, ISO 32000-1, 9.3.6) and there is a picture."""
    texts = [*page.get_objects(filter=[raw.FPDF_PAGEOBJ_TEXT])]
    hidden = any(raw.FPDFTextObj_GetTextRenderMode(one.raw) == raw.FPDF_TEXTRENDERMODE_INVISIBLE for one in texts)
    return hidden and any(True for _ in page.get_objects(filter=[raw.FPDF_PAGEOBJ_IMAGE]))


def _once(pages: Sequence[list[str]]) -> Iterator[list[str]]:
    """The lines of each page without its own number, and without those that the page before has in the same margin."""
    above: set[str] = set()
    below: set[str] = set()
    for number, lines in enumerate(pages, 1):
        of_text = [one for one in lines if one.strip() and not _is_number(one, number, len(pages))]
        top, foot = len(of_text[:HEAD]), max(len(of_text) - FOOT, 0)
        kept = list(of_text)
        while kept and top and kept[0] in above:
            kept.pop(0)
            top -= 1
        rest = FOOT
        while kept and rest and kept[-1] in below:
            kept.pop()
            rest -= 1
        above, below = {*of_text[:HEAD]}, {*of_text[foot:]}
        yield kept


def _is_number(line: str, number: int, pages: int) -> bool:
    found = _PAGE_NUMBER.fullmatch(line.strip())
    return found is not None and (int(found[1]), int(found[2])) == (number, pages)
