"""A paper as the bytes that are kept, and back. The same paper is the same bytes on every machine and database."""

from __future__ import annotations

import hashlib

import msgspec

from loopclose.drafting.paper import SCHEMA, Paper

MEDIA_TYPE = "application/vnd.loopclose.paper+json"
"""What ``document.media_type`` says of bytes that ``pack`` made."""


class UnreadablePaper(ValueError):
    """Kept bytes that are not the paper they are said to be; the message is a sentence for a person."""


class _Head(msgspec.Struct):
    schema: int


def pack(paper: Paper) -> bytes:
    """The paper's JSON form: UTF-8, keys sorted, no white space between them."""
    return msgspec.json.encode(paper, order="sorted")


def digest(body: bytes) -> str:
    """The SHA-256 of kept bytes, as hexadecimal digits."""
    return hashlib.sha256(body).hexdigest()


def unpack(body: bytes, sha256: str) -> Paper:
    """The paper in bytes that were kept under that digest.

    Raises ``UnreadablePaper`` where they were changed since, or are of a form this release does not know.
    """
    if digest(body) != sha256:
        raise UnreadablePaper("The kept paper is not what was written: its SHA-256 differs. Restore it from a backup.")
    try:
        schema = msgspec.json.decode(body, type=_Head).schema
        if schema != SCHEMA:
            raise UnreadablePaper(f"The paper was kept in form {schema}, which this release does not know.")
        return msgspec.json.decode(body, type=Paper)
    except msgspec.MsgspecError as problem:
        raise UnreadablePaper("The kept paper cannot be read.") from problem
