"""Which codes and words mean what: the shipped map with a site's own laid over it."""

from __future__ import annotations

import hashlib
import re
import tomllib
from collections.abc import Iterable
from functools import lru_cache
from typing import Any

import msgspec

from fhir_adapters.facts import CodeableConcept
from fhir_adapters.facts.elements import Coding

MEANINGS = (
    "referral",
    "consultation",
    "laboratory",
    "imaging",
    "medication",
    "other_orders",
    "office_visit",
    "phone",
    "nurse_only",
    "laboratory_visit",
    "documentation_only",
    "series",
    "notes",
)


CLASSES = {
    "office": "AMB",
    "virtual": "VR",
    "home": "HH",
    "inpatient": "IMP",
    "emergency": "EMER",
    "observation": "OBSENC",
}
"""What a class of visit can mean, with the v3 ActCode by which ``[practice] visit_classes`` names it."""


class Marks(msgspec.Struct, frozen=True):
    """By what one meaning is known: words anywhere in a text, and texts that mean it when they are all there is."""

    words: re.Pattern[str] | None = None
    texts: frozenset[str] = frozenset()

    def known_in(self, said: Iterable[str]) -> int:
        """How much of some texts says it: the length of the longest phrase, 0 for none."""
        found = 0
        for text in said:
            if _plain(text) in self.texts:
                return len(text)
            for match in self.words.finditer(text) if self.words else ():
                found = max(found, len(match[0]))
        return found


class CodeMap:
    """Meanings of tokens (``system|code``) and of words in texts; ``version`` changes with any entry."""

    def __init__(
        self,
        tokens: dict[str, str],
        marks: dict[str, Marks],
        specialties: dict[str, re.Pattern[str]],
        specialty_codes: dict[str, str],
        class_tokens: dict[str, str],
        class_marks: dict[str, Marks],
        version: str,
    ) -> None:
        self.tokens, self.marks, self.version = tokens, marks, version
        self.specialties, self.specialty_codes = specialties, specialty_codes
        self.class_tokens, self.class_marks = class_tokens, class_marks
        self.notes = frozenset(token for token, meaning in tokens.items() if meaning == "notes")
        """Tokens of the note types that count as a report."""
        self.series = frozenset(token for token, meaning in tokens.items() if meaning == "series")
        """Tokens of the visit types that owe no report each time."""
        self.coded = lru_cache(maxsize=4096)(self._look_up_code)  # a practice uses a few dozen codes
        """The first of ``among`` (concepts, among) that some code means."""
        self.said = lru_cache(maxsize=4096)(self._look_up_words)
        """The first of ``among`` (concepts, among) that some text says."""
        self.visit_class = lru_cache(maxsize=1024)(self._look_up_class)
        """What an Encounter's class means: a key of ``CLASSES``, or None where no map knows it."""
        self._specialties = lru_cache(maxsize=4096)(self._look_up_specialties)

    def meaning(self, concepts: tuple[CodeableConcept, ...], among: tuple[str, ...]) -> str | None:
        """The first of ``among`` that some code means; where no code is known, that some text says."""
        return self.coded(concepts, among) or self.said(concepts, among)

    def says(self, text: str, among: tuple[str, ...]) -> str | None:
        """The first of ``among`` that a text says."""
        return self.said((CodeableConcept(text=text),), among)

    def specialties_in(self, texts: tuple[str, ...]) -> frozenset[str]:
        """The specialties that some texts or tokens name."""
        return self._specialties(texts)

    def _look_up_code(self, concepts: tuple[CodeableConcept, ...], among: tuple[str, ...]) -> str | None:
        coded = {self.tokens.get(_plain_system(token)) for concept in concepts for token in concept.tokens}
        return next((meaning for meaning in among if meaning in coded), None)

    def _look_up_words(self, concepts: tuple[CodeableConcept, ...], among: tuple[str, ...]) -> str | None:
        said = [text.replace("_", " ") for concept in concepts for text in words_of(concept.coding, concept.text)]
        return next((m for m in among if (marks := self.marks.get(m)) is not None and marks.known_in(said)), None)

    def _look_up_class(self, coding: Coding | None) -> str | None:
        if coding is None:
            return None
        code = (coding.code or "").casefold()
        coded = self.class_tokens.get(f"{coding.system or ''}|{code}") or self.class_tokens.get(f"|{code}")
        if coded is not None:
            return coded
        said = {name: marks.known_in(words_of((coding,), None)) for name, marks in self.class_marks.items()}
        most = max(said.values(), default=0)  # "inpatient emergency" over "emergency": the longer phrase says more
        return next((name for name, much in said.items() if much == most), None) if most else None

    def _look_up_specialties(self, texts: tuple[str, ...]) -> frozenset[str]:
        text = " ".join(texts)
        named = {name for name, words in self.specialties.items() if words.search(text)}
        named |= {self.specialty_codes[t] for t in texts if t in self.specialty_codes}
        if "electrophysiology" in named:
            named.discard("cardiology")  # the narrower one says more
        return frozenset(named)


