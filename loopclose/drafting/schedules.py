"""Which drugs are controlled: by the words of their names, and by the RxNorm codes that are known."""

from __future__ import annotations

import re
import tomllib
from dataclasses import dataclass
from functools import cache
from importlib.resources import files

from fhir_adapters.facts import CodeableConcept

RXNORM = "http://www.nlm.nih.gov/research/umls/rxnorm"
UNMAPPED = "unmapped"


@dataclass(frozen=True)
class _Map:
    words: dict[str, re.Pattern[str]]
    codes: dict[str, str]


def schedule_of(drug: CodeableConcept | None) -> str | None:
    """``II`` to ``V``, None for a drug known to be uncontrolled, or ``unmapped`` where nobody can tell.

    The names beside a code count as well as the code's own: where they disagree, the stricter one holds.
    """
    known = _map()
    if drug is None:
        return UNMAPPED
    codes = [coding.code for coding in drug.coding if coding.system == RXNORM and coding.code]
    names = [
        drug.text or "",
        *(coding.display or "" for coding in drug.coding),
        *(known.codes.get(c, "") for c in codes),
    ]
    text = " ".join(names)
    for schedule in ("II", "III", "IV", "V"):
        if known.words[schedule].search(text):
            return schedule
    return None if any(code in known.codes for code in codes) else UNMAPPED


@cache
def _map() -> _Map:
    found = tomllib.loads((files("loopclose.defaults") / "drug_schedules.toml").read_text(encoding="utf-8"))
    words = {
        schedule: re.compile(r"\b(" + "|".join(map(re.escape, names)) + r")", re.IGNORECASE)
        for schedule, names in found["ingredients"].items()
    }
    return _Map(words, found["codes"])
