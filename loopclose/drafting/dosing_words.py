"""The words of dosing: what codes, units and routes are called on paper, one table each."""

from __future__ import annotations

from decimal import Decimal

from fhir_adapters.facts import CodeableConcept
from fhir_adapters.facts.elements import Quantity, Range, Ratio
from loopclose.drafting.dose_units import COUNTED, MEASURED, dose_unit, several_of
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
NO_UNIT = " (no unit given)"
ROUTES = {
    "oral": "by mouth",
    "oral route": "by mouth",
    "po": "by mouth",
    "26643006": "by mouth",
    "c38288": "by mouth",
    "47625008": "intravenous",
    "34206005": "subcutaneous",
    "78421000": "intramuscular",
    "6064005": "topical",
    "54485002": "ophthalmic",
    "10547007": "otic",
    "46713006": "nasal",
    "37161004": "rectal",
    "16857009": "vaginal",
    "37839007": "sublingual",
}
"""What is said so on every letter, and SNOMED CT's and the NCI's codes for what has no words; any other route as the
EHR calls it."""
TIME_NAMES = {
    **{name: code for code, name in UNITS.items()},
    "sec": "s", "hr": "h", "wks": "wk", "mon": "mo", "mth": "mo", "yr": "a",
}  # fmt: skip
"""Lengths of time as EHRs write their units."""
A = {"hour": "an"}
HALF = Decimal("0.5")
_BY_CAPITALS = {code.upper(): words for code, words in MOMENTS.items()}
_QUALIFIER, _METHOD = " (qualifier value)", " - dosing instruction imperative"


def concept_words(concept: CodeableConcept, what: str) -> str | None:
    """What a concept is called; where it has a code and no words, the code itself, and ``what`` it is."""
    if concept.label is not None:
        return concept.label.removesuffix(_QUALIFIER).removesuffix(_METHOD)
    code = next((one.code for one in concept.coding if one.code), None)
    return f"{what} code {code}" if code else None


def route_words(route: CodeableConcept) -> str | None:
    """How it is given."""
    label = (route.label or "").lower()
    codes = [ROUTES[one.code.lower()] for one in route.coding if one.code and one.code.lower() in ROUTES]
    if label in ROUTES or ROUTES["po"] in codes or (codes and not label):
        return ROUTES.get(label) or codes[0]
    return concept_words(route, "route")


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
    word, over, of = dose_unit(unit).partition("/")
    if word in COUNTED and not of and quantity.value == HALF and not quantity.comparator:
        return f"half a{'n' if word[0] in 'aei' else ''} {word}"
    several = word in COUNTED and quantity.value > 1
    coded = dose_unit(quantity.code) if quantity.code else word
    other = f" (coded as {quantity.code})" if not of and coded != word and {coded, word} <= MEASURED else ""
    return f"{shown} {several_of(word) if several else word}{over}{of}{other}"


def time_unit(quantity: Quantity | None) -> str | None:
    """The code of a length of time, however its unit is written: ``h`` of ``hr``, ``Hours`` and ``h``."""
    for written in (quantity.code, quantity.unit) if quantity is not None else ():
        if written in UNITS:
            return written
        low = (written or "").lower().removesuffix("(s)")
        for one in (low, low.removesuffix("s")):
            if one and (found := TIME_NAMES.get(one) or (one if one in UNITS else None)):
                return found
    return None


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
    if {unit, several_of(unit)} & {other, several_of(other)} and not low.startswith("half "):
        low = low.partition(" ")[0]
    return f"{low} to {high}"


def dose_per(ratio: Ratio) -> str | None:
    """One amount for another: ``4 g a day``, ``8 tablets in 24 hours``."""
    over, much = ratio.denominator, dose_amount(ratio.numerator)
    unit = time_unit(over) or ((over.code or over.unit or "") if over is not None else "")
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
    words = MOMENTS.get(moment) or _BY_CAPITALS.get(moment.upper(), moment)
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
