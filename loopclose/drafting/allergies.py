"""Allergies in words: how sure, how grave, and whether it is one at all; for the sheet and for the consult note."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from fhir_adapters.facts import AllergyIntolerance, CodeableConcept, Coding
from loopclose.drafting.allergy_words import (
    ANSWERS,
    ANY_ALLERGY,
    ANY_BY_NAME,
    AT_THIS_TIME,
    BARE,
    DRUGS_BY_RXNORM,
    NAMES,
    NONE_KNOWN,
    NOT_ASKED,
    NOT_SAYING,
    SYSTEMS,
    TAGS,
    denies_allergies,
    is_grave,
)
from loopclose.drafting.gaps import absent, not_had, unsafe
from loopclose.drafting.material import Material
from loopclose.drafting.names import coded
from loopclose.drafting.paper import Item, Section, Sentence, Source
from loopclose.drafting.states import worst_of
from loopclose.drafting.words.forms import readable

NO_SUBSTANCE = "Allergy, name not in chart"
REFUTED = "refuted, see the chart"
DOUBTS = ("unconfirmed", "presumed")
RISKS = {"high": "high risk", "unable-to-assess": "risk not assessed"}
GRADES = {"severe": 3, "moderate": 2, "mild": 1}
PATH = "AllergyIntolerance"


@dataclass(frozen=True)
class Allergy:
    """One record, and what it says."""

    of: AllergyIntolerance
    name: str
    kind: str
    """``allergy``, ``none`` (there is none known), ``answer`` (nobody knows), ``ruled out``."""

    @property
    def source(self) -> Source:
        """The element that names it."""
        of = self.of
        by_substance = self.name == _substance(of)
        element = "reaction.substance" if by_substance else "code" if of.code is not None else "id"
        return Source(of.key, f"{PATH}.{element}", self.name)

    @property
    def also(self) -> list[Source]:
        """The substance of a reaction, where its name holds both."""
        substance = _substance(self.of)
        both = substance is not None and self.name != substance and self.name.endswith(f" ({substance})")
        return [Source(self.of.key, f"{PATH}.reaction.substance", substance or "")] if both else []

    @property
    def is_active(self) -> bool:
        """Whether it stands today."""
        return worst_of(self.of.clinical_status) not in ("resolved", "inactive") and self.kind in ("allergy", "none")


def allergy_section(material: Material) -> Section:
    """The allergies of the chart, as the section of a paper."""
    missing = (*unsafe(material.unsafe, "AllergyIntolerance"), *not_had(material, "AllergyIntolerance"))
    items = (*_items(material.allergies), *missing)
    nothing = absent(material, "No allergies were recorded in our chart.", "AllergyIntolerance")
    return Section("allergies", "Allergies", items, nothing)


def allergies_of(found: Iterable[AllergyIntolerance]) -> list[Allergy]:
    """What each record says that is no error."""
    return [_read(one) for one in found if worst_of(one.verification_status) != "entered-in-error"]


def _read(one: AllergyIntolerance) -> Allergy:
    name, kind = _name(one), "allergy"
    codes = {coding.code for coding in one.code.coding if coding.code} if one.code else set()
    refuted = worst_of(one.verification_status) == "refuted"
    none = next((NONE_KNOWN[code] for code in codes if code in NONE_KNOWN), None) or _none_in_words(name)
    wide = next((ANY_ALLERGY[code] for code in codes if code in ANY_ALLERGY), None)
    if none and not refuted:
        return Allergy(one, none, "none")
    wide = wide or ANY_BY_NAME.get(" ".join(name.lower().replace("reactions", "reaction").split()))
    if wide and refuted:
        return Allergy(one, wide, "none")
    if (codes & NOT_ASKED and not one.reaction) or _is_answer(name):
        return Allergy(one, name, "answer")
    return Allergy(one, name, "ruled out" if refuted else kind)


def _items(found: Iterable[AllergyIntolerance]) -> list[Item]:
    """One item for each allergy: records that say the same, or the same and less, stand together."""
    told: dict[str, list[tuple[Allergy, list[Source]]]] = {}
    for one in sorted(allergies_of(found), key=_rank):
        words, sources = _words(one)
        told.setdefault(words, []).append((one, sources))
    fuller = {one.name.lower() for words, same in told.items() for one, _ in same if words != f"{one.name}."}
    items: list[Item] = []
    for words, same in told.items():
        one, sources = same[0]
        if words == f"{one.name}." and one.name.lower() in fuller:
            continue
        bare = told.get(f"{one.name}.", []) if one.kind == "allergy" and one.is_active else []
        keys = {each.of.key: each for each, _ in (*same, *bare)}
        others = tuple(each.source for key, each in keys.items() if key != one.of.key)
        items.append((Sentence(words, (*sources, *others)), *_unread(one.of)))
    return items


def _rank(one: Allergy) -> int:
    """Those that stand today first, the gravest before all; then that there is none; last what is over or ruled out."""
    if one.kind == "allergy" and one.is_active:
        grave = one.of.criticality == "high" or any(each.severity == "severe" for each in one.of.reaction)
        return 0 if grave or any(is_grave(label) for label in _reactions(one.of)) else 1
    return 2 if one.is_active or one.kind == "answer" else 3


def _words(one: Allergy) -> tuple[str, list[Source]]:
    """``Penicillin: anaphylaxis (severe; high risk).``"""
    key, of = one.of.key, one.of
    sources = [one.source, *one.also]
    if one.kind == "answer":
        return f"Allergies: {_answer(one.name)}.", sources
    marks = _marks(one, sources)
    shown, grave = _reactions(of), _gravity(of)
    marks += [] if shown or one.kind == "none" else grave
    head = "Ruled out: " if one.kind == "ruled out" else ""
    if head and one.name.lower().startswith("no "):  # two denials: neither is ours to choose
        head, marks = "", [*marks, REFUTED]
    named = f"{head}{one.name}{_in_brackets(marks)}"
    if one.kind == "none":
        return f"{named}.", sources
    told = [", ".join(shown) + (f" ({'; '.join(grave)})" if shown and grave else "")] if shown else []
    told += [_small(" ".join(text.split()).rstrip(".")) for text in _told(of)]
    if of.reaction and told:
        sources.append(Source(key, f"{PATH}.reaction", "; ".join(told)))
    if any(note.text for note in of.note):
        sources.append(Source(key, f"{PATH}.note", "; ".join(note.text for note in of.note if note.text)))
    return f"{': '.join([named, '; '.join(told)]) if told else named}.", sources


def _marks(one: Allergy, sources: list[Source]) -> list[str]:
    """How sure it is and whether it still stands, behind the name."""
    of, marks = one.of, []
    if of.type == "intolerance" and one.kind == "allergy":
        marks.append("intolerance")
        sources.append(Source(of.key, f"{PATH}.type", "intolerance"))
    clinical, verified = worst_of(of.clinical_status), worst_of(of.verification_status)
    if clinical in ("resolved", "inactive"):
        marks.append(clinical)
        sources.append(Source(of.key, f"{PATH}.clinicalStatus", clinical))
    if verified in DOUBTS:
        marks.append(verified)
    if verified in (*DOUBTS, "refuted"):
        sources.append(Source(of.key, f"{PATH}.verificationStatus", verified or ""))
    return marks


def _in_brackets(marks: list[str]) -> str:
    return f" ({', '.join(marks)})" if marks else ""


def _reactions(one: AllergyIntolerance) -> list[str]:
    shown = [label for each in one.reaction for m in each.manifestation if (label := _label(m) or coded(m))]
    return sorted(dict.fromkeys(_small(label) for label in shown), key=lambda label: not is_grave(label))


def _gravity(one: AllergyIntolerance) -> list[str]:
    """The worst severity, and the risk."""
    grades = [each.severity for each in one.reaction if each.severity in GRADES]
    worst = max(grades, key=lambda grade: GRADES[grade or ""], default=None)
    return [words for words in (worst, RISKS.get(one.criticality or "")) if words]


def _told(one: AllergyIntolerance) -> list[str]:
    said = [each.description for each in one.reaction] + [note.text for note in one.note]
    return [*dict.fromkeys(words for text in said if text and (words := readable(text)).strip())]


def _name(one: AllergyIntolerance) -> str:
    """The substance: as the allergy is called, else that of a reaction, else its code in words."""
    label, substance = _label(one.code) if one.code else None, _substance(one)
    if substance is not None and (label is None or label.lower().strip(" .") in NOT_SAYING):
        return substance
    if label is not None:
        low, more = label.lower(), (substance or "").lower()
        return label if more in low or low in more else f"{label} ({substance})"
    coding = next((coding for coding in one.code.coding if coding.code), None) if one.code else None
    if coding is None:
        return NO_SUBSTANCE
    system = SYSTEMS.get(coding.system or "", "code")
    return f"{_called(coding)} ({system} {coding.code})"


def _called(coding: Coding) -> str:
    code = coding.code or ""
    by_drug = DRUGS_BY_RXNORM.get(code) if SYSTEMS.get(coding.system or "") == "RxNorm" else None
    return by_drug or NAMES.get(code, NONE_KNOWN.get(code, NO_SUBSTANCE))


def _substance(one: AllergyIntolerance) -> str | None:
    named = (_label(each.substance) for each in one.reaction if each.substance is not None)
    return next((label for label in named if label), None)


def _label(concept: CodeableConcept | None) -> str | None:
    """What it is called, without the tag of SNOMED CT."""
    label = concept.label if concept is not None else None
    tag = next((tag for tag in TAGS if label and label.endswith(tag)), "")
    return label.removesuffix(tag) if label else None


def _none_in_words(name: str) -> str | None:
    low = AT_THIS_TIME.sub("", name.lower().strip(" .*"))
    if low in BARE:
        return "No known allergies"
    return denies_allergies(name)


def _is_answer(name: str) -> bool:
    low = name.lower().strip(" .")
    return any(low in (words, f"patient {words}", f"allergies {words}", f"allergy status {words}") for words in ANSWERS)


def _answer(name: str) -> str:
    low = name.lower().strip(" .")
    return next((words for words in ANSWERS if words in low), low)


def _unread(one: AllergyIntolerance) -> list[Sentence]:
    return [
        Sentence("A part of it could not be read: see the chart.", (Source(one.key, f"{PATH}.{element}", ""),))
        for element in one.unread
    ]


def _small(words: str) -> str:
    """``Anaphylaxis`` as ``anaphylaxis``, inside a sentence; an abbreviation stays as it is."""
    return words[0].lower() + words[1:] if words[1:2].islower() else words
