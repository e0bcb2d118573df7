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
    "eight": 8, "nine": 9, "ten": 10, "eleven": 11, "twelve": 12, "a few": 3,
}  # fmt: skip
MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
WEEKDAYS = {
    "monday": 0, "tuesday": 1, "wednesday": 2, "thursday": 3, "friday": 4, "saturday": 5, "sunday": 6, "mon": 0,
    "tue": 1, "tues": 1, "wed": 2, "thu": 3, "thur": 3, "thurs": 3, "fri": 4,
}  # fmt: skip
"""Not ``sat`` and ``sun``: the one is oxygen, the other shines."""
SOON = {
    "today": 0, "asap": 0, "as soon as possible": 0, "immediately": 0, "urgently": 0, "stat": 0, "tonight": 0,
    "tomorrow": 1, "next week": 7, "within the week": 7, "fortnight": 14, "half a year": 182, "half year": 182,
}  # fmt: skip
"""Days after the visit."""
LONGEST = 3660
"""Days after the visit: what is further off is no day to act by."""
LATELY = 7
"""Months."""
_COUNT = r"([0-9]{1,3}|a couple of|a few|an?|one|two|three|four|five|six|seven|eight|nine|ten|eleven|twelve)"
_UNIT = r"[- ]?(hours?|hrs?|h|days?|d|weeks?|wks?|w|months?|mths?|mos?|m|years?|yrs?|y)\b\.?"
_NOT_AFTER = r"(?![ -](?:after|before|post|prior|of|ago|intervals?|from (?!now|today|this visit)))"
_SPAN = re.compile(
    r"\b(?:in|within|at|by|after|over(?= the next)) "
    rf"(?:about |approximately |approx\.? |around |the next |next |~ ?)?{_COUNT}"
    rf"(?: ?(?:-|–|to|or) ?{_COUNT})?{_UNIT}{_NOT_AFTER}"
)
_BRITISH = re.compile(r"\b(?:in|within|after) ([0-9]{1,2})(?:-([0-9]{1,2}))?/(52|12|7)\b")
"""``in 6/52``, ``2/12``, ``3/7``: weeks, months and days."""
_TWICE = re.compile(rf"\b{_COUNT} \((?:[0-9]{{1,3}}|[a-z]{{3,6}})\)")
"""``two (2) weeks``."""

_BARE = re.compile(rf"(?<!for )(?<!every )(?<!over )(?<!past )(?<!last )(?<!x )(?<!half )(?<![\w-])"
                   rf"{_COUNT}(?: ?(?:-|–|to|or) ?{_COUNT})?{_UNIT}(?: from (?:now|today"
                   rf"|this visit))?(?:[.)]*$"
                   rf"| ?(?:w/|with|@|at|-|–|\() ?(?:his |her |their )?(?:pcp|gp)\b)")  # fmt: skip
_OF_PCP = re.compile(rf"^(?:pcp|gp):? {_COUNT}(?: ?(?:-|–|to|or) ?{_COUNT})?{_UNIT}{_NOT_AFTER}")
"""``PCP 1-2 weeks, cardiology 3 months``."""
_DAY_NAME = r"(?:mon|tues?|wed|thu|thurs?|fri|sat|sun)(?:[a-z]{0,6}day)?\.?,? (?:the )?"
_BEFORE = rf"(?:\b(?:by|on|before|until|due|no later than|week of)(?: the)? (?:{_DAY_NAME})?|\b{_DAY_NAME})"
_ISO = re.compile(_BEFORE + r"(20[0-9]{2})-([0-9]{2})-([0-9]{2})\b")
_US = re.compile(_BEFORE + r"([0-9]{1,2})(?:/([0-9]{1,2})\b(?!/)|[-/]([0-9]{1,2})[-/](20[0-9]{2}|[0-9]{2})\b)")
_NAME = r"(jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec)[a-z]{0,6}\.?"
_YEAR = r"(?:,? (20[0-9]{2}))?"
_DAY_MONTH = re.compile(_BEFORE + rf"([0-9]{{1,2}})(?:st|nd|rd|th)? (?:of )?{_NAME}{_YEAR}\b")
_MONTH_DAY = re.compile(_BEFORE + rf"{_NAME} ([0-9]{{1,2}})(?:st|nd|rd|th)?{_YEAR}\b")
_AT_END = re.compile(r"(?<=[a-z+] )([0-9]{1,2})/([0-9]{1,2})/(20[0-9]{2}|[0-9]{2})[.)]*$")
"""``K+ 11/30/26.``; without its year it may be a score."""
_WEEKDAY = re.compile(
    rf"(?:\b(?:by|on|before|next|this) (?:next |this )?({'|'.join(WEEKDAYS)})\b"
    rf"|(?<!every )(?<!each )(?<!last )(?<!past )\b({'|'.join(WEEKDAYS)})(?=[.)]*$))"
    r"(?!\.?,? (?:the )?(?:[0-9]|(?:jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec)))"
)
"""Where no date stands behind it, which tells the day better."""
_MONTH = re.compile(
    r"\b(?:in|by|before|during|until|(end of)|mid[- ]?|early|late)(?:(?<=-)| )(?:the month of |early |late |mid[- ]?)?"
    r"(january|february|march|april|may|june|july|august|september|october|november|december"
    r"|jan|feb|mar|apr|jun|jul|aug|sept?|oct|nov|dec)\b\.?(?! ?[0-9]{1,2}\b)" + _YEAR
)
_END_OF = re.compile(r"\b(?:end of (?:the |this )?|this )(week|month|year)\b(?!')")
_SOON = re.compile(
    r"(?<!every )(?<!every a )(?<!for )(?<!for a )(?<!last )(?<!past )\b(" + "|".join(SOON) + r")\b(?! (?:month|ago))"
)


