"""What a medicine is called, and which ingredients it has: by every code and name that the chart gives it."""

from __future__ import annotations

import itertools
import re
import tomllib
from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal
from functools import cache
from importlib.resources import files
from typing import TypeAlias

from fhir_adapters.facts import (
    CodeableConcept,
    Coding,
    Immunization,
    MedicationAdministration,
    MedicationRequest,
    MedicationStatement,
)
from fhir_adapters.facts.contained import ContainedMedication
from fhir_adapters.facts.references import local_key
from loopclose.drafting.material import Material
from loopclose.drafting.names import NOT_IN_CHART, coded, unnamed_code
from loopclose.drafting.paper import Source
from loopclose.drafting.schedules import RXNORM, known_name

Told: TypeAlias = MedicationRequest | MedicationStatement | MedicationAdministration | Immunization
"""Whatever tells of a medicine."""
NOT_NAMED, NO_VACCINE = "Medicine not named in the chart", "Vaccine not named in the chart"
NO_NAMES = frozenset(
    {"unknown", "unk", "other", "none", "n/a", "na", "not available", "no information", "null", "nil", "medication",
     "medicine", "drug", "unknown medication", "unlisted medication", "*unlisted medication", "medication not listed",
     "non-formulary", "nonformulary", "see comments", "free text", "miscellaneous"}
)  # fmt: skip
"""Words that stand where no name is known."""
NULL_SYSTEMS = ("data-absent-reason", "v3-NullFlavor", "2.16.840.1.113883.5.1008")
_STRENGTH = re.compile(r"(?<![\d.,])(\d[\d.,]*+)\s?(mg|mcg|g|ml|unt|units?|%|meq)(?![a-z])", re.IGNORECASE)
_MILLIGRAMS = {"mg": Decimal(1), "mcg": Decimal("0.001"), "g": Decimal(1000)}
LONGEST_NUMBER = 12
_RELEASE = re.compile(r"\b(?:xl|xr|er|sr|cr|la|cd|extended|delayed|\d\d ?hr)\b", re.IGNORECASE)
_WORD = re.compile(r"[a-z][a-z0-9]*+|\d[\d.,]*+|/|%")
_FORMS = (
    "tablet", "capsule", "solution", "suspension", "cream", "ointment", "gel", "patch", "inhal", "spray", "nasal",
    "injection", "injectable", "drops", "suppository", "lotion", "powder", "syrup", "implant", "lozenge", "foam",
)  # fmt: skip
_SALTS = frozenset(
    {"hydrochloride", "hcl", "succinate", "tartrate", "sodium", "potassium", "besylate", "calcium", "maleate",
     "fumarate", "sulfate", "mesylate", "acetate", "citrate", "phosphate", "bromide", "medoxomil", "er", "xl", "xr",
     "sr", "dr", "ec",
     "hr", "mg", "mcg", "g", "ml", "oral", "tab", "tabs", "cap", "caps"}
)  # fmt: skip


@dataclass(frozen=True)
class Kin:
    """Names of drugs: by brand their ingredients, and by class those that are of a kind."""

    brands: dict[str, tuple[str, ...]]
    classes: dict[str, frozenset[str]]
    kin: dict[str, tuple[str, ...]]
    known: frozenset[str]
    """Every ingredient that is known by name."""
    groups: dict[str, frozenset[str]]
    """Of which one says nothing of another."""
    called: dict[str, tuple[str, ...]]
    """Classes and groups by other words for them."""
    one_of: dict[str, tuple[str, ...]]
    """By what they are called: classes and groups of which one medicine is usually taken at a time."""


@dataclass(frozen=True)
class Drug:
    """A medicine by name: what it is called, where that stands, and what it may be known by."""

    name: str
    source: Source
    known_as: CodeableConcept
    ingredients: frozenset[str]

    @property
    def strength(self) -> tuple[str, str] | None:
        """The first number with its unit in the name: ``("10", "mg")``."""
        found = _STRENGTH.search(self.name)
        return (found[1], found[2].lower()) if found else None

    @property
    def form(self) -> str | None:
        """Tablet, cream and the like, as far as the name tells."""
        return next((form for form in _FORMS if form in self.name.lower()), None)


