"""What a mail says of how old the chart is that it rests on; nothing while that was read just now."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from loopclose.domain.dates import moment_in_full

FRESH = timedelta(hours=1)
"""How old a complete reading may be without a word: the night reads before it tells, and that takes its time."""


def chart_notes(read_at: Mapping[str, datetime | None], now: datetime, zone: ZoneInfo) -> tuple[str, ...]:
    """A sentence for each EHR that was not read completely of late; ``read_at``: when each last was, None for never."""
    return tuple(_note(ehr, at, zone) for ehr, at in sorted(read_at.items()) if at is None or now - at > FRESH)


def _note(ehr: str, at: datetime | None, zone: ZoneInfo) -> str:
    if at is None:
        return f"The EHR {ehr} was never read completely: what was done there is not seen here."
    when = moment_in_full(at, zone)
    return f"The EHR {ehr} was last read completely on {when}: what was done there since is not seen here."
