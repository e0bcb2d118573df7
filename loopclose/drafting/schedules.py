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
UNKNOWN = "it cannot be mapped to a known drug"
_COMBINED = re.compile(r"[a-z]\s*+[/+]\s*+[a-z]|[a-z]-[a-z]{4}| with | and ", re.IGNORECASE)
"""What stands between the ingredients of a product of several."""
_STRENGTHS = re.compile(r"\b(?:mg|mcg|unt|g|meq|ml)/(?:ml|actuat|hr|h|day|l|g|mg)\b", re.IGNORECASE)


@dataclass(frozen=True)
class _Map:
    words: dict[str, re.Pattern[str]]
    codes: dict[str, str]


def known_name(code: str) -> str | None:
    """What an RxNorm code is called in our own map."""
    return _map().codes.get(code)


def why_withheld(drug: CodeableConcept) -> str | None:
    """Why no order is drafted for a drug: its schedule, or that nobody can tell; None where one may be.

    Of a product of several ingredients the schedule may be another than that of the ingredient (21 CFR 1308: codeine
    alone is II, in cough syrups V), so that it is said which it holds.
    """
    schedule = schedule_of(drug)
    if schedule is None:
        return None
    if schedule == UNMAPPED:
        return UNKNOWN
    text = " ".join(_names(drug))
    found = _map().words[schedule].search(text)
    if found and _COMBINED.search(_STRENGTHS.sub(" ", text)):
        return f"it contains a controlled ingredient, {found[1].lower()}"
    return f"schedule {schedule} controlled substance"


def schedule_of(drug: CodeableConcept | None) -> str | None:
    """``II`` to ``V``, None for a drug known to be uncontrolled, or ``unmapped`` where nobody can tell.

    The names beside a code count as well as the code's own: where they disagree, the stricter one holds.
    """
    known = _map()
    if drug is None:
        return UNMAPPED
    text = " ".join(_names(drug))
    for schedule in ("II", "III", "IV", "V"):
        if known.words[schedule].search(text):
            return schedule
    return None if any(code in known.codes for code in _codes(drug)) else UNMAPPED


def _codes(drug: CodeableConcept) -> list[str]:
    return [coding.code for coding in drug.coding if coding.system == RXNORM and coding.code]


def _names(drug: CodeableConcept) -> list[str]:
    mapped = (_map().codes.get(code, "") for code in _codes(drug))
    return [drug.text or "", *(coding.display or "" for coding in drug.coding), *mapped]


@cache
def _map() -> _Map:
    found = tomllib.loads((files("loopclose.defaults") / "drug_schedules.toml").read_text(encoding="utf-8"))
    words = {
        schedule: re.compile(r"\b(" + "|".join(map(re.escape, names)) + r")", re.IGNORECASE)
        for schedule, names in found["ingredients"].items()
    }
    return _Map(words, found["codes"])
