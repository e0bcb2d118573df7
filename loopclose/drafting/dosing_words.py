"""The words of dosing: what codes, units and routes are called on paper, one table each."""

from __future__ import annotations

import re
from decimal import Decimal

from fhir_adapters.facts import CodeableConcept
from fhir_adapters.facts.elements import Quantity, Range, Ratio
from loopclose.drafting.sig import plainly, says
from loopclose.drafting.wording import number

UNITS = {"s": "second", "min": "minute", "h": "hour", "d": "day", "wk": "week", "mo": "month", "a": "year"}
"""https://hl7.org/fhir/R4/valueset-units-of-time.html"""
TIMES = {1: "once", 2: "twice"}
MOMENTS = {
    "MORN": "in the morning",
    "MORN.early": "early in the morning",
    "MORN.late": "late in the morning",
    "NOON": "at noon",
    "AFT": "in the afternoon",
    "AFT.early": "early in the afternoon",
    "AFT.late": "late in the afternoon",
    "EVE": "in the evening",
    "EVE.early": "early in the evening",
    "EVE.late": "late in the evening",
    "NIGHT": "at night",
    "PHS": "after sleep",
    "HS": "at bedtime",
    "WAKE": "on waking",
    "C": "with meals",
    "CM": "with breakfast",
    "CD": "with lunch",
    "CV": "with dinner",
    "AC": "before meals",
    "ACM": "before breakfast",
    "ACD": "before lunch",
    "ACV": "before dinner",
    "PC": "after meals",
    "PCM": "after breakfast",
    "PCD": "after lunch",
    "PCV": "after dinner",
}
"""https://hl7.org/fhir/R4/valueset-event-timing.html"""
SCHEDULES = {
    "QD": "once a day",
    "DAILY": "once a day",
    "BID": "twice a day",
    "TID": "3 times a day",
    "QID": "4 times a day",
    "QOD": "every other day",
    "AM": "every morning",
    "QAM": "every morning",
    "PM": "every afternoon",
    "QPM": "every evening",
    "BED": "at bedtime",
    "HS": "at bedtime",
    "QHS": "at bedtime",
    "WK": "once a week",
    "QWK": "once a week",
    "MO": "once a month",
    "STAT": "at once",
    "NOW": "at once",
    "ONCE": "once",
    "QDAY": "once a day",
    "QW": "once a week",
    "QWEEK": "once a week",
    "QOW": "every other week",
    "BIW": "twice a week",
    "TIW": "3 times a week",
    "AC": "before meals",
    "QAC": "before meals",
    "PC": "after meals",
    "ACHS": "before meals and at bedtime",
    "QNOON": "at noon",
    "229797004": "once a day",
    "229799001": "twice a day",
    "229798009": "3 times a day",
    "307439001": "4 times a day",
}
"""Codes of timing: https://terminology.hl7.org/CodeSystem-v3-GTSAbbreviation.html, those that US orders write besides,
and SNOMED CT's of the commonest. PM stands there for the afternoon, QPM is the evening."""
_EVERY = re.compile(r"Q(\d{1,2})(?:-(\d{1,2}))?(H|D|W|WK|MO|MIN)")
AS_NEEDED = " PRN"
_EVERY_UNITS = {"MIN": "min", "H": "h", "D": "d", "W": "wk", "WK": "wk", "MO": "mo"}
NO_UNIT = " (no unit given)"
ROUTES = {
    "oral": "by mouth",
    "oral route": "by mouth",
    "po": "by mouth",
    "26643006": "by mouth",
}
"""What is said so on every letter; any other route as the EHR calls it."""
DOSE_UNITS = {
    "u": "unit",
    "unt": "unit",
    "[u]": "unit",
    "iu": "unit",
    "[iu]": "unit",
    "ug": "mcg",
    "µg": "mcg",
    "μg": "mcg",
    "cc": "mL",
    "tab": "tablet",
    "tabs": "tablet",
    "{tbl}": "tablet",
    "{tablet}": "tablet",
    "cap": "capsule",
    "caps": "capsule",
    "{capsule}": "capsule",
    "{puff}": "puff",
    "[drp]": "drop",
}
"""Units as they are safe to read, by the code or sign in small letters: a U is read as a 0, µg as mg (the Joint
Commission's list of abbreviations that are not used; ISMP)."""
COUNTED = frozenset(
    {"unit", "international unit", "tablet", "capsule", "puff", "drop", "patch", "spray", "application"}
)
"""Units that are counted, so that there may be several."""
A = {"hour": "an"}
HALF = Decimal("0.5")
_QUALIFIER, _METHOD = " (qualifier value)", " - dosing instruction imperative"


def schedule_words(code: CodeableConcept) -> str | None:
    """A timing code in words; what the EHR calls it stands beside, where that is an abbreviation or says less."""
    label = code.label
    known = next((words for one in (label, *(c.code for c in code.coding)) if one and (words := _schedule(one))), None)
    if label is not None:
        if known is None or label.lower() == "daily":
            return label
        return f"{known} ({label})" if _schedule(label) or not says(plainly(label), known) else label
    return known or next((one.code for one in code.coding if one.code), None)


