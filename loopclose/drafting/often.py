"""How often a day a medicine is taken by some words: the only measure in which two schedules can be compared."""

from __future__ import annotations

import re
from collections.abc import Iterator
from fractions import Fraction

from loopclose.drafting.sig import plainly

DAYS = {"h": Fraction(1, 24), "d": Fraction(1), "w": Fraction(7), "m": Fraction(30), "y": Fraction(365)}
"""By the first letter of a length of time: so many days."""
PER = {"day": 1, "daily": 1, "d": 1, "week": 7, "weekly": 7, "month": 30, "monthly": 30}
TIMES = {"once": 1, "twice": 2, "thrice": 3, "one": 1, "two": 2, "three": 3, "four": 4, "five": 5, "six": 6}
ALONE = {
    "daily": Fraction(1), "qd": Fraction(1), "qday": Fraction(1), "bid": Fraction(2),
    "tid": Fraction(3), "qid": Fraction(4),
    "qod": Fraction(1, 2), "weekly": Fraction(1, 7), "monthly": Fraction(1, 30), "biw": Fraction(2, 7),
    "tiw": Fraction(3, 7), "nightly": Fraction(1), "qhs": Fraction(1), "qam": Fraction(1), "qpm": Fraction(1),
}  # fmt: skip
"""One word that says how often."""
_UNIT = r"(h|hr|hrs|hours?|d|days?|wk|wks|w|weeks?|mo|months?|years?)"
_NUMBER = r"([0-9]{1,3}(?:\.[0-9]{1,2})?)"
_EVERY = re.compile(rf" (?:every|q) {_NUMBER}(?: (?:to )?{_NUMBER})? {_UNIT}(?= )")
_TIMES = re.compile(
    r" (once|twice|thrice|one|two|three|four|five|six|[0-9]{1,2})(?: (?:one|two|three|four|five|six))?"
    r"( times?| x|)(?: (?:a|per|each|every))? (day|daily|week|weekly|month|monthly)(?= )"
)
_OTHER = re.compile(r" (?:every other|every second|alternate) (day|week)s?(?= )")
_EACH = re.compile(r" (?:every|each) (day|week|month)(?= )")
_OF_THE_DAY = (
    frozenset({"morning", "breakfast", "am", "qam"}),
    frozenset({"noon", "afternoon", "lunch", "midday"}),
    frozenset({"evening", "bedtime", "night", "nightly", "dinner", "supper", "pm", "qpm", "qhs", "hs"}),
    frozenset({"meals", "meal"}),
)


def differ(one: str, other: str) -> bool:
    """Whether two schedules each say plainly how often, and not the same."""
    first, second = often_a_day(one), often_a_day(other)
    return bool(first and second) and not any(_near(one, other) for one in first for other in second)


def _near(one: Fraction, other: Fraction) -> bool:
    """Four weeks are a month here, and twelve weeks three."""
    return abs(one - other) <= max(one, other) / 8


def often_a_day(text: str) -> frozenset[Fraction]:
    """How often a day by each thing that a text says of it; nothing where moments of the day make it oftener, or where
    it does not say. ``every 4 to 6 hours`` is both.
    """
    left = plainly(text)
    found: set[Fraction] = set()
    for pattern in (_EVERY, _TIMES, _OTHER, _EACH):
        kept = ""
        at = 0
        for match in pattern.finditer(left):
            if those := [*_rates(pattern, match)]:
                found.update(those)
                kept += left[at : match.start()]
                at = match.end()
        left = kept + left[at:]
    words = left.split()
    found.update(ALONE[word] for word in words if word in ALONE)
    moments = sum(1 for part in _OF_THE_DAY if part & {*words})
    is_oftener = found <= {Fraction(1)} and (moments > 1 or not _OF_THE_DAY[3].isdisjoint(words))
    return frozenset() if is_oftener else frozenset(found)


def _rates(pattern: re.Pattern[str], match: re.Match[str]) -> Iterator[Fraction]:
    if pattern is _EVERY:
        for number in filter(None, (match[1], match[2])):
            if length := Fraction(number):
                yield 1 / (length * DAYS[match[3][0]])
    elif pattern is _TIMES:
        counted = match[2].strip() or match[1] in ("once", "twice", "thrice")
        often = TIMES.get(match[1]) or (int(match[1]) if match[1].isdecimal() else 0)
        if counted and often:
            yield Fraction(often, PER[match[3]])
    elif pattern is _OTHER:
        yield Fraction(1, 2 if match[1] == "day" else 14)
    else:
        yield Fraction(1, PER[match[1]])
