"""Reads the words of an instruction back into what it says: slowly, by tables, and without the code that writes them.

The grammar is that of docs/rules/dosing.md. What is read is a plain dictionary, one key a part; parts that words do not
tell apart (who told an instruction) share a key. ``NotReadable`` where words are none of the grammar's.
"""

from __future__ import annotations

import re
from datetime import datetime
from decimal import Decimal, InvalidOperation
from typing import Any

TIMES = {"once": 1, "twice": 2}
LENGTHS = {"second": "s", "minute": "min", "hour": "h", "day": "d", "week": "wk", "month": "mo", "year": "a"}
WHEN = {
    "in the morning": "MORN", "early in the morning": "MORN.early", "late in the morning": "MORN.late",
    "at noon": "NOON", "in the afternoon": "AFT", "early in the afternoon": "AFT.early",
    "late in the afternoon": "AFT.late", "in the evening": "EVE", "early in the evening": "EVE.early",
    "late in the evening": "EVE.late", "at night": "NIGHT", "after sleep": "PHS", "at bedtime": "HS",
    "on waking": "WAKE", "with meals": "C", "with breakfast": "CM", "with lunch": "CD", "with dinner": "CV",
    "before meals": "AC", "before breakfast": "ACM", "before lunch": "ACD", "before dinner": "ACV",
    "after meals": "PC", "after breakfast": "PCM", "after lunch": "PCD", "after dinner": "PCV",
}  # fmt: skip
FROM_A_MOMENT = {
    **{words: code for words, code in WHEN.items() if words.startswith(("before", "after"))},
    "after noon": "NOON", "after night": "NIGHT", "before bedtime": "HS",
}  # fmt: skip
"""Behind so many minutes; every other moment has its minutes in brackets."""
SCHEDULES = {
    "every other day": (1, None, Decimal(2), None, "d"),
    "every morning": "AM",
    "every afternoon": "PM",
    "every evening": "QPM",
    "at once": "STAT",
}
ROUTES = {"by mouth", "Nasal", "Intravenous", "Ophthalmic", "route code 90028008"}
METHODS = {"Chew", "Apply", "Inject", "method code 421521009"}
SITES = {"left eye", "right arm", "both nostrils", "site code 8966001"}
"""What a person knows to be a route, a way of doing it, and a place: no word of ours stands before them."""
DAYS = {"Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"}
NO_UNIT, BESIDES = " (no unit given)", "; also coded in the order: "
BOTH, EACH = " (the order gives both)", " (the order gives each)"
APART = "; besides, at a time not said: "


class NotReadable(ValueError):
    """Words that no line of the grammar makes."""


def read_list(words: str) -> tuple[list[list[dict[str, Any]]], list[dict[str, Any]]]:
    """Instructions one after the other, those side by side together; and those without a place among them."""
    placed, *apart = words.split(APART)
    steps = [[read_one(one) for one in step.split("; also ")] for step in re.split("; then ", placed)]
    return steps, [read_one(one) for one in apart]


def read_besides(words: str) -> tuple[str, dict[str, Any]]:
    """The text of an instruction, and what is told of its structure behind it."""
    text, _, coded = words.partition(BESIDES)
    return text, read_one(coded) if coded else {}


def read_one(words: str) -> dict[str, Any]:
    """One instruction."""
    found: dict[str, Any] = {}
    for piece in (one for each in _pieces(words) for one in _both(each)):
        key, value = _read(piece)
        if key in ("often", "when", "events"):
            found[key] = found.get(key, frozenset()) | {value}
        elif key == "told":
            found[key] = f"{found[key]}, {value}" if key in found else value
        elif key in found:
            raise NotReadable(f"{key} stands twice in {words!r}")
        else:
            found[key] = value
    return found


def _both(piece: str) -> list[str]:
    """Two schedules of one instruction that cannot both hold."""
    return piece.removesuffix(BOTH).split(" or ") if piece.endswith(BOTH) else [piece]