def drug_of(material: Material, one: Told) -> Drug:
    """The medicine that an order, a statement or a giving is of."""
    concept, resource, path = _concept(material, one)
    display = _display(one)
    known_as = CodeableConcept(coding=(*concept.coding, Coding(display=display)), text=concept.text)
    name = best_name(concept)
    if name and display and _RELEASE.search(display) and not _RELEASE.search(name) and _STRENGTH.search(display):
        return _drug(display, Source(one.key, f"{_type(one)}.medicationReference.display", display), known_as)
    if name:
        return _drug(name, Source(resource, path, name), known_as)
    if display:
        return _drug(display, Source(one.key, f"{_type(one)}.medicationReference.display", display), known_as)
    return Drug(*_nameless(one, concept, resource, path), known_as, frozenset())


def best_name(concept: CodeableConcept) -> str | None:
    """Of all its names the one that tells strength and form: the text, what the prescriber chose, RxNorm's, others."""
    codings = [one for one in concept.coding if not _is_null(one)]
    ranked = sorted(codings, key=lambda one: (not one.user_selected, one.system != RXNORM))
    names = [concept.text, *(one.display for one in ranked)]
    mapped = [known_name(one.code) for one in ranked if one.system == RXNORM and one.code]
    real = [name for name in (*names, *mapped) if name and name.strip() and name.strip().lower() not in NO_NAMES]
    if not real:
        return None
    full = next((name for name in real if _STRENGTH.search(name)), real[0])
    said = (concept.text or "").strip()
    if full == said and (other := next((one for one in real if strengths_differ(said, one)), None)):
        return f"{said} (coded as {other})"
    told = said and said.lower() not in NO_NAMES and full != said and not _same_start(said, full)
    return f"{full} ({said})" if told else full


def strengths_differ(one: str, other: str) -> bool:
    """Whether two names of a drug tell strengths of which none is the same."""
    first, second = _strengths(one), _strengths(other)
    return (
        bool(first and second)
        and first.isdisjoint(second)
        and {unit for _, unit in first} == {unit for _, unit in second}
    )


def _strengths(name: str) -> set[tuple[Decimal, str]]:
    """Numbers with their units; weights in milligrams."""
    found = set()
    for number, unit in _STRENGTH.findall(name):
        bare, short = number.replace(",", "").rstrip("."), unit.lower()
        if bare.count(".") <= 1 and len(bare) <= LONGEST_NUMBER:
            found.add(
                (Decimal(bare) * _MILLIGRAMS[short], "mg") if short in _MILLIGRAMS else (Decimal(bare), short[:3])
            )
    return found


def ingredients_of(name: str) -> frozenset[str]:
    """The ingredients named in a text: known ones, brands by what they hold; else its words before any number."""
    kin = names_of_drugs()
    words = _WORD.findall(name.lower())
    pairs = [f"{a} {b}" for a, b in itertools.pairwise(words)]
    found = {one for word in (*words, *pairs) for one in kin.brands.get(word, (word,) if word in kin.known else ())}
    if found:
        return frozenset(found)
    head: list[str] = []
    for word in words:
        if word[0].isdigit() or word in "/%" or (head and any(form in word for form in _FORMS)):
            if head:
                break
            continue
        if word not in _SALTS or (not head and len(word) > 3):
            head.append(word)
    return frozenset({" ".join(head)} if head else ())


