"""What the text of a dosage says of what is coded beside it: nothing coded is to be lost, and little said twice."""

from __future__ import annotations

import re
from functools import lru_cache

PRN = ("prn", "p r n", "as needed", "if needed", "when needed", "when required", "as required", "if required")
MOST = ("max", "maximum", "at most", "no more than", "not more than", "not exceed", "up to")
SPELLINGS = {
    "once a day": (
        "daily", "once daily", "every day", "each day", "qd", "q d", "nightly", "every night",
        "every morning", "every evening", "at bedtime", "qhs", "qam", "qpm", "in the morning", "at night",
        "every 24 hours", "q24h",
    ),
    "twice a day": ("bid", "b i d", "twice daily", "two times daily", "2 times daily", "two times a day",
                    "2 times a day", "every 12 hours", "q12h", "morning and evening", "2x daily"),
    "3 times a day": ("tid", "t i d", "three times daily", "three times a day", "3 times daily", "every 8 hours",
                      "q8h"),
    "4 times a day": ("qid", "q i d", "four times daily", "four times a day", "4 times daily", "every 6 hours", "q6h"),
    "every other day": ("qod", "q o d", "every second day", "alternate days"),
    "once a week": ("weekly", "every week", "once weekly", "each week"),
    "at bedtime": ("qhs", "hs", "nightly", "every night", "before bed"),
    "by mouth": ("po", "p o", "oral", "orally"),
}  # fmt: skip
"""By our words: how texts of orders say the same."""
ONCE, OFTENER = "once a day", ("twice a day", "3 times a day", "4 times a day")
NUMBERS = {
    "1": ("one", "a", "an"), "2": ("two", "both"), "3": ("three",), "4": ("four",), "5": ("five",), "6": ("six",),
    "7": ("seven",), "8": ("eight",), "9": ("nine",), "10": ("ten",), "0.5": ("half", "½"),
}  # fmt: skip
MEASURES = {
    "tab": "tablet", "tabs": "tablet", "tablet": "tablet", "tablets": "tablet", "cap": "capsule", "caps": "capsule",
    "capsule": "capsule", "capsules": "capsule", "puff": "puff", "puffs": "puff", "drop": "drop", "drops": "drop",
    "gtt": "drop", "gtts": "drop", "unit": "unit", "units": "unit", "iu": "unit", "mg": "mg", "mcg": "mcg",
    "ug": "mcg", "ml": "ml", "cc": "ml", "g": "g", "gram": "g", "grams": "g", "patch": "patch", "patches": "patch",
    "spray": "spray", "sprays": "spray", "application": "application", "applications": "application",
}  # fmt: skip
"""By how an order writes it: in what a dose is measured."""
COUNTED = frozenset({"tablet", "capsule", "puff", "drop", "patch", "spray", "application"})
"""What is often left away behind its number: ``take 1 daily``."""
LENGTHS = {
    **dict.fromkeys(("s", "sec", "secs", "second", "seconds"), "second"),
    **dict.fromkeys(("min", "mins", "minute", "minutes"), "minute"),
    **dict.fromkeys(("h", "hr", "hrs", "hour", "hours"), "hour"),
    **dict.fromkeys(("d", "day", "days"), "day"),
    **dict.fromkeys(("wk", "wks", "week", "weeks"), "week"),
    **dict.fromkeys(("mo", "month", "months"), "month"),
    **dict.fromkeys(("yr", "yrs", "year", "years"), "year"),
    **dict.fromkeys(("x", "time", "times", "dose", "doses"), "time"),
}
"""By how an order writes it: a length of time, or how many times."""
_EVERY = re.compile(r"every (\d+)(?: to (\d+))? (hour|day|week)s?")
_LEADING_POINT = re.compile(r"(?<![\w.])[.](?=[0-9])")
_HALF = re.compile(r"(?<![\w.])1/2(?![\w/])")
_AND_A_HALF = re.compile(
    r"(?<![\w./])([0-9]{1,3})(?:[ -]?½|[ -]1/2|[ ]and[ ](?:a[ ])?(?:1/2|½|half))(?![\w/])"
    r"|\b(one|two|three) and a half\b"
)
_THOUSANDS = re.compile(r"(?<=[0-9]),(?=[0-9]{3}(?![0-9]))")
_NUMBER = re.compile(r"[0-9]+(?:[.][0-9]+)?")
_ONE_OF_MORE = re.compile(
    r" (?:[2-9]|[0-9]{2}|five|six|seven|eight) (?:times|x) | (?:every|q) (?:[1-9]|1[0-9]|2[0-3])(?: to)?(?: [0-9]+)?"
    r" (?:h|hrs?|hours?) "
)
_PIECE = re.compile(r"[a-z½]+|[0-9]+(?:[.][0-9]+)?")
_SEAM = re.compile(r"(?<=[a-z])(?=[0-9])|(?<=[0-9])(?=[a-z])")
_OF_THE_DAY = (
    frozenset({"morning", "breakfast", "qam", "am"}),
    frozenset({"noon", "afternoon", "lunch"}),
    frozenset({"evening", "bedtime", "night", "nightly", "dinner", "supper", "qpm", "qhs", "hs", "pm"}),
)
"""Two of these together are more than once a day."""
NEAR = 6
"""Words behind *max* among which its amount is looked for."""
OTHERWISE = {"": {"kg", "m"}, "time": {"a", "daily", "day", "per", "each", "every", "weekly"}}
"""By what is counted: words behind it that make it another amount (a dose by weight, times a day)."""
_TIMES_A_TIME = (" in ", " a day", " an hour", " a week", " a month", " a year", " at a time")