def _pieces(words: str) -> list[str]:
    """What stands between commas; days, times and what stands in brackets are one piece."""
    pieces: list[str] = []
    for part in words.split(", "):
        goes_on = part in DAYS or re.fullmatch(r"\d\d:\d\d(:\d\d)?", part)
        if pieces and (goes_on or pieces[-1].count("(") > pieces[-1].count(")")):
            pieces[-1] += f", {part}"
        else:
            pieces.append(part)
    return pieces


def _read(piece: str) -> tuple[str, Any]:
    for known, key in ((ROUTES, "route"), (METHODS, "method"), (SITES, "site")):
        if piece in known:
            return key, piece
    if piece in WHEN:
        return "when", (WHEN[piece], 0)
    if piece in SCHEDULES:
        return "often", SCHEDULES[piece]
    for read in (_moment, _needed, _most, _day, _length, _often, _doses):
        if (read_as := read(piece)) is not None:
            return read_as
    return "told", piece


def _moment(piece: str) -> tuple[str, Any] | None:
    if (found := re.fullmatch(r"(\d+) minutes (.*)", piece)) and found[2] in FROM_A_MOMENT:
        return "when", (FROM_A_MOMENT[found[2]], int(found[1]))
    if found := re.fullmatch(r"(.*) \(offset (\d+) minutes\)", piece):
        return "when", (WHEN[found[1]], int(found[2]))
    if found := re.fullmatch(r"offset (\d+) minutes \(from what is not said\)", piece):
        return "offset", int(found[1])
    return None


def _needed(piece: str) -> tuple[str, Any] | None:
    if piece == "as needed":
        return "as needed", True
    if found := re.fullmatch(r"as needed (?:for (.*)|\(reason code (.*)\))", piece):
        return "as needed", found[1] or ("code", found[2])
    return None


def _most(piece: str) -> tuple[str, Any] | None:
    if not piece.startswith("at most "):
        return None
    words = piece.removeprefix("at most ")
    for end, key in ((" at a time", "most at a time"), (" in a lifetime", "most in a lifetime")):
        if words.endswith(end):
            return key, _amount(words.removesuffix(end))
    return "most in a period", _ratio(words)


def _day(piece: str) -> tuple[str, Any] | None:
    if found := re.fullmatch(r"on ((?:[A-Z][a-z][a-z](?:, )?)+)", piece):
        return "days", tuple(found[1].split(", "))
    if re.fullmatch(r"at \d\d:\d\d.*", piece):
        return "clock", tuple(piece.removeprefix("at ").split(", "))
    for start, key in (("on ", "events"), ("from ", "from"), ("until ", "until")):
        if piece.startswith(start) and (day := _date(piece.removeprefix(start))):
            return key, day
    return None


def _date(words: str) -> tuple[str, str | None] | None:
    day, _, clock = words.partition(" at ")
    for form in ("%d %b %Y", "%b %Y", "%Y"):
        try:
            return f"{datetime.strptime(day, form):%Y-%m-%d}"[
                : {"%d %b %Y": 10, "%b %Y": 7, "%Y": 4}[form]
            ], clock or None
        except ValueError:
            continue
    return None


def _length(piece: str) -> tuple[str, Any] | None:
    if found := re.fullmatch(r"(.*) times? in all", piece):
        return "count", _bounds(found[1])
    for start, key in (("over ", "over"), ("for ", "for")):
        if piece.startswith(start):
            return key, _span(piece.removeprefix(start))
    return None


def _often(piece: str) -> tuple[str, Any] | None:
    times, _, rest = piece.partition(" every ") if not piece.startswith("every ") else ("", "", piece[6:])
    if rest:
        counted = _times(times) if times else (1, None)
        return ("often", (*counted, *_every(rest))) if counted else None
    if found := re.fullmatch(r"(.*) an? (\w+)", piece):
        counted = _times(found[1])
        return ("often", (*counted, Decimal(1), None, LENGTHS[found[2]])) if counted and found[2] in LENGTHS else None
    counted = _times(piece)
    return ("often", (*counted, None, None, None)) if counted else None


