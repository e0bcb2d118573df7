"""A letter as it is handed to a channel, and a PDF of so many pages."""

from __future__ import annotations

import io
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pypdfium2

from loopclose.outbound.channels.channel import About, Channel, Enclosure, Parcel, Sending

DELIVERY = "5f0c1d6e-9a53-4f0e-8a53-0d4f3b1c2a77"
NUMBER = "+16175550123"
AT = datetime(2026, 11, 24, 15, 0, tzinfo=UTC)
ABOUT = About("doc", "Consult note", "11488-4", "Consult note", "Patient/ada", AT)


def pdf(pages: int = 2) -> bytes:
    """Empty pages."""
    made = pypdfium2.PdfDocument.new()
    for _ in range(pages):
        made.new_page(612, 792)
    written = io.BytesIO()
    made.save(written)
    return written.getvalue()


TWO_PAGES = pdf()


def sending(to: str = NUMBER, form: str = "fax", *contents: bytes) -> Sending:
    """A letter of one file, unless more are given."""
    files = tuple(
        Enclosure(form, f"{no}.pdf", "application/pdf", one) for no, one in enumerate(contents or (TWO_PAGES,))
    )
    return Sending(DELIVERY, to, "7FK2-93XK", AT, ABOUT, files)


def parcel(channel: Channel, to: str = NUMBER, form: str = "fax", minutes_ago: int | None = None) -> Parcel:
    """What the channel packs of it, tried so long before ``AT``."""
    made = Parcel(DELIVERY, to, channel.pack(sending(to, form)))
    return made if minutes_ago is None else replace(made, tried_at=AT - timedelta(minutes=minutes_ago))
