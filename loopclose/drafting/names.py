"""What a thing is called: in the chart's own words, else in ours for a common code, else that it has no name."""

from __future__ import annotations

import re
import tomllib
from functools import cache
from importlib.resources import files

from fhir_adapters.facts import CodeableConcept, Coding
from loopclose.drafting.words.forms import readable

SYSTEMS = {
    "http://loinc.org": "LOINC",
    "http://snomed.info/sct": "SNOMED",
    "http://hl7.org/fhir/sid/icd-10-cm": "ICD-10",
    "http://hl7.org/fhir/sid/icd-10": "ICD-10",
    "http://www.ama-assn.org/go/cpt": "CPT",
    "http://www.nlm.nih.gov/research/umls/rxnorm": "RxNorm",
    "http://hl7.org/fhir/sid/cvx": "CVX",
    "http://hl7.org/fhir/sid/ndc": "NDC",
}
"""What code systems are called on a paper."""
NOT_NAMED = "Not named"
NOT_IN_CHART = "name not in chart"
_CODE = re.compile(r"[A-Z]?[0-9]{2,3}\.[0-9A-Z]{1,4}")
"""Of ICD: no name, wherever it is put."""
_TOKEN = re.compile(r"[A-Za-z0-9]{1,40}(?:_[A-Za-z0-9]{1,40})+")
"""A name for machines, as ``heart_rate``: words all the same, where there are no others."""
_TAG = re.compile(
    r" \((?:finding|disorder|procedure|situation|qualifier value|observable entity|event|regime/therapy|substance"
    r"|body structure|morphologic abnormality|product|medicinal product|clinical drug|person|social concept"
    r"|physical object|record artifact|assessment scale|specimen|organism|attribute|environment|context-dependent"
    r" category)\)$"
)
"""The semantic tag at the end of SNOMED CT's fully specified names (SNOMED CT Editorial Guide)."""
_PROPERTY = re.compile(
    r" \[(?:[A-Za-z #%]{1,30}/[A-Za-z0-9#.%&\- ]{1,30}|Presence|Ratio|Interpretation|Identifier|Type|Score|Mass|Volume"
    r"|Length|Time|Units|Moles|Temperature|Pressure|Titer|Date|Finding|Percentile)\]"
)
"""The property in LOINC's long common names: ``Potassium [Moles/volume] in Blood``."""


def named(concept: CodeableConcept | None) -> str:
    """What a concept is called; never a bare code."""
    if concept is None:
        return NOT_NAMED
    said = _in_words(concept) or _shipped(concept)
    if said is not None:
        return said
    return _upper(unnamed(concept)) if concept.coding else NOT_NAMED


def coded(concept: CodeableConcept | None) -> str | None:
    """A concept inside a sentence: a value, a reason, a site; None where there is none."""
    if concept is None:
        return None
    said = _in_words(concept) or _shipped(concept)
    return said or (unnamed(concept) if any(one.code for one in concept.coding) else None)


def unnamed(concept: CodeableConcept) -> str:
    """That the chart has a code and no words for it."""
    first = next((one for one in concept.coding if one.code), None)
    return f"{NOT_IN_CHART} ({unnamed_code(first)})" if first else NOT_IN_CHART


def plain(words: str) -> str:
    """Words of the chart on one line, without what code systems put into names for machines."""
    return untagged(line(words))


def untagged(words: str) -> str:
    """Words without what code systems put into names for machines."""
    return _PROPERTY.sub("", _TAG.sub("", words.strip()))


def line(words: str) -> str:
    """Words of the chart on one line, whatever marks them up; where one of theirs ended a sentence is kept apart."""
    lines = [" ".join(one.split()) for one in readable(words).splitlines()]
    said = ""
    for one in lines:
        if one:
            said += one if not said else f" {one}" if said[-1] in ".;:,!?" else f"; {one}"
    return said


def _in_words(concept: CodeableConcept) -> str | None:
    """The text, else the first display, that is more than a code."""
    codes = {one.code for one in concept.coding if one.code}
    told = [words.strip() for words in (concept.label, concept.text, *(one.display for one in concept.coding)) if words]
    told = [words for words in told if words and words not in codes and not _is_code(words)]
    found = next((words for words in told if not _TOKEN.fullmatch(words)), None)
    if found is None and told:
        return _shipped(concept) or told[0].replace("_", " ")
    return plain(found) if found is not None else None


def _is_code(words: str) -> bool:
    return words.isdigit() or _CODE.fullmatch(words) is not None


def _shipped(concept: CodeableConcept) -> str | None:
    for one in concept.coding:
        words = _table().get(one.system or "", {}).get(one.code or "")
        if words:
            return f"{words} ({unnamed_code(one)})"
    return None


def unnamed_code(one: Coding) -> str:
    """A code with the name of its system: ``CVX 140``."""
    return f"{SYSTEMS.get(one.system or '', 'code')} {one.code}"


def _upper(words: str) -> str:
    return f"{words[0].upper()}{words[1:]}"


@cache
def _table() -> dict[str, dict[str, str]]:
    found: dict[str, dict[str, str]] = tomllib.loads(
        (files("loopclose.defaults") / "code_words.toml").read_text(encoding="utf-8")
    )
    return found