def _schedule(code: str) -> str | None:
    written = code.strip().upper().replace(".", "")
    if written.endswith(AS_NEEDED):
        often = _schedule(written.removesuffix(AS_NEEDED))
        return f"{often}, as needed" if often else None
    if found := _EVERY.fullmatch(written):
        most = Decimal(found[2]) if found[2] else None
        return f"every {units(Decimal(found[1]), most, _EVERY_UNITS[found[3]])}"
    return SCHEDULES.get(written)


def concept_words(concept: CodeableConcept, what: str) -> str | None:
    """What a concept is called; where it has a code and no words, the code itself, and ``what`` it is."""
    if concept.label is not None:
        return concept.label.removesuffix(_QUALIFIER).removesuffix(_METHOD)
    code = next((one.code for one in concept.coding if one.code), None)
    return f"{what} code {code}" if code else None


def route_words(route: CodeableConcept) -> str | None:
    """How it is given."""
    said = [route.label, *(one.code for one in route.coding)]
    known = next((ROUTES[one.lower()] for one in said if one and one.lower() in ROUTES), None)
    return known or concept_words(route, "route")


def dose_amount(quantity: Quantity | None) -> str | None:
    """An amount of a medicine: never a zero after the point, which is read as ten times as much, nor a unit that is
    misread; without a unit it says so.
    """
    if quantity is None or quantity.value is None:
        return None
    shown = f"{quantity.comparator or ''}{plain(quantity.value)}"
    unit = quantity.unit or quantity.code
    if not unit or unit == "1":
        return f"{shown}{NO_UNIT}"
    word = DOSE_UNITS.get(unit.lower(), unit)
    word = word.rstrip("s") if word.rstrip("s") in COUNTED else word
    if word in COUNTED and quantity.value == HALF and not quantity.comparator:
        return f"half a {word}"
    return f"{shown} {word}s" if word in COUNTED and quantity.value > 1 else f"{shown} {word}"


def dose_span(values: Range | None) -> str | None:
    """A low and a high amount of a medicine: ``1 to 2 tablets``, ``up to 2 tablets``, ``1 tablet or more``."""
    return bounds_words(dose_amount(values.low), dose_amount(values.high)) if values is not None else None


def bounds_words(low: str | None, high: str | None) -> str | None:
    """Two amounts as bounds, the unit once where it is the same; either may be missing."""
    if low is None:
        return f"up to {high}" if high else None
    if high is None:
        return f"{low} or more"
    unit, other = low.partition(" ")[2], high.partition(" ")[2]
    if unit.rstrip("s") == other.rstrip("s") and not low.startswith("half "):
        low = low.partition(" ")[0]
    return f"{low} to {high}"


def dose_per(ratio: Ratio) -> str | None:
    """One amount for another: ``4 g a day``, ``8 tablets in 24 hours``."""
    over, much = ratio.denominator, dose_amount(ratio.numerator)
    unit = (over.code or over.unit or "") if over is not None else ""
    if over is None or over.value is None:
        return f"{much} in so many {UNITS.get(unit, unit)}s (no number given)" if much and unit else much
    if much and unit in UNITS and over.value == 1 and not over.comparator:
        return f"{much} {A.get(UNITS[unit], 'a')} {UNITS[unit]}"
    time = f"{over.comparator or ''}{units(over.value, None, unit)}" if unit in UNITS else dose_amount(over)
    return " in ".join(text for text in (much, time) if text) or None


def units(value: Decimal, most: Decimal | None, unit: str | None) -> str:
    """A length of time, or two of them as bounds."""
    word = UNITS.get(unit or "", unit or "")
    plural = "s" if word in UNITS.values() and (most or value) != 1 else ""
    return f"{up_to(value, most)} {word}{plural}".strip()


def moment_words(moment: str, minutes: int | None) -> str:
    """A moment of the day, or so many minutes from it: after it, where it is not itself before something; before
    bedtime, though, for nobody takes anything asleep. From a meal itself there are none (R4, tim-9), so that they
    stand apart: minutes after meals are told of PC.
    """
    words = MOMENTS.get(moment, moment)
    if not minutes:
        return words
    if words.startswith(("before ", "after ")):
        return f"{minutes} minutes {words}"
    if words.startswith("at "):
        side = "before" if moment == "HS" else "after"
        return f"{minutes} minutes {side} {words.removeprefix('at ')}"
    return f"{words} (offset {minutes} minutes)"


def up_to(value: Decimal | int, most: Decimal | int | None) -> str:
    """A number, or two of them as bounds."""
    return f"{plain(value)} to {plain(most)}" if most is not None else plain(value)


def plain(value: Decimal | int) -> str:
    """A number of a dosage: ``5.0`` as ``5``, ``4000`` as ``4,000``."""
    shown = number(value)
    if "E" in shown:
        return shown
    whole, _, rest = shown.partition(".")
    rest = rest.rstrip("0")
    return f"{int(whole):,}{f'.{rest}' if rest else ''}"
