"""Flags of a result in words, and the reference range that is this patient's."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date

from fhir_adapters.facts import CodeableConcept
from fhir_adapters.facts.elements import Range
from fhir_adapters.facts.observation import ReferenceRange
from loopclose.drafting.names import coded, line
from loopclose.drafting.units import between

FLAGS = {
    "H": "high",
    "L": "low",
    "HH": "critically high",
    "LL": "critically low",
    "HU": "significantly high",
    "LU": "significantly low",
    "A": "abnormal",
    "AA": "critically abnormal",
    "N": "normal",
    "U": "rising",
    "D": "falling",
    "B": "better",
    "W": "worse",
    "POS": "positive",
    "NEG": "negative",
    "DET": "detected",
    "ND": "not detected",
    "IND": "indeterminate",
    "E": "equivocal",
    "RR": "reactive",
    "WR": "weakly reactive",
    "NR": "not reactive",
    "S": "susceptible",
    "I": "intermediate",
    "R": "resistant",
    ">": "above what can be measured",
    "<": "below what can be measured",
    "EXP": "as expected",
    "UNE": "unexpected",
    "HX": "above what is plausible",
    "LX": "below what is plausible",
}
"""v3-ObservationInterpretation (https://terminology.hl7.org/CodeSystem-v3-ObservationInterpretation.html)."""
SAID_AS = {
    "critical high": "critically high",
    "critical low": "critically low",
    "panic high": "critically high",
    "panic low": "critically low",
    "high alert": "critically high",
    "low alert": "critically low",
    "critical abnormal": "critically abnormal",
    "above reference range": "high",
    "below reference range": "low",
    **dict.fromkeys(
        (
            "high critical",
            "high panic",
            "crit high",
            "critical (high)",
            "above upper panic limits",
            "very high",
            "alert high",
        ),
        "critically high",
    ),
    **dict.fromkeys(
        (
            "low critical",
            "low panic",
            "crit low",
            "critical (low)",
            "below lower panic limits",
            "very low",
            "alert low",
        ),
        "critically low",
    ),
    **dict.fromkeys(("above high normal", "above normal", "abnormal high", "high abnormal"), "high"),
    **dict.fromkeys(("below low normal", "below normal", "abnormal low", "low abnormal"), "low"),
}
"""Other words for the same."""
SIGNS = {"C": "critical", "CRIT": "critical", "CH": "critically high", "CL": "critically low", "PH": "critically high",
         "PL": "critically low", "ABN": "abnormal", "HI": "high", "LO": "low", "HIGH": "high", "LOW": "low",
         "ABNORMAL": "abnormal", "NORMAL": "normal", "CRITICAL": "critical", "PANIC": "critical"}  # fmt: skip
"""Signs of laboratories that are in no table."""
AGAINST_NORMAL = ("high", "low", "abnormal", "critical")
NOT_KNOWN_RANGE = "usual"
SEXES = {
    "248153007": "male",
    "248152002": "female",
    "m": "male",
    "male": "male",
    "men": "male",
    "f": "female",
    "female": "female",
    "women": "female",
}
"""How ``referenceRange.appliesTo`` names a sex: SNOMED CT, v3-AdministrativeGender, words."""


def flags_of(concepts: Iterable[CodeableConcept]) -> str | None:
    """What a result is flagged as; two flags that cannot both be so are said to contradict each other."""
    found = list(dict.fromkeys(said for one in concepts if (said := _flag(one))))
    if "normal" in found and any(word in one for one in found for word in AGAINST_NORMAL if one != "normal"):
        return f"flags contradict each other: {' and '.join(found)}"
    if any("high" in one for one in found) and any("low" in one and "high" not in one for one in found):
        return f"flags contradict each other: {' and '.join(found)}"
    return ", ".join(found) or None


def usual(ranges: Iterable[ReferenceRange], unit: str, sex: str | None, age: int | None) -> str | None:
    """What is usual, sought or critical for this patient. ``unit``: that of the value, said before; ``age`` in years.

    Ranges of the other sex and of another age are left away; what else tells ranges apart is named.
    """
    mine = [one for one in ranges if _is_for(one, sex) and _is_at(one.age, age)]
    said = [words for one in mine if (words := _range(one, unit))]
    return "; ".join(dict.fromkeys(said)) or None


def years_between(born: date, then: date) -> int:
    """Whole years of age on a day."""
    return then.year - born.year - ((then.month, then.day) < (born.month, born.day))


def _flag(concept: CodeableConcept) -> str | None:
    codes = [FLAGS.get(one.code or "") or _sign(one.code or "") for one in concept.coding]
    by_code = [said for said in codes if said]
    if by_code:
        return next((said for said in by_code if "critical" in said), by_code[0])
    words = coded(concept)
    if words is None:
        return None
    known = FLAGS.get(words) or SAID_AS.get(" ".join(words.lower().replace("-", " ").split())) or _sign(words)
    return known or (f"{words[0].lower()}{words[1:]}" if words[1:] == words[1:].lower() else words)


def _sign(words: str) -> str | None:
    """What a laboratory's own sign means: a code of the table in small letters, with or without a star (``H*``)."""
    bare = words.strip("()*!~# ").upper()
    if bare in SIGNS:
        return SIGNS[bare]
    if bare == "":
        return "abnormal" if words.strip("()") in ("*", "**", "!", "!!") else None
    return FLAGS.get(bare) if len(bare) > 1 or bare in ("H", "L", "A", "N") else None


def _range(one: ReferenceRange, unit: str) -> str | None:
    values = between(one.low, one.high, unit) or (line(one.text) if one.text else None)
    if values is None:
        return None
    kind = _kind(one.type)
    others = [words for who in one.applies_to if _sex(who) is None and (words := coded(who))]
    whose = f" for {', '.join(others)}" if others else ""
    return f"{kind}{whose} {values}"


def _kind(concept: CodeableConcept | None) -> str:
    """``usual`` unless the range is one of another kind (referencerange-meaning)."""
    code = next((one.code for one in concept.coding if one.code), None) if concept else None
    words = coded(concept)
    if concept is None or code == "normal" or words is None or words.lower().startswith(("normal", "usual", "referen")):
        return NOT_KNOWN_RANGE
    return code if code in ("therapeutic", "treatment", "critical", "recommended", "pre", "post") else words.lower()


def _is_for(one: ReferenceRange, sex: str | None) -> bool:
    sexes = {found for who in one.applies_to if (found := _sex(who))}
    return not sexes or sex not in ("male", "female") or sex in sexes


def _sex(who: CodeableConcept) -> str | None:
    said = (*(one.code for one in who.coding), who.text, *(one.display for one in who.coding))
    return next((SEXES[words.lower()] for words in said if words and words.lower() in SEXES), None)


def _is_at(ages: Range | None, age: int | None) -> bool:
    """Ages in other units than years are those of small children: nobody is excluded by them."""
    if ages is None or age is None:
        return True
    low, high = ages.low, ages.high
    units = {one.code or one.unit or "a" for one in (low, high) if one is not None}
    if not units <= {"a", "year", "years", "yr"}:
        return age < 2
    above = low is None or low.value is None or age >= low.value
    return above and (high is None or high.value is None or age <= high.value)
