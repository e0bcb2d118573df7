"""Edits of a draft as data: what somebody did to which sentence. They never stand in the paper, and never vanish."""

from __future__ import annotations

from typing import TypeAlias

import msgspec

LONGEST = 4000
"""Letters of one sentence that somebody may write."""


class Cut(msgspec.Struct, frozen=True, tag_field="does", tag="cut"):
    """A sentence was cut, or everything that is read together with it."""

    target: str
    """The key of the sentence (``keys.sentence_key``); of an item or a row that of its first."""
    whole: bool
    words: tuple[str, ...]
    """What was cut, a sentence each."""


class Change(msgspec.Struct, frozen=True, tag_field="does", tag="change"):
    """A sentence was put in other words."""

    target: str
    text: str
    was: str


class Add(msgspec.Struct, frozen=True, tag_field="does", tag="add"):
    """A sentence in somebody's own words, at the end of a section."""

    section: str
    text: str


class Move(msgspec.Struct, frozen=True, tag_field="does", tag="move"):
    """An item or a row was moved, before another or to the end of a section."""

    target: str
    section: str
    before: str | None
    words: str
    """What it begins with."""


class TakeBack(msgspec.Struct, frozen=True, tag_field="does", tag="take_back"):
    """An earlier edit counts no more."""

    of: int


class Refresh(msgspec.Struct, frozen=True, tag_field="does", tag="refresh"):
    """From here on the edits stand on a newer draft."""

    sha256: str


Edit: TypeAlias = Cut | Change | Add | Move | TakeBack | Refresh


class Made(msgspec.Struct, frozen=True):
    """One edit as it was made."""

    no: int
    """From 1; each was made upon the one before."""
    by: str
    """Who, by name."""
    at: str
    """When, in words of the practice."""
    edit: Edit

    @property
    def stamp(self) -> str:
        """Who and when, as a sentence bears it."""
        return f"{self.by}, {self.at}"


def as_data(edit: Edit) -> dict[str, object]:
    """An edit as JSON data."""
    found: dict[str, object] = msgspec.to_builtins(edit)
    return found


def of_data(data: object) -> Edit:
    """An edit out of JSON data; raises ``msgspec.ValidationError`` for what is none."""
    found: Edit = msgspec.convert(data, type=Edit)
    return found
