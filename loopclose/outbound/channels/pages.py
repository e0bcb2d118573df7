"""PDFs for paper: one document of all that a letter encloses, and how many pages it has."""

from __future__ import annotations

import io

import pypdfium2

from loopclose.outbound.channels.channel import Parcel, Sending
from loopclose.outbound.mail import SendError


def one_pdf(sending: Sending, form: str) -> bytes:
    """The PDF of that form; several (the letter, its prescription sheet) are put behind each other into one, since two
    calls or two jobs could arrive one without the other. Raises ``SendError`` (final) where there is none to be read.
    """
    files = [one.content for one in sending.enclosures if one.form == form]
    if not files or not all(one.startswith(b"%PDF-") for one in files):
        raise SendError(f"This letter has no PDF of the form {form}, so that it cannot go on paper.", final=True)
    try:
        if len(files) == 1:
            page_count(files[0])
            return files[0]
        whole = pypdfium2.PdfDocument.new()
        for one in files:
            whole.import_pages(pypdfium2.PdfDocument(one))
        written = io.BytesIO()
        whole.save(written)
        return written.getvalue()
    except pypdfium2.PdfiumError as problem:
        raise SendError(
            "The PDF of this letter cannot be read, so that it cannot go on paper.", final=True
        ) from problem


def page_count(content: bytes) -> int:
    """How many pages a PDF has."""
    return len(pypdfium2.PdfDocument(content))


def pages_of(parcel: Parcel) -> int | None:
    """How many pages a parcel has; None where it was not brought along, as a question need not."""
    return page_count(parcel.content) if parcel.content else None