def _times(words: str) -> tuple[int | None, int | None] | None:
    if words in TIMES:
        return TIMES[words], None
    if found := re.fullmatch(r"up to (\d+) times?", words):
        return None, int(found[1])
    if found := re.fullmatch(r"(\d+)(?: to (\d+))? times", words):
        return int(found[1]), int(found[2]) if found[2] else None
    return None


def _every(words: str) -> tuple[Decimal | None, Decimal | None, str | None]:
    """The length of a period, its bound and its unit."""
    if found := re.fullmatch(r"so many (\w+)s \(no number given\)", words):
        return None, None, LENGTHS[found[1]]
    if words in LENGTHS:
        return Decimal(1), None, LENGTHS[words]
    if words.endswith(NO_UNIT):
        return (*_bounds(words.removesuffix(NO_UNIT)), None)
    numbers, _, unit = words.rpartition(" ")
    return (*_bounds(numbers), _unit(unit))


def _bounds(words: str) -> tuple[Decimal | None, Decimal | None]:
    if words.startswith("up to "):
        return None, _number(words.removeprefix("up to "))
    low, _, high = words.partition(" to ")
    return _number(low), _number(high) if high else None


def _doses(piece: str) -> tuple[str, Any] | None:
    """One amount, or one in several measures."""
    main, _, others = piece.replace(NO_UNIT, "~").partition(" (")
    try:
        if piece.endswith(EACH):
            return "dose", frozenset(map(_dose, main.split(" or ")))
        return "dose", frozenset(map(_dose, [main, *(others.removesuffix(")").split(", ") if others else [])]))
    except (NotReadable, InvalidOperation):
        return None


def _dose(words: str) -> tuple[Any, Any]:
    words = words.replace("~", NO_UNIT)
    if words.startswith("at "):
        return None, _ratio(words.removeprefix("at "))
    dose, _, rate = words.partition(" at ")
    return _span(dose), _ratio(rate) if rate else None


def _ratio(words: str) -> Any:
    """One amount for another, or an amount or span alone."""
    if (found := re.fullmatch(r"(.*) an? (\w+)", words)) and found[2] in LENGTHS:
        return _amount(found[1]), ("", Decimal(1), LENGTHS[found[2]])
    if found := re.fullmatch(r"(.*) in so many (\w+?)s? \(no number given\)", words):
        return _amount(found[1]), (None, None, LENGTHS.get(found[2], found[2]))
    if " in " in words:
        much, _, over = words.partition(" in ")
        return _amount(much), _amount(over)
    return _span(words)


def _span(words: str) -> Any:
    """An amount, or two as bounds: (low, high)."""
    if words.startswith("up to "):
        return None, _amount(words.removeprefix("up to "))
    if words.endswith(" or more"):
        return _amount(words.removesuffix(" or more")), None
    low, to, high = words.partition(" to ")
    if not to:
        return _amount(words)
    upper = _amount(high)
    lower = _amount(low)
    return (lower if lower[2] or low.endswith(NO_UNIT) else (*lower[:2], upper[2])), upper


def _amount(words: str) -> tuple[str, Decimal, str]:
    if words.startswith("half a "):
        return "", Decimal("0.5"), _unit(words.removeprefix("half a "))
    found = re.fullmatch(r"(<=|>=|<|>)?([0-9][0-9,.]*)(?: (.*))?", words.removesuffix(NO_UNIT))
    if found is None:
        raise NotReadable(words)
    return found[1] or "", _number(found[2]), _unit(found[3] or "")


def _number(words: str) -> Decimal:
    return Decimal(words.replace(",", "")).normalize()


def _unit(word: str) -> str:
    """A unit as one: ``tablets`` as ``tablet``, ``days`` as ``d``."""
    one = word[:-1] if word.endswith("s") and len(word) > 2 else word
    return LENGTHS.get(one, one)