@cache
def names_of_drugs() -> Kin:
    """The shipped map of names."""
    found = tomllib.loads((files("loopclose.defaults") / "drug_names.toml").read_text(encoding="utf-8"))
    brands = {brand: tuple(of) for brand, of in found["brands"].items()}
    classes = {name: frozenset(members) for name, members in found["classes"].items()}
    groups = {name: frozenset(members) for name, members in found["groups"].items()}
    known = frozenset().union(*classes.values(), *groups.values(), *brands.values(), found["others"]["names"])
    kin, called, one_of = (
        {name: tuple(of) for name, of in found[part].items()} for part in ("kin", "called", "one_of")
    )
    return Kin(brands, classes, kin, known, groups, called, one_of)


def _drug(name: str, source: Source, known_as: CodeableConcept) -> Drug:
    return Drug(name, source, known_as, ingredients_of(name))


def _nameless(one: Told, concept: CodeableConcept, resource: str, path: str) -> tuple[str, Source]:
    """That it has no name, with its code where there is one."""
    if isinstance(one, Immunization):
        said = coded(concept) if not all(map(_is_null, concept.coding)) else None
        is_named = said is not None and not said.startswith(NOT_IN_CHART) and said.lower() not in NO_NAMES
        code = next((each for each in concept.coding if each.code and not _is_null(each)), None)
        words = said if is_named and said else f"{NO_VACCINE} ({unnamed_code(code)})" if code else NO_VACCINE
        return words, Source(resource, path, code.code or "" if code else "")
    for coding in concept.coding:
        if coding.code:
            return f"{NOT_NAMED} ({unnamed_code(coding)})", Source(resource, path, coding.code)
    reference = None if isinstance(one, Immunization) else one.medication_reference
    if reference is not None and reference.identifier is not None and (value := reference.identifier.value):
        return f"{NOT_NAMED} (code {value})", Source(one.key, f"{_type(one)}.medicationReference.identifier", value)
    return NOT_NAMED, Source(one.key, f"{_type(one)}.id", "")


def _concept(material: Material, one: Told) -> tuple[CodeableConcept, str, str]:
    """The drug's code, and the resource and element where it stands: the order, its contained Medication, or the
    Medication that it refers to.
    """
    kind, nothing = _type(one), CodeableConcept()
    if isinstance(one, Immunization):
        return one.vaccine_code or nothing, one.key, f"{kind}.{'vaccineCode' if one.vaccine_code else 'id'}"
    if one.medication_codeable_concept is not None:
        return one.medication_codeable_concept, one.key, f"{kind}.medicationCodeableConcept"
    named_so = (one.medication_reference.reference if one.medication_reference else None) or ""
    for inside in one.contained:
        is_meant = named_so.lstrip("#") == (inside.id or "").lstrip("#") != ""
        if inside.resource_type == "Medication" and is_meant and (drug := _made_of(inside, one.contained)) is not None:
            return drug, one.key, f"{kind}.contained.{'code' if inside.code else 'ingredient'}"
    key = local_key(one.medication_reference)
    if key is not None and key in material.drugs:
        return material.drugs[key], key, "Medication.code"
    return nothing, one.key, f"{kind}.id"


def _made_of(one: ContainedMedication, beside: Iterable[ContainedMedication]) -> CodeableConcept | None:
    """What a contained drug is called; its ingredients may be contained as well."""
    if (drug := one.drug) is not None:
        return drug
    asked = {(each.item_reference.reference or "").lstrip("#") for each in one.ingredient if each.item_reference}
    names = [inside.code.label for inside in beside if inside.id in asked and inside.code and inside.code.label]
    return CodeableConcept(text=" / ".join(names)) if names else None


def _display(one: Told) -> str | None:
    display = (
        None if isinstance(one, Immunization) or not one.medication_reference else one.medication_reference.display
    )
    return display if display and display.strip().lower() not in NO_NAMES else None


def _is_null(coding: Coding) -> bool:
    return any(mark in (coding.system or "") for mark in NULL_SYSTEMS)


def _same_start(said: str, full: str) -> bool:
    """Whether the full name tells the words of the short one as well."""
    return set(_WORD.findall(said.lower())) <= set(_WORD.findall(full.lower()))


def _type(one: Told) -> str:
    return type(one).__name__
