"""Papers as they were kept: opened, and shown."""

from __future__ import annotations

from loopclose.drafting.answer import with_answer
from loopclose.drafting.keeping import MEDIA_TYPE, UnreadablePaper, unpack
from loopclose.drafting.paper import Item, Paper
from loopclose.errors import DatabaseError
from loopclose.letters.html import not_shown, old_page, to_html
from loopclose.store.drafts import PAGE
from loopclose.store.obligations import Document


def paper_of(document: Document) -> Paper:
    """The paper in a kept document; raises ``DatabaseError`` where it is not what was written."""
    return paper_in(document.body, document.sha256)


def paper_in(body: bytes, sha256: str) -> Paper:
    """The paper in bytes kept under that digest; raises ``DatabaseError`` where they are not what was written."""
    try:
        return unpack(body, sha256)
    except UnreadablePaper as problem:
        raise DatabaseError(str(problem)) from problem


def shown(document: Document, answer: tuple[Item, ...] = ()) -> str:
    """A kept document as a part of a page, with the answer that was signed; one that cannot be shown says why."""
    if document.media_type == PAGE:
        return old_page(document.body.decode("utf-8", "replace"))
    if document.media_type != MEDIA_TYPE:
        return not_shown(f"This document is kept as {document.media_type} and is not shown here.")
    signed = "signed" if document.signed_by is not None else ""
    try:
        return to_html(with_answer(unpack(document.body, document.sha256), answer), fragment=True, signed=signed)
    except UnreadablePaper as problem:
        return not_shown(str(problem))
