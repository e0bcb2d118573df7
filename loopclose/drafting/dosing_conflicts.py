"""Where the text of an instruction and its coded part tell different doses, or how often: not both can be meant."""

from __future__ import annotations

from collections import defaultdict
from decimal import Decimal
from zoneinfo import ZoneInfo

from fhir_adapters.facts.dosage import Dosage
from loopclose.drafting.dosing import unsaid
from loopclose.drafting.sig import MEASURES, NUMBERS, OFTENER, ONCE, plainly, says

OFTEN = (ONCE, *OFTENER, "every other day", "once a week")
WORDS = {word: number for number, words in NUMBERS.items() for word in words if word not in ("a", "an")}

DAILY = (ONCE, "daily", "once daily", "every day", "each day", "qd", "every 24 hours", "q24h")
"""By which it is once a day, whenever that is."""
MOMENTS = {
    "morning": "morning", "qam": "morning", "evening": "evening", "qpm": "evening", "night": "night",
    "nightly": "night", "bedtime": "night", "qhs": "night", "hs": "night", "noon": "noon",
}  # fmt: skip
CHANGING = frozenset({"to", "from", "or", "then", "if"})
"""Words by which a text tells of more than one way to take it."""
LEFT_OUT = frozenset({"take", "by", "mouth", "po", "orally", "oral", "once", "a", "of", "every", "day", "daily", "qd"})
"""Words in which two instructions may differ and say the same: how, and that it is once a day."""


def contradicted(dosage: Dosage, zone: ZoneInfo) -> list[str]:
    """What the coded part says otherwise than the text, in words."""
    text = plainly(dosage.text or "")
    found: list[str] = []
    for part in unsaid(dosage, zone):
        if part.of == "dose":
            told, coded = _amounts(text), _amounts(plainly(part.words))
            if any(told[unit].isdisjoint(numbers) for unit, numbers in coded.items() if unit in told):
                found.append(part.words)
        elif part.words in OFTEN and any(says(text, other) for other in OFTEN if other != part.words):
            found.append(part.words)
    return found


def often_in(text: str) -> str:
    """How often a medicine is taken by a text that says it once and plainly, in our words; else nothing."""
    read = plainly(text)
    found = [one for one in OFTEN if one != ONCE and says(read, one)]
    moments = {MOMENTS[word] for word in read.split() if word in MOMENTS}
    if not found and (len(moments) == 1 or (not moments and any(plainly(one) in read for one in DAILY))):
        found = [ONCE]
    counted = any(word in read.split() for word in ("times", "twice", "x"))
    is_known = len(found) == 1 and not (counted and found[0] not in OFTENER)
    return found[0] if is_known and not any(word in read.split() for word in CHANGING) else ""


def is_same_dose(one: str, other: str) -> bool:
    """Whether two instructions say the same, in other spellings: ``1 tab daily`` and ``take one tablet once daily``."""
    return _bare(one) == _bare(other)


def _bare(text: str) -> list[str]:
    words = (MEASURES.get(word, WORDS.get(word, word)) for word in plainly(text).split())
    return [word for word in words if word not in LEFT_OUT]


def counts_in(text: str) -> set[Decimal]:
    """How many tablets, capsules and the like an instruction tells of at a time."""
    read = plainly(text)
    half = {Decimal("0.5")} if any(says(read, words) for words in ("half", "1/2", "½")) else set()
    amounts = _amounts(read)
    numbers = {number for unit in ("tablet", "capsule", "patch", "puff") for number in amounts.get(unit, ())}
    return half | {Decimal(number) for number in numbers if len(number) < 5}


def _amounts(text: str) -> dict[str, set[str]]:
    """By unit the numbers before it; the lower of two bounds counts with the unit of the upper."""
    found: dict[str, set[str]] = defaultdict(set)
    words = text.split()
    for at, word in enumerate(words):
        unit = MEASURES.get(word)
        number = _number(words[at - 1]) if at else None
        if unit is None or number is None:
            continue
        found[unit].add(number)
        if at > 2 and words[at - 2] in ("to", "or") and (low := _number(words[at - 3])):
            found[unit].add(low)
    return found


def _number(word: str) -> str | None:
    return WORDS.get(word) or (word if word[0].isdigit() else None)