@lru_cache(maxsize=4096)  # the same few spellings are looked for in every instruction
def plainly(text: str) -> str:
    """Words and numbers in small letters, a blank between and around them; ``.5`` as ``0.5``, ``1/2`` as ``½``, and
    ``1 1/2`` as ``1.5``.
    """
    text = _HALF.sub("½", _AND_A_HALF.sub(_with_half, text.lower()))
    text = _THOUSANDS.sub("", _LEADING_POINT.sub("0.", text))
    return f" {' '.join(_PIECE.findall(_parted(text)))} "


def _with_half(found: re.Match[str]) -> str:
    return f"{found[1] or {'one': 1, 'two': 2, 'three': 3}[found[2]]}.5"


def says(text: str, words: str) -> bool:
    """Whether ``text`` (see ``plainly``) says ``words``, in a usual spelling; ``twice daily`` is not daily."""
    if words == ONCE and (any(says(text, other) for other in OFTENER) or _is_oftener(text)):
        return False
    return any(one in text for one in _spellings(words))


def is_said_so(label: str, words: str) -> bool:
    """Whether ``label`` is ``words`` in a usual spelling and no more: *every 4 hours while awake* is more."""
    said = plainly(label.partition(" (")[0])
    return said in _spellings(words)


def says_one_of(text: str, words: tuple[str, ...]) -> bool:
    """Whether any of some words stand in ``text``."""
    return any(plainly(one) in text for one in words)


def names_the_most(text: str, words: str) -> bool:
    """Whether ``text`` names an amount right behind words such as *max* or *no more than*."""
    places = (text.partition(plainly(one))[2].split() for one in MOST)
    return any(names_amounts(" ".join(behind[:NEAR]), words) for behind in places)


def names_amounts(text: str, words: str) -> bool:
    """Whether ``text`` names what ``words`` do: every number in what it is measured in, digits or spelt out. Of one
    amount in several measures (``1 tablet (10 mg)``) one is enough; what a number is in or a day, is not asked.
    """
    main, _, others = words.replace(" (no unit given)", "").partition(" (")
    alternatives = [main, *others.rstrip(")").split(", ")]
    return any(one and all(_names(text.split(), piece) for piece in one.split(" at ")) for one in alternatives)


def _names(text: list[str], piece: str) -> bool:
    for over in _TIMES_A_TIME:
        piece = piece.partition(over)[0]
    words = plainly(piece.replace("half a ", "half ")).split()
    numbers = [word for word in words if _value(word) is not None]
    unit = (
        [word for word in words[words.index(numbers[-1]) + 1 :] if word not in ("a", "or", "more")] if numbers else []
    )
    return bool(numbers) and all(_is_named(text, _value(number), unit) for number in numbers)


def _is_named(text: list[str], number: str | None, unit: list[str]) -> bool:
    """Whether a number stands among words in that unit; a counted unit, or none, may be left away behind it."""
    for at, word in enumerate(text):
        if _value(word) != number or (word in ("a", "an") and text[at - 1 : at] in (["half"], ["½"])):
            continue
        behind = at + 1
        while behind < len(text) and (text[behind] in ("to", "or") or _is_passed(text[behind])):
            behind += 1
        said = text[behind : behind + len(unit) + 1]
        if unit and [*map(_measure, said[: len(unit)])] == [*map(_measure, unit)]:
            if OTHERWISE.get(_measure(unit[0]), OTHERWISE[""]).isdisjoint(said[len(unit) :]):
                return True
        elif (not unit or _measure(unit[0]) in COUNTED) and not _is_measured(said[0] if said else ""):
            return word not in ("a", "an")
    return False


def _is_passed(word: str) -> bool:
    """A further number on the way to the unit: ``1 to 2 tablets``, ``1 (one) tablet``, ``half a tablet``."""
    return (_value(word) is not None and word not in ("half", "½")) or word == "a"


def _is_measured(word: str) -> bool:
    return word in MEASURES or word in LENGTHS or word in ("and", "half", "½")


def _measure(word: str) -> str:
    return MEASURES.get(word) or LENGTHS.get(word, word)


def _value(word: str) -> str | None:
    """A number, in digits without a zero at its end."""
    if _NUMBER.fullmatch(word):
        return word.rstrip("0").rstrip(".") if "." in word else word
    return next((number for number, words in NUMBERS.items() if word in words), None)


def _is_oftener(text: str) -> bool:
    words = frozenset(text.split())
    return _ONE_OF_MORE.search(text) is not None or sum(1 for part in _OF_THE_DAY if part & words) > 1


def _parted(text: str) -> str:
    """``q4-6h`` as ``q 4 6 h``: letters and digits apart."""
    return _SEAM.sub(" ", text)


@lru_cache(maxsize=1024)
def _spellings(words: str) -> tuple[str, ...]:
    """Some words in every usual spelling, plainly; the same few are asked for of every instruction."""
    return tuple(plainly(one) for one in (words, *SPELLINGS.get(words, ()), *_spelt(words)))


def _spelt(words: str) -> tuple[str, ...]:
    found = _EVERY.fullmatch(words)
    if found is None:
        return ()
    bounds = f"{found[1]} {found[2]}" if found[2] else found[1]
    unit = found[3]
    return (f"q {bounds} {unit[0]}", f"q {bounds} {unit}s", f"every {bounds} {unit}s", f"every {bounds} {unit}")
