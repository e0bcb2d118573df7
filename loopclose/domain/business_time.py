"""Practice days and business hours, in the practice's time zone; every moment given back is UTC."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

ONE_DAY = timedelta(days=1)
LONGEST_CLOSURE = 366
CLOSED_BY_US = "closing day of the practice"


@dataclass(frozen=True)
class Calendar:
    """When the practice is open: its zone, opening hours by weekday (0 = Monday), and the days it is closed on."""

    zone: ZoneInfo
    hours: Mapping[int, tuple[time, time]]
    holidays: Mapping[date, str]
    closed: frozenset[date] = frozenset()
    """Days on which this practice is closed besides."""
    opened: frozenset[date] = frozenset()
    """Holidays on which this practice is open all the same."""
    _open: dict[date, bool] = field(init=False, default_factory=dict, compare=False, repr=False)
    """Days looked up before: a holiday calendar is slow to ask, and a sync asks of the same weeks all the time."""
    _starts: dict[date, datetime] = field(init=False, default_factory=dict, compare=False, repr=False)
    _closes: dict[tuple[date, int], datetime] = field(init=False, default_factory=dict, compare=False, repr=False)
    _shifts: dict[tuple[datetime, int], datetime] = field(init=False, default_factory=dict, compare=False, repr=False)
    _off: dict[tuple[date, date], tuple[tuple[date, str], ...]] = field(
        init=False, default_factory=dict, compare=False, repr=False
    )

    def __post_init__(self) -> None:
        if not self.hours:
            raise ValueError("a practice must be open on at least one day of the week")

    def day_of(self, moment: datetime) -> date:
        """The local date of an instant."""
        return moment.astimezone(self.zone).date()

    def is_practice_day(self, day: date) -> bool:
        """Whether the practice is open that day."""
        known = self._open.get(day)
        if known is None:
            known = self._open[day] = day.weekday() in self.hours and self._day_off(day) is None
        return known

    def practice_days(self, first: date, last: date) -> int:
        """How many practice days there are after ``first`` and up to ``last``; 0 where it is not later."""
        return sum(self.is_practice_day(first + ONE_DAY * n) for n in range(1, (last - first).days + 1))

    def close_of(self, day: date) -> datetime:
        """Close of business of a practice day, as an instant; the hours of a weekday it is closed on are refused."""
        return datetime.combine(day, self.hours[day.weekday()][1], tzinfo=self.zone).astimezone(UTC)

    def open_of(self, day: date) -> datetime:
        """When a practice day opens, as an instant."""
        return datetime.combine(day, self.hours[day.weekday()][0], tzinfo=self.zone).astimezone(UTC)

    def start_of(self, day: date) -> datetime:
        """The first moment of a local date, as an instant."""
        known = self._starts.get(day)
        if known is None:
            known = self._starts[day] = datetime.combine(day, time(0), tzinfo=self.zone).astimezone(UTC)
        return known

    def practice_day_after(self, day: date, count: int) -> date:
        """The ``count``-th practice day after ``day`` (``count`` ≥ 1)."""
        for _ in range(count):
            day = self._next(day, ONE_DAY)
        return day

    def practice_day_before(self, day: date, count: int = 1) -> date:
        """The ``count``-th practice day before ``day``."""
        for _ in range(count):
            day = self._next(day, -ONE_DAY)
        return day

    def close_after(self, day: date, count: int) -> datetime:
        """ "N business days": close of business of the Nth practice day after the local date ``day``."""
        known = self._closes.get((day, count))
        if known is None:
            known = self._closes[day, count] = self.close_of(self.practice_day_after(day, count))
        return known

    def shifted(self, moment: datetime, days: int) -> datetime:
        """``moment`` moved by practice days, at the same local time of day; 0 leaves it as it is."""
        if days == 0:
            return moment
        known = self._shifts.get((moment, days))
        if known is None:
            local = moment.astimezone(self.zone)
            day = (self.practice_day_after if days > 0 else self.practice_day_before)(local.date(), abs(days))
            known = datetime.combine(day, local.time(), tzinfo=self.zone).astimezone(UTC)
            self._shifts[moment, days] = known
        return known

    def holidays_between(self, first: date, last: date) -> tuple[tuple[date, str], ...]:
        """Holidays after ``first`` and up to ``last`` that fall on a day the practice would be open."""
        known = self._off.get((first, last))
        if known is None:
            days = [first + ONE_DAY * n for n in range(1, (last - first).days + 1)]
            off = [(day, self._day_off(day)) for day in days if day.weekday() in self.hours]
            known = self._off[first, last] = tuple((day, name) for day, name in off if name is not None)
        return known

    def is_open(self, moment: datetime) -> bool:
        """Whether the practice is open at an instant."""
        local = moment.astimezone(self.zone)
        if not self.is_practice_day(local.date()):
            return False
        opens, closes = self.hours[local.weekday()]
        return opens <= local.time() < closes

    def after_open(self, moment: datetime, span: timedelta) -> datetime:
        """When the practice has been open for that long (more than nothing) after ``moment``."""
        day, left = self.day_of(moment), span
        if not self.is_practice_day(day):
            day = self.practice_day_after(day, 1)
        while True:
            begins, close = max(moment, self.open_of(day)), self.close_of(day)
            if begins < close:
                if left <= close - begins:
                    return begins + left
                left -= close - begins
            day = self.practice_day_after(day, 1)

    def _day_off(self, day: date) -> str | None:
        """The name of what closes the practice that day, whatever the weekday; None for no such thing."""
        if day in self.opened or (day not in self.closed and day not in self.holidays):
            return None
        return self.holidays.get(day, CLOSED_BY_US)

    def _next(self, day: date, step: timedelta) -> date:
        for _ in range(LONGEST_CLOSURE):
            day += step
            if self.is_practice_day(day):
                return day
        raise ValueError("the practice is closed for more than a year: check hours and holidays")
