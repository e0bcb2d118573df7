"""What a person entered as text, read by the fields of a move: what cannot be read is refused, never guessed."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, date, datetime
from typing import Any
from zoneinfo import ZoneInfo

from loopclose.domain.move import Field, Move

NONE = "none"
"""The word that takes away what was entered before."""


class Unreadable(ValueError):
    """A text that is not what its field expects; the message is one sentence for a person."""


def entered(move: Move, texts: Mapping[str, str], zone: ZoneInfo) -> dict[str, Any]:
    """The values of a move's fields, by name. A time without an offset is meant in ``zone``."""
    return {one.name: read_field(one, texts.get(one.name, ""), zone) for one in move.fields}


def read_field(asked: Field, text: str, zone: ZoneInfo) -> Any:
    """One value; raises ``Unreadable``."""
    text = text.strip()
    if asked.kind == "flag":
        return text == "1"
    if asked.kind not in ("moment", "day"):
        return text
    if text.lower() in ("", NONE):
        return None
    return _day(text) if asked.kind == "day" else _moment(text, zone)


def _day(text: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise Unreadable(f"{text!r} is no day: write it like 2026-11-23.") from None


def _moment(text: str, zone: ZoneInfo) -> datetime:
    try:
        moment = datetime.fromisoformat(text)
        utc = (moment if moment.tzinfo is not None else moment.replace(tzinfo=zone)).astimezone(UTC)
    except (ValueError, OverflowError):  # the latter: in Greenwich it would be year 0, or year 10000
        raise Unreadable(f"{text!r} is no time: write it like 2026-11-23T17:00.") from None
    if moment.tzinfo is None and utc.astimezone(zone).replace(tzinfo=None) != moment:
        raise Unreadable(f"{text!r} was skipped that day: the clocks went forward.")
    return utc
