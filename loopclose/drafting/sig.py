"""What the text of a dosage says of what is coded beside it: nothing coded is to be lost, and little said twice."""

from __future__ import annotations

import re

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
NUMBERS = {"1": ("one", "a", "an"), "2": ("two", "both"), "3": ("three",), "4": ("four",), "0.5": ("half", "1 2", "½")}
_EVERY = re.compile(r"every (\d+)(?: to (\d+))? (hour|day|week)s?")


def plainly(text: str) -> str:
    """Words and numbers in small letters, a blank between and around them."""
    return f" {' '.join(re.findall(r'[a-z½]+|[0-9]+(?:[.][0-9]+)?', _parted(text.lower())))} "


def says(text: str, words: str) -> bool:
    """Whether ``text`` (see ``plainly``) says ``words``, in a usual spelling; ``twice daily`` is not daily."""
    if words == ONCE and any(says(text, other) for other in OFTENER):
        return False
    return any(plainly(one) in text for one in (words, *SPELLINGS.get(words, ()), *_spelt(words)))


def says_one_of(text: str, words: tuple[str, ...]) -> bool:
    """Whether any of some words stand in ``text``."""
    return any(plainly(one) in text for one in words)


def names_a_number(text: str, words: str) -> bool:
    """Whether a number of ``words`` stands in ``text``, in digits or spelt out."""
    found = re.findall(r"[0-9]+(?:[.][0-9]+)?", words)
    return any(f" {one} " in text or says_one_of(text, NUMBERS.get(one, ())) for one in found)


def _parted(text: str) -> str:
    """``q4-6h`` as ``q 4 6 h``: letters and digits apart."""
    return re.sub(r"(?<=[a-z])(?=[0-9])|(?<=[0-9])(?=[a-z])", " ", text)


def _spelt(words: str) -> tuple[str, ...]:
    found = _EVERY.fullmatch(words)
    if found is None:
        return ()
    bounds = f"{found[1]} {found[2]}" if found[2] else found[1]
    unit = found[3]
    return (f"q {bounds} {unit[0]}", f"q {bounds} {unit}s", f"every {bounds} {unit}s", f"every {bounds} {unit}")