def day_named(words: str, visit: date) -> date | None:
    """The earliest day that words name from the visit on; ``words`` in small letters. None where they name none."""
    found = [day for day in _days(words, visit) if visit <= day <= visit + timedelta(days=LONGEST)]
    return min(found, default=None)


def _days(words: str, visit: date) -> Iterator[date]:
    words = _TWICE.sub(r"\1", words)
    for pattern in (_SPAN, _BARE, _OF_PCP):
        for match in pattern.finditer(words):
            yield _later(visit, _count(match[2] or match[1]), match[3])
    for match in _ISO.finditer(words):
        yield from _day(int(match[1]), int(match[2]), int(match[3]))
    for match in _US.finditer(words):
        yield from _next(match[4], int(match[1]), int(match[2] or match[3]), visit)
    for match in _DAY_MONTH.finditer(words):
        yield from _next(match[3], MONTHS.index(match[2]) + 1, int(match[1]), visit)
    for match in _MONTH_DAY.finditer(words):
        yield from _next(match[3], MONTHS.index(match[1]) + 1, int(match[2]), visit)
    for match in _BRITISH.finditer(words):
        yield _later(visit, int(match[2] or match[1]), {"52": "w", "12": "m", "7": "d"}[match[3]])
    for match in _AT_END.finditer(words):
        yield from _next(match[3], int(match[1]), int(match[2]), visit)
    for match in _WEEKDAY.finditer(words):
        yield visit + timedelta(days=(WEEKDAYS[match[1] or match[2]] - visit.weekday() - 1) % 7 + 1)
    for match in _MONTH.finditer(words):
        yield from _in_month(match, visit)
    for match in _END_OF.finditer(words):
        yield _end_of(match[1], visit)
    for match in _SOON.finditer(words):
        yield visit + timedelta(days=SOON[match[1]])


def _in_month(match: re.Match[str], visit: date) -> Iterator[date]:
    """The last day of a month; its first where it is to be done by or before it, its middle in *mid-December*. One of
    the half year before the visit tells of what has been, unless it has its year.
    """
    month, words = MONTHS.index(match[2][:3]) + 1, match[0]
    if not match[3] and (visit.month - month) % 12 in range(1, LATELY):
        return
    year = int(match[3]) if match[3] else visit.year + (month < visit.month)
    last = calendar.monthrange(year, month)[1]
    early = words.startswith(("by", "before", "until", "early")) or " early" in words
    day = 15 if "mid" in words else 1 if early and not match[1] else last
    yield from _day(year, month, day)


def _end_of(what: str, visit: date) -> date:
    """The last day of a week's work, of a month or of a year."""
    if what == "week":
        return visit + timedelta(days=(4 - visit.weekday()) % 7)
    month = 12 if what == "year" else visit.month
    return date(visit.year, month, calendar.monthrange(visit.year, month)[1])


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
