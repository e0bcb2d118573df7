"""The day that words of a note name: ``in 2 weeks``, ``by 12/3``, ``before Friday``; reckoned from the visit's.

A span has its last day (``in 6-8 weeks``), a day without a year is the next one. How long something is taken, how often
it is done, and what has been, is no day to act by.
"""

from __future__ import annotations

import calendar
import re
from collections.abc import Iterator
from datetime import date, timedelta

NUMBERS = {
    "a": 1, "an": 1, "one": 1, "two": 2, "a couple of": 2, "three": 3, "four": 4, "five": 5, "six": 6, "seven": 7,
    "eight": 8, "nine": 9, "ten": 10, "eleven": 11, "twelve": 12,
}  # fmt: skip
MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
WEEKDAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
SOON = {"today": 0, "asap": 0, "as soon as possible": 0, "immediately": 0, "urgently": 0, "tomorrow": 1, "next week": 7}
"""Days after the visit."""
LONGEST = 3660
"""Days after the visit: what is further off is no day to act by."""
_COUNT = r"([0-9]{1,3}|a couple of|an?|one|two|three|four|five|six|seven|eight|nine|ten|eleven|twelve)"
_UNIT = r"[- ]?(hours?|hrs?|days?|weeks?|wks?|months?|mos?|years?|yrs?)\b"
_NOT_AFTER = r"(?! (?:after|before|post|prior|of|ago|from (?!now|today|this visit)))"
_SPAN = re.compile(
    rf"\b(?:in|within|at|by|after) (?:about |approximately |approx |around |the next |~)?{_COUNT}"
    rf"(?: ?(?:-|–|to|or) ?{_COUNT})?{_UNIT}{_NOT_AFTER}"
)
_BARE = re.compile(rf"(?<!for )(?<!every )(?<!over )(?<!past )(?<!last )(?<!x )(?<![\w-])"
                   rf"{_COUNT}(?: ?(?:-|–|to|or) ?{_COUNT})?{_UNIT}(?: from (?:now|today"
                   rf"|this visit))?[.)]*$")  # fmt: skip
_BEFORE = r"\b(?:by|on|before|until|due|no later than|week of)(?: the)? "
_ISO = re.compile(_BEFORE + r"(20[0-9]{2})-([0-9]{2})-([0-9]{2})\b")
_US = re.compile(_BEFORE + r"([0-9]{1,2})/([0-9]{1,2})(?:/(20[0-9]{2}|[0-9]{2}))?\b(?!/)")
_NAME = r"(jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec)[a-z]{0,6}\.?"
_YEAR = r"(?:,? (20[0-9]{2}))?"
_DAY_MONTH = re.compile(_BEFORE + rf"(?:[a-z]{{3,9}},? )?([0-9]{{1,2}})(?:st|nd|rd|th)? (?:of )?{_NAME}{_YEAR}\b")
_MONTH_DAY = re.compile(_BEFORE + rf"(?:[a-z]{{3,9}},? )?{_NAME} ([0-9]{{1,2}})(?:st|nd|rd|th)?{_YEAR}\b")
_WEEKDAY = re.compile(r"\b(?:by|on|before|next|this) (?:next |this )?(" + "|".join(WEEKDAYS) + r")\b")
_SOON = re.compile(r"\b(" + "|".join(SOON) + r")\b")


def day_named(words: str, visit: date) -> date | None:
    """The earliest day that words name from the visit on; ``words`` in small letters. None where they name none."""
    found = [day for day in _days(words, visit) if visit <= day <= visit + timedelta(days=LONGEST)]
    return min(found, default=None)


def _days(words: str, visit: date) -> Iterator[date]:
    for pattern in (_SPAN, _BARE):
        for match in pattern.finditer(words):
            yield _later(visit, _count(match[2] or match[1]), match[3])
    for match in _ISO.finditer(words):
        yield from _day(int(match[1]), int(match[2]), int(match[3]))
    for match in _US.finditer(words):
        yield from _next(match[3], int(match[1]), int(match[2]), visit)
    for match in _DAY_MONTH.finditer(words):
        yield from _next(match[3], MONTHS.index(match[2]) + 1, int(match[1]), visit)
    for match in _MONTH_DAY.finditer(words):
        yield from _next(match[3], MONTHS.index(match[1]) + 1, int(match[2]), visit)
    for match in _WEEKDAY.finditer(words):
        yield visit + timedelta(days=(WEEKDAYS.index(match[1]) - visit.weekday() - 1) % 7 + 1)
    for match in _SOON.finditer(words):
        yield visit + timedelta(days=SOON[match[1]])


def _count(words: str) -> int:
    return NUMBERS[words] if words in NUMBERS else int(words)


def _later(visit: date, count: int, unit: str) -> date:
    if unit.startswith("h"):
        return visit + timedelta(days=-(-count // 24))
    if unit.startswith(("d", "w")):
        return visit + timedelta(days=count * (7 if unit.startswith("w") else 1))
    months = visit.month - 1 + count * (12 if unit.startswith("y") else 1)
    year, month = visit.year + months // 12, months % 12 + 1
    return date(year, month, min(visit.day, calendar.monthrange(year, month)[1]))


def _next(year: str | None, month: int, day: int, visit: date) -> Iterator[date]:
    """That day of that year; without a year the next one from the visit on."""
    if year is not None:
        yield from _day(int(year) + (2000 if len(year) == 2 else 0), month, day)
        return
    this = next(_day(visit.year, month, day), None)
    if this is not None:
        yield this if this >= visit else next(_day(visit.year + 1, month, day), this)


def _day(year: int, month: int, day: int) -> Iterator[date]:
    if 1 <= month <= 12 and 1 <= day <= calendar.monthrange(year, month)[1]:
        yield date(year, month, day)
