"""FHIR dates and times of any precision, kept as they were written (https://hl7.org/fhir/R4/datatypes.html#dateTime)."""

from __future__ import annotations

import calendar
import re
from datetime import UTC, date, datetime, time, timedelta, tzinfo

_FORM = re.compile(r"(\d{4})(?:-(\d\d)(?:-(\d\d)(?:T(\d\d):(\d\d)(?::(\d\d)(\.\d+)?)?(Z|[+-]\d\d:\d\d)?)?)?)?")


class When(str):
    """A FHIR date, dateTime or instant: the text itself, with its first and last moment.

    A value without a time, or without an offset, means local time at the practice, so the reader passes
    the practice's zone. Built only from text that is a real date; anything else raises ``ValueError``.
    """

    __slots__ = ()

    def __new__(cls, text: str) -> When:
        found = _FORM.fullmatch(text)
        if found is None:
            raise ValueError(f"{text!r} is not a FHIR date or time")
        year, month, day = int(found[1]), int(found[2] or 1), int(found[3] or 1)
        if not 1000 <= year <= 9998:
            raise ValueError(f"{text!r} is not a year that can be meant")
        date(year, month, day)
        if found[4]:
            second = min(int(found[6] or 0), 59)  # a leap second is written :60
            time(int(found[4]), int(found[5]), second)
        return super().__new__(cls, text)

    @property
    def has_time(self) -> bool:
        """Whether the value names a time of day."""
        return "T" in self

    def start(self, zone: tzinfo) -> datetime:
        """The first moment meant, in UTC; a value without offset is read in ``zone``."""
        if self.has_time:
            return self._moment(zone)
        year, month, day = [*(int(part) for part in self.split("-")), 1, 1][:3]
        return datetime(year, month, day, tzinfo=zone).astimezone(UTC)

    def end(self, zone: tzinfo) -> datetime:
        """The last moment meant, in UTC: a date alone ends with its day in ``zone``."""
        if self.has_time:
            return self._moment(zone)
        return datetime.combine(self.last_day(zone), time(23, 59, 59), tzinfo=zone).astimezone(UTC)

    def last_day(self, zone: tzinfo) -> date:
        """The last local day meant, in ``zone``."""
        if self.has_time:
            return self._moment(zone).astimezone(zone).date()
        parts = [int(part) for part in self.split("-")]
        year, month = parts[0], parts[1] if len(parts) > 1 else 12
        return date(year, month, parts[2] if len(parts) > 2 else calendar.monthrange(year, month)[1])

    def _moment(self, zone: tzinfo) -> datetime:
        found = _FORM.fullmatch(self)
        assert found is not None
        second = int(found[6] or 0)
        micro = int(((found[7] or ".0")[1:7]).ljust(6, "0"))
        local = datetime(
            int(found[1]),
            int(found[2]),
            int(found[3]),
            int(found[4]),
            int(found[5]),
            min(second, 59),
            micro,
            tzinfo=zone,
        )
        offset = found[8]
        if offset == "Z":
            local = local.replace(tzinfo=UTC)
        elif offset:
            sign = -1 if offset[0] == "-" else 1
            away = timedelta(hours=int(offset[1:3]), minutes=int(offset[4:6]))
            local = (local.replace(tzinfo=UTC)) - sign * away
        moment = local.astimezone(UTC)
        return moment + timedelta(seconds=1) if second == 60 else moment