def _plain_system(token: str) -> str:
    """A token whose system ends as most write it: "http://snomed.info/sct/" is the same."""
    system, _, code = token.rpartition("|")
    return f"{system.strip().rstrip('/')}|{code.strip()}"


def words_of(codings: Iterable[Coding], text: str | None) -> list[str]:
    """What a person wrote: text, displays and codes, and no system, whose address may hold any word."""
    said = [text] if text else []
    for coding in codings:
        said += [part for part in (coding.display, coding.code) if part]
    return said


def texts_of(concepts: Iterable[CodeableConcept]) -> list[str]:
    """Every text, display, token and bare code of some concepts."""
    found: list[str] = []
    for concept in concepts:
        if concept.text:
            found.append(concept.text)
        for coding in concept.coding:
            found += [part for part in (coding.display, coding.token, coding.code) if part]
    return found


def parse_code_map(*texts: str) -> CodeMap:
    """Read code maps, the later laid over the earlier; raises ``ValueError`` for what cannot be used."""
    tokens: dict[str, str] = {}
    listed: dict[str, dict[str, list[str]]] = {}
    class_tokens: dict[str, str] = {}
    class_listed: dict[str, dict[str, list[str]]] = {}
    specialties: dict[str, list[str]] = {}
    for text in texts:
        tables = tomllib.loads(text)
        _refuse_unknown(tables, (*MEANINGS, "visit_classes", "specialties"))
        classes = tables.get("visit_classes", {})
        _refuse_unknown(classes, tuple(CLASSES))
        for meaning in MEANINGS:
            tokens.update(dict.fromkeys(_add(listed, meaning, tables.get(meaning, {})), meaning))
        for name in CLASSES:
            lower = (_lower_code(token) for token in _add(class_listed, name, classes.get(name, {})))
            class_tokens.update(dict.fromkeys(lower, name))
        for name, marks in tables.get("specialties", {}).items():
            specialties.setdefault(name, []).extend(marks)
    codes = {mark: name for name, marks in specialties.items() for mark in marks if re.search(r"\d", mark)}
    return CodeMap(
        tokens,
        {meaning: _marks(found) for meaning, found in listed.items()},
        {name: _begins([m for m in marks if m not in codes]) for name, marks in specialties.items()},
        codes,
        class_tokens,
        {name: _marks(found) for name, found in class_listed.items()},
        hashlib.sha256("\x1f".join(texts).encode()).hexdigest()[:16],
    )


def _refuse_unknown(tables: dict[str, Any], known: tuple[str, ...]) -> None:
    unknown = sorted(set(tables) - set(known))
    if unknown:
        raise ValueError(f"the table {unknown[0]} is not known; expected are {', '.join(known)}")


def _add(listed: dict[str, dict[str, list[str]]], name: str, table: dict[str, list[str]]) -> list[str]:
    """Add a table's words and texts to what is listed by name; gives its tokens back."""
    for kind in ("words", "texts"):
        listed.setdefault(name, {"words": [], "texts": []})[kind] += table.get(kind, [])
    return table.get("tokens", [])


def _marks(listed: dict[str, list[str]]) -> Marks:
    words = listed["words"]
    pattern = re.compile("|".join(_phrase(word) for word in words), re.IGNORECASE) if words else None
    return Marks(pattern, frozenset(_plain(text) for text in listed["texts"]))


def _phrase(words: str) -> str:
    """Whole words, however many spaces stand between them: "lab visit" is not in "slab visits"."""
    return r"\b" + r"\s+".join(re.escape(word) for word in words.split()) + r"\b"


def _begins(words: list[str]) -> re.Pattern[str]:
    """Specialties are told by how a word begins: "orthopedic" is in "orthopedics"."""
    return re.compile("|".join(rf"\b{re.escape(word)}" for word in words) or r"(?!)", re.IGNORECASE)


def _plain(text: str) -> str:
    return " ".join(text.casefold().split())


def _lower_code(token: str) -> str:
    system, _, code = token.rpartition("|")
    return f"{system}|{code.casefold()}"
