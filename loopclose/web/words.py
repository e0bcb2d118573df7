"""How long ago, how late and how near, in the words of the screens."""

from __future__ import annotations

from datetime import datetime, timedelta
from zoneinfo import ZoneInfo


def due_words(due_at: datetime, now: datetime, zone: ZoneInfo, late: bool) -> str:
    """How late, or how near: ``5 days late``, ``Today``, ``Tomorrow``, or nothing where the date says it."""
    if late:
        return f"{_length(now - due_at)} late"
    days = (due_at.astimezone(zone).date() - now.astimezone(zone).date()).days
    return {0: "Today", 1: "Tomorrow"}.get(days, "")


def ago(moment: datetime, now: datetime) -> str:
    """``4 min ago``."""
    return f"{_length(now - moment)} ago"


def _length(span: timedelta) -> str:
    minutes = max(int(span.total_seconds() // 60), 0)
    for size, name in ((1440, "day"), (60, "hour")):
        if minutes >= size:
            count = minutes // size
            return f"{count} {name}" if count == 1 else f"{count} {name}s"
    return f"{minutes} min"
