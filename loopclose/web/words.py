"""Times in the words of the screens, in the practice's zone."""

from __future__ import annotations

from datetime import datetime, timedelta
from math import ceil
from zoneinfo import ZoneInfo


def moment_words(moment: datetime, zone: ZoneInfo) -> str:
    """``Thu 19 Nov, 17:00``."""
    local = moment.astimezone(zone)
    return f"{local:%a} {local.day} {local:%b}, {local:%H:%M}"


def day_words(moment: datetime, zone: ZoneInfo) -> str:
    """``Thu 19 Nov``."""
    local = moment.astimezone(zone)
    return f"{local:%a} {local.day} {local:%b}"


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


def wait_words(wait: timedelta) -> str:
    """How long to wait, rounded up so that it is over by then; empty for no wait."""
    seconds = ceil(wait.total_seconds())
    if seconds <= 0:
        return ""
    if seconds < 100:
        return "1 second" if seconds == 1 else f"{seconds} seconds"
    return f"{ceil(seconds / 60)} minutes"
