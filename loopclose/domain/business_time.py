"""Practice days and business hours. Being written: see Calendar."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, time
from zoneinfo import ZoneInfo


@dataclass(frozen=True)
class Calendar:
    """When the practice is open: its zone, opening hours by weekday (0 = Monday) and holidays by date."""

    zone: ZoneInfo
    hours: Mapping[int, tuple[time, time]]
    holidays: Mapping[date, str]
