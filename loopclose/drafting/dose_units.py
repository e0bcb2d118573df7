"""Units of medicines as they are safe to read, however an EHR writes them."""

from __future__ import annotations

DOSE_UNITS = {
    "u": "unit",
    "unt": "unit",
    "[u]": "unit",
    "iu": "unit",
    "[iu]": "unit",
    "[usp'u]": "unit",
    "ug": "mcg",
    "µg": "mcg",
    "μg": "mcg",
    "ugm": "mcg",
    "mcgs": "mcg",
    "mcg": "mcg",
    "mgs": "mg",
    "mg": "mg",
    "gm": "g",
    "gms": "g",
    "cc": "mL",
    "ml": "mL",
    "mls": "mL",
    "meq": "mEq",
    "tab": "tablet",
    "tabs": "tablet",
    "tbl": "tablet",
    "cap": "capsule",
    "caps": "capsule",
    "[drp]": "drop",
    "gtt": "drop",
    "gtts": "drop",
    "actuat": "actuation",
    "supp": "suppository",
    "ea": "each",
    "[tsp_us]": "teaspoon",
    "tsp": "teaspoon",
    "[tbs_us]": "tablespoon",
    "tbsp": "tablespoon",
}
"""Units as they are safe to read, by the code or sign in small letters: a U is read as a 0, µg as mg (the Joint
Commission's list of abbreviations that are not used; ISMP)."""
BIG_UNITS = {"MU": "million units", "M[IU]": "million units", "mU": "milliunits", "m[IU]": "milliunits"}
"""Units of which the case of a letter is all that tells them apart."""
COUNTED = frozenset(
    {"unit", "international unit", "tablet", "capsule", "puff", "drop", "patch", "spray", "application", "actuation",
     "dose", "inhalation", "vial", "lozenge", "suppository", "teaspoon", "tablespoon", "milliunit", "packet"}
)  # fmt: skip
"""Units that are counted, so that there may be several."""
PLURALS = {"patch": "patches", "suppository": "suppositories"}
MEASURED = frozenset({"mg", "mcg", "ng", "g", "mL", "L", "mEq", "unit", "tablet", "capsule", "drop"})
"""Units of which no two are the same."""


def dose_unit(unit: str) -> str:
    """A unit as it is safe to read, one of it: ``ug/kg/min`` as ``mcg/kg/min``, ``Tablet(s)`` as ``tablet``, and what
    UCUM sets in braces without them.
    """
    first, over, of = unit.strip().partition("/")
    if first in BIG_UNITS:
        return f"{BIG_UNITS[first]}{over}{of}"
    bare = first.removeprefix("{").removesuffix("}").removesuffix("(s)").strip() or first
    low = bare.lower()
    word = DOSE_UNITS.get(low) or next((one for one in (low, *_ones(low)) if one in COUNTED), None)
    return f"{word or bare}{over}{of}"


def _ones(low: str) -> tuple[str, ...]:
    """What a word in the plural may be one of."""
    return low.removesuffix("s"), low.removesuffix("es"), f"{low.removesuffix('ies')}y"


def several_of(word: str) -> str:
    """Several of what is counted."""
    return PLURALS.get(word, f"{word}s")
