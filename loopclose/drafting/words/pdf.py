"""The words of a PDF, page by page (https://pypdfium2.readthedocs.io); run by ``child`` alone."""

from __future__ import annotations

import pypdfium2

MOST_PAGES = 200


class TooLong(ValueError):
    """It has more pages than any note."""


def plain(data: bytes) -> str:
    """The text of a PDF, an empty line between pages. Raises ``pypdfium2.PdfiumError`` and ``TooLong``."""
    document = pypdfium2.PdfDocument(data)
    if len(document) > MOST_PAGES:
        raise TooLong
    return "\n\n".join(page.get_textpage().get_text_range() for page in document)
