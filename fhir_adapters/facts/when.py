"""FHIR dates and times of any precision, kept as they were written (https://hl7.org/fhir/R4/datatypes.html#dateTime)."""

from __future__ import annotations

import calendar
import re
from datetime import UTC, date, datetime, time, timedelta, tzinfo
from functools import lru_cache
from typing import Final

_FORM = re.compile(r"(\d{4})(?:-(\d\d)(?:-(\d\d)(?:T(\d\d):(\d\d)(?::(\d\d)(\.\d+)?)?(Z|[+-]\d\d:\d\d)?)?)?)?")
FIRST, LAST = datetime(1000, 1, 1, tzinfo=UTC), datetime(9000, 1, 1, tzinfo=UTC)
"""No moment is told as earlier or later: "0001-01-01" and "9999-12-31" mean "nobody knows", and a clock that is
reckoned on from them must not run over."""
_FIRST_YEAR: Final = "1000"
_LAST_YEAR: Final = "9000"


class When(str):
    """A FHIR date, dateTime or instant: the text itself, with its first and last moment.

    A value without a time, or without an offset, means local time at the practice, so the reader passes
    the practice's zone. Built only from text that is a real date; anything else raises ``ValueError``.
    """

    __slots__ = ()

    def __new__(cls, text: str) -> When:
        if _is_usual(text):
            return str.__new__(cls, text)
        found = _FORM.fullmatch(text)
        if found is None:
            raise ValueError(f"{text!r} is not a FHIR date or time")
        if found[4]:
            datetime.fromisoformat(_without_leap_second(text))
        else:
            date(int(text[:4]), int(text[5:7] or 1), int(text[8:10] or 1))
        return str.__new__(cls, text)

    @property
    def has_time(self) -> bool:
        """Whether the value names a time of day."""
        return "T" in self

    def start(self, zone: tzinfo) -> datetime:
        """The first moment meant, in UTC; a value without offset is read in ``zone``."""
        if not _FIRST_YEAR <= self[:4] < _LAST_YEAR:
            return _bound(self)
        if self.has_time:
            return _moment(self, zone)
        year, month, day = [*(int(part) for part in self.split("-")), 1, 1][:3]
        return datetime(year, month, day, tzinfo=zone).astimezone(UTC)

    def end(self, zone: tzinfo) -> datetime:
        """The last moment meant, in UTC: a date alone ends with its day in ``zone``."""
        if not _FIRST_YEAR <= self[:4] < _LAST_YEAR:
            return _bound(self)
        if self.has_time:
            return _moment(self, zone)
        return datetime.combine(self.last_day(zone), time(23, 59, 59), tzinfo=zone).astimezone(UTC)

    def last_day(self, zone: tzinfo) -> date:
        """The last local day meant, in ``zone``."""
        if not _FIRST_YEAR <= self[:4] < _LAST_YEAR:
            return _bound(self).date()
        if self.has_time:
            return _moment(self, zone).astimezone(zone).date()
        parts = [int(part) for part in self.split("-")]
        year, month = parts[0], parts[1] if len(parts) > 1 else 12
        return date(year, month, parts[2] if len(parts) > 2 else calendar.monthrange(year, month)[1])


@lru_cache(maxsize=512)  # the rules ask for start and end of the same visit again and again
def _moment(text: str, zone: tzinfo) -> datetime:
    moment = datetime.fromisoformat(_without_leap_second(text))
    if moment.tzinfo is None:
        moment = moment.replace(tzinfo=zone)
    moment = moment.astimezone(UTC)
    return moment + timedelta(seconds=1) if text[17:19] == "60" else moment


def _bound(text: str) -> datetime:
    return FIRST if text[:4] < _FIRST_YEAR else LAST


def _is_usual(text: str) -> bool:
    """Whether it is a real date, or date and time with an offset, as nearly all are; told four times as quickly."""
    if not "1" <= text[:1] <= "9" or text.startswith("9999"):
        return False
    try:
        if len(text) == 10 and text[4] == text[7] == "-":
            date.fromisoformat(text)
        elif (len(text) == 25 and text[22] == ":") or (len(text) == 20 and text[19] == "Z"):
            return text[4:17:3] == "--T::" and datetime.fromisoformat(text) is not None
        else:
            return False
    except ValueError:  # a leap second, or no date at all
        return False
    return True


def _without_leap_second(text: str) -> str:
    """A leap second is written ``:60``, and Python knows none."""
    return f"{text[:17]}59{text[19:]}" if text[17:19] == "60" else text
