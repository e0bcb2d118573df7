"""Where the text of an instruction and its coded part tell different doses, or how often: not both can be meant."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterator
from decimal import Decimal
from zoneinfo import ZoneInfo

from fhir_adapters.facts.dosage import Dosage
from loopclose.drafting.dosing import BOTH, EACH, parts, unsaid
from loopclose.drafting.often import differ
from loopclose.drafting.sig import COUNTED, MEASURES, NUMBERS, OFTENER, ONCE, plainly, says
from loopclose.drafting.timing_words import Part

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
WEIGHTS = {"mg": Decimal(1), "mcg": Decimal("0.001"), "g": Decimal(1000)}
LENGTHS = {"d": 1, "w": 7, "m": 30}
WAYS = {
    "mouth": frozenset({"mouth", "po", "oral", "orally"}),
    "vein": frozenset({"iv", "intravenous", "intravenously", "ivpb"}),
    "muscle": frozenset({"im", "intramuscular", "intramuscularly"}),
    "skin": frozenset({"subcutaneous", "subcutaneously", "subq", "sq", "subcut"}),
    "eye": frozenset({"eye", "eyes", "ophthalmic", "eyelid"}),
    "ear": frozenset({"ear", "ears", "otic"}),
    "nose": frozenset({"nostril", "nostrils", "nasal", "nose", "nares"}),
    "rectum": frozenset({"rectal", "rectally", "rectum"}),
    "vagina": frozenset({"vaginal", "vaginally", "vagina"}),
}
"""By the words for it: where a medicine is given, as far as one place is never the other."""
_BOTH = {"both", "bilateral", "each"}
SIDES = {"left": frozenset({"left", *_BOTH}), "right": frozenset({"right", *_BOTH})}
_DAYS = re.compile(r" (?:for|x|times|another) ([0-9]{1,3}) (days?|d|weeks?|wks?|months?) ")
_MOST = re.compile(
    r" (?:max|maximum|at most|no more than|not more than|not to exceed|not exceed)(?: of)? ([0-9.]{1,7}) "
)


def contradicted(dosage: Dosage, zone: ZoneInfo) -> list[str]:
    """What the coded part says otherwise than the text, or than itself, in words."""
    text = plainly(dosage.text or "")
    return [part.words for part in unsaid(dosage, zone) if text.strip() and _contradicts(text, part)] + [
        part.words for part in parts(dosage, zone) if part.words.endswith((BOTH, EACH)) and not text.strip()
    ]


def said_otherwise(dosage: Dosage, zone: ZoneInfo) -> Iterator[str]:
    """What cannot all be meant of an instruction, each as a sentence."""
    text = " ".join((dosage.text or "").split())
    for part in contradicted(dosage, zone):
        yield f"the order says “{text}” in words, and {part} in its coded part." if text else f"{part}. Which is meant?"
    told = " ".join((dosage.patient_instruction or "").split())
    first, second = plainly(told), plainly(text)
    if told and text and (differ(first, second) or _is_other_dose(_amounts(first), _amounts(second))):
        yield f"the order says “{text}”, and the patient is told “{told}”."


def _contradicts(text: str, part: Part) -> bool:
    if part.words.endswith((BOTH, EACH)):
        return True
    if part.of == "dose":
        return _is_other_dose(_amounts(text), _amounts(plainly(part.words)))
    if part.of == "often":
        return differ(text, part.words)
    if part.of == "length":
        return part.words.startswith("for ") and bool(_DAYS.search(text)) and not _lasts(text) & _lasts(part.words)
    if part.of == "route":
        told, coded = _ways(text), _ways(plainly(part.words))
        return bool(told and coded) and told.isdisjoint(coded)
    if part.of == "site":
        told, coded = _sides(text), _sides(plainly(part.words))
        return bool(told and coded) and told.isdisjoint(coded)
    return part.of == "most" and _is_other_most(text, part.words)


def _is_other_dose(told: dict[str, set[str]], coded: dict[str, set[str]]) -> bool:
    """Whether two doses in one measure differ; weights are one measure, and so many of a strength as good as it."""
    if any(told[unit].isdisjoint(numbers) for unit, numbers in coded.items() if unit in told and unit not in WEIGHTS):
        return True
    weights, asked = _weights(told), _weights(coded)
    counts = {Decimal(1)} | {Decimal(number) for unit in COUNTED for number in told.get(unit, ())}
    return bool(weights and asked) and all(one * count not in asked for one in weights for count in counts)


def _weights(amounts: dict[str, set[str]]) -> set[Decimal]:
    """In milligrams."""
    return {Decimal(number) * scale for unit, scale in WEIGHTS.items() for number in amounts.get(unit, ())}


def _lasts(text: str) -> set[int]:
    """Days for which a text says that it is taken."""
    return {int(number) * LENGTHS[unit[0]] for number, unit in _DAYS.findall(plainly(text))}


def _ways(text: str) -> set[str]:
    words = {*text.split()}
    return {way for way, called in WAYS.items() if called & words}


def _sides(text: str) -> set[str]:
    words = {*text.replace(" right away ", " ").split()}
    return {side for side, called in SIDES.items() if called & words}


def _is_other_most(text: str, words: str) -> bool:
    """Whether a text names another most for a day than the coded part."""
    coded, found = _MOST.search(plainly(words)), _MOST.search(text)
    if coded is None or found is None or not words.endswith((" a day", " in 24 hours")):
        return False
    return coded[1] != found[1] and _a_day(text[found.end() :])


def _a_day(text: str) -> bool:
    return not {"day", "daily", "24", "24h"}.isdisjoint(text.split()[:5])


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
