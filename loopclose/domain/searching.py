"""What is looked for and what it is looked for in, made alike: small letters and digits, without accents or marks."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from datetime import date
from functools import lru_cache

_PLAIN = re.compile(r"[a-z0-9]+")
_APART = str.maketrans({"ø": "o", "ł": "l", "đ": "d", "ð": "d", "þ": "th", "æ": "ae", "œ": "oe", "ı": "i"})
"""Letters that Unicode does not take apart into a plain one and a mark."""
_APOSTROPHES = dict.fromkeys(map(ord, "'’‘ʼ`´"))
LONGEST = 60
"""Letters of a word that are kept: an index takes words of a limited length."""
TAIL = 4
"""The screens show a record number by so many of its last characters."""


@lru_cache(maxsize=1024)  # the same referrers ask again and again
def words_in(text: str) -> tuple[str, ...]:
    """The words of ``text`` as they are compared: "O’Brien-Müller" is ``obrien`` and ``muller``."""
    if text.isascii():  # most names: the same, ten times as fast
        return tuple(word[:LONGEST] for word in _PLAIN.findall(text.lower().replace("'", "").replace("`", "")))
    plain = unicodedata.normalize("NFKD", text.translate(_APOSTROPHES)).casefold().translate(_APART)
    kept = (one for one in plain if unicodedata.category(one) not in ("Mn", "Cf"))
    return tuple(word[:LONGEST] for word in "".join(one if one.isalnum() else " " for one in kept).split())


def words_of(*texts: str | None, mrn: str | None = None) -> str:
    """Every word by which something is found, each once, with single spaces between.

    A record number is found as a whole, by its beginning, and by the last characters that the screens show.
    """
    found = [word for text in texts if text for word in words_in(text)]
    if mrn:
        found += [*words_in(mrn), *words_in(mrn[-TAIL:])]
    return " ".join(dict.fromkeys(found))


def asked_words(text: str) -> list[str]:
    """The words somebody looks for, without dates: each must begin a word of what is found."""
    return list(dict.fromkeys(words_in(sought(text).words)))


_MONTHS = (
    *("january", "february", "march", "april", "may", "june"),
    *("july", "august", "september", "october", "november", "december"),
)
_ISO = re.compile(r"(?<![\w-])(\d{4})-(\d{1,2})-(\d{1,2})(?![\w-])")
_NUMBERS = re.compile(r"(?<![\w/.-])(\d{1,2})([/.-])(\d{1,2})\2(\d{4}|\d{2})(?![\w/-])")
_DAY_FIRST = re.compile(r"(?<![\w/.-])(\d{1,2})[ .-]{1,2}([A-Za-z]{3,9})[ .,-]{1,2}(\d{4})(?![\w-])")
_MONTH_FIRST = re.compile(r"(?<![\w/.-])([A-Za-z]{3,9})[ .]{1,2}(\d{1,2})(?:,? |,)(\d{4})(?![\w-])")
_CENTURIES = (1900, 2000)


@dataclass(frozen=True)
class Sought:
    """What somebody typed to find something, taken apart."""

    words: str
    """What is no date."""
    born: tuple[str, ...]
    """Days as ``YYYY-MM-DD``, of which one must be the birth date; empty where no date was typed."""


@lru_cache(maxsize=256)
def sought(text: str) -> Sought:
    """Take the birth date out of what was typed: ``3/14/1961``, ``1961-03-14``, ``14 Mar 1961``, ``March 14, 1961``.

    Numbers are read as in the United States, the month first, unless only the other way gives a day; a year of two
    digits may be of either century. What looks like a date and is none stays among the words.
    """
    born: list[str] = []
    for pattern, days in ((_ISO, _of_iso), (_NUMBERS, _of_numbers), (_DAY_FIRST, _of_day), (_MONTH_FIRST, _of_month)):
        for found in pattern.finditer(text):
            if some := days(*found.groups()):
                born += some
                text = text.replace(found[0], " ", 1)
    return Sought(text, tuple(dict.fromkeys(born)))


def _of_iso(year: str, month: str, day: str) -> list[str]:
    return _days([int(year)], int(month), int(day))


def _of_numbers(first: str, _: str, second: str, year: str) -> list[str]:
    years = [int(year)] if len(year) == 4 else [century + int(year) for century in _CENTURIES]
    return _days(years, int(first), int(second)) or _days(years, int(second), int(first))


def _of_day(day: str, month: str, year: str) -> list[str]:
    return _days([int(year)], _month(month), int(day))


def _of_month(month: str, day: str, year: str) -> list[str]:
    return _days([int(year)], _month(month), int(day))


def _month(word: str) -> int:
    """1 to 12 of a month's name, or of at least three letters of one; 0 for any other word, such as Mary."""
    return next((no for no, name in enumerate(_MONTHS, start=1) if name.startswith(word.lower())), 0)


def _days(years: list[int], month: int, day: int) -> list[str]:
    found = []
    for year in years:
        try:
            found.append(date(year, month, day).isoformat())
        except ValueError:  # no such day
            continue
    return found
