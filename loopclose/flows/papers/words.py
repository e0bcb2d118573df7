"""Moments in the sentences of a paper: whoever reads it may read it in another year, and in another place."""

from __future__ import annotations

from datetime import datetime
from zoneinfo import ZoneInfo


def at_words(moment: datetime, zone: ZoneInfo) -> str:
    """``24 Nov 2026, 09:50 EST``."""
    local = moment.astimezone(zone)
    return f"{local.day} {local:%b %Y, %H:%M %Z}"
