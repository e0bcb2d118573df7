"""Which codes and words mean what: the shipped map with a site's own laid over it."""

from __future__ import annotations

import hashlib
import re
import tomllib
from collections.abc import Iterable
from functools import lru_cache
from typing import Any

from fhir_adapters.facts import CodeableConcept

MEANINGS = (
    "referral",
    "consultation",
    "laboratory",
    "imaging",
    "medication",
    "other_orders",
    "phone",
    "nurse_only",
    "laboratory_visit",
    "documentation_only",
    "series",
    "notes",
)


class CodeMap:
    """Meanings of tokens (``system|code``) and of words in texts; ``version`` changes with any entry."""

    def __init__(
        self,
        tokens: dict[str, str],
        words: dict[str, re.Pattern[str]],
        specialties: dict[str, re.Pattern[str]],
        specialty_codes: dict[str, str],
        version: str,
    ) -> None:
        self.tokens, self.words, self.version = tokens, words, version
        self.specialties, self.specialty_codes = specialties, specialty_codes
        self.notes = frozenset(token for token, meaning in tokens.items() if meaning == "notes")
        """Tokens of the note types that count as a report."""
        self.series = frozenset(token for token, meaning in tokens.items() if meaning == "series")
        """Tokens of the visit types that owe no report each time."""
        self._meaning = lru_cache(maxsize=4096)(self._look_up_meaning)  # a practice uses a few dozen codes
        self._specialties = lru_cache(maxsize=4096)(self._look_up_specialties)

    def __reduce__(self) -> tuple[Any, ...]:
        """For a process that judges elsewhere: without what was looked up here."""
        return CodeMap, (self.tokens, self.words, self.specialties, self.specialty_codes, self.version)

    def meaning(self, concepts: tuple[CodeableConcept, ...], among: tuple[str, ...]) -> str | None:
        """The first of ``among`` that some code means; where no code is known, that some text says."""
        return self._meaning(concepts, among)

    def specialties_in(self, texts: tuple[str, ...]) -> frozenset[str]:
        """The specialties that some texts or tokens name."""
        return self._specialties(texts)

    def _look_up_meaning(self, concepts: tuple[CodeableConcept, ...], among: tuple[str, ...]) -> str | None:
        coded = {self.tokens.get(token) for concept in concepts for token in concept.tokens}
        for meaning in among:
            if meaning in coded:
                return meaning
        text = " ".join(texts_of(concepts))
        return next((m for m in among if (found := self.words.get(m)) is not None and found.search(text)), None)

    def _look_up_specialties(self, texts: tuple[str, ...]) -> frozenset[str]:
        text = " ".join(texts)
        named = {name for name, words in self.specialties.items() if words.search(text)}
        named |= {self.specialty_codes[t] for t in texts if t in self.specialty_codes}
        if "electrophysiology" in named:
            named.discard("cardiology")  # the narrower one says more
        return frozenset(named)


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
    words: dict[str, list[str]] = {}
    specialties: dict[str, list[str]] = {}
    for text in texts:
        tables = tomllib.loads(text)
        unknown = set(tables) - {*MEANINGS, "specialties"}
        if unknown:
            raise ValueError(f"the table {sorted(unknown)[0]} is not known; expected are {', '.join(MEANINGS)}")
        for meaning in MEANINGS:
            table = tables.get(meaning, {})
            tokens.update(dict.fromkeys(table.get("tokens", ()), meaning))
            words.setdefault(meaning, []).extend(table.get("words", ()))
        for name, marks in tables.get("specialties", {}).items():
            specialties.setdefault(name, []).extend(marks)
    codes = {mark: name for name, marks in specialties.items() for mark in marks if re.search(r"\d", mark)}
    return CodeMap(
        tokens,
        {meaning: _any_of(found) for meaning, found in words.items() if found},
        {name: _any_of([m for m in marks if m not in codes]) for name, marks in specialties.items()},
        codes,
        hashlib.sha256("\x1f".join(texts).encode()).hexdigest()[:16],
    )


def _any_of(words: list[str]) -> re.Pattern[str]:
    return re.compile("|".join(rf"\b{re.escape(word)}" for word in words) or r"(?!)", re.IGNORECASE)
