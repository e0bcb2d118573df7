"""What went wrong, in the sentences that the top of a page, the page Health and ``loopclose doctor`` share."""

from __future__ import annotations

from datetime import datetime
from zoneinfo import ZoneInfo

from loopclose.domain.dates import since_words, zoned_words
from loopclose.flows.health.check import Reading


def _at(moment: datetime, now: datetime, zone: ZoneInfo, in_full: bool) -> str:
    return zoned_words(moment, zone) if in_full else since_words(moment, zone, now)


def not_read_words(one: Reading, now: datetime, zone: ZoneInfo, *, in_full: bool = False) -> str:
    """That an EHR could not be read, since when and why, and when it last was; without the full stop."""
    if one.failing is None:
        raise ValueError(f"the EHR {one.ehr} was read")
    since = _at(one.failing.since, now, zone, in_full)
    return f"could not read EHR {one.ehr} since {since}: {one.failing.why} {last_read_words([one], now, zone, in_full)}"


def last_read_words(readings: list[Reading], now: datetime, zone: ZoneInfo, in_full: bool = False) -> str:
    """Of when the oldest of what is shown is; without the full stop."""
    read = [one.at for one in readings if one.at is not None]
    if len(read) < len(readings):
        return "It was never read completely" if len(readings) == 1 else "Not all of them were ever read completely"
    return f"What you see was last read {_at(min(read), now, zone, in_full)}"
