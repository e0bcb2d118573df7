"""Which codes and words mean what: the shipped map with what people said and a site's own laid over it."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable, Mapping
from functools import lru_cache, reduce

import msgspec

from fhir_adapters.facts import CodeableConcept
from fhir_adapters.facts.elements import Coding
from loopclose.domain.code_tables import CLASSES, MEANINGS, Tables, laid_over, lower_token, plain_token, tables_of


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

    def __init__(self, tables: Tables, version: str, before: CodeMap | None = None) -> None:
        self.tables, self.version = tables, version
        self.before = before or self
        """The map without what people said on the screen; itself where nobody said anything."""
        self.marks = {name: _marks(tables.words, tables.texts, name) for name in MEANINGS}
        self.class_marks = {name: _marks(tables.class_words, tables.class_texts, name) for name in CLASSES}
        names = dict.fromkeys((*tables.specialty_words, *tables.specialty_codes.values()))
        self.specialties = {name: _begins(tables.specialty_words.get(name, ())) for name in names}
        self.notes = frozenset(token for (_, token), means in tables.tokens.items() if means == "notes")
        """Tokens of the note types that count as a report."""
        self.other_notes = frozenset(token for (_, token), means in tables.tokens.items() if means == "other_notes")
        """Tokens of documents that never do."""
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
        tokens = [plain_token(token) for concept in concepts for token in concept.tokens]
        about = {MEANINGS[meaning] for meaning in among}
        coded = {self.tables.tokens.get((what, token)) for what in about for token in tokens}
        return next((meaning for meaning in among if meaning in coded), None)

    def _look_up_words(self, concepts: tuple[CodeableConcept, ...], among: tuple[str, ...]) -> str | None:
        said = [text.replace("_", " ") for concept in concepts for text in words_of(concept.coding, concept.text)]
        return next((m for m in among if self.marks[m].known_in(said)), None)

    def _look_up_class(self, coding: Coding | None) -> str | None:
        if coding is None:
            return None
        token, codes = lower_token(coding.token), self.tables.class_tokens
        coded = codes.get(token) or codes.get(f"|{token.rpartition('|')[2]}")
        if coded is not None:
            return coded
        said = {name: marks.known_in(words_of((coding,), None)) for name, marks in self.class_marks.items()}
        most = max(said.values(), default=0)  # "inpatient emergency" over "emergency": the longer phrase says more
        return next((name for name, much in said.items() if much == most), None) if most else None

    def _look_up_specialties(self, texts: tuple[str, ...]) -> frozenset[str]:
        text = " ".join(texts)
        named = {name for name, words in self.specialties.items() if words.search(text)}
        codes = (self.tables.specialty_codes.get(plain_token(one) if "|" in one else one) for one in texts)
        named |= {name for name in codes if name is not None}
        if "electrophysiology" in named:
            named.discard("cardiology")  # the narrower one says more
        return frozenset(named)


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


@lru_cache(maxsize=32)  # every decision is judged by a site that is made anew
def parse_code_map(*texts: str, before: CodeMap | None = None) -> CodeMap:
    """Read code maps, the later laid over the earlier; raises ``ValueError`` for what cannot be used.

    ``before``: the map without what people said on the screen, where some of it is among ``texts``.
    """
    tables = reduce(laid_over, map(tables_of, texts), Tables())
    return CodeMap(tables, hashlib.sha256("\x1f".join(texts).encode()).hexdigest()[:16], before)


def _marks(words: Mapping[str, tuple[str, ...]], texts: Mapping[str, tuple[str, ...]], name: str) -> Marks:
    phrases = words.get(name, ())
    pattern = re.compile("|".join(_phrase(word) for word in phrases), re.IGNORECASE) if phrases else None
    return Marks(pattern, frozenset(_plain(text) for text in texts.get(name, ())))


def _phrase(words: str) -> str:
    """Whole words, however many spaces stand between them: "lab visit" is not in "slab visits"."""
    return r"\b" + r"\s+".join(re.escape(word) for word in words.split()) + r"\b"


def _begins(words: Iterable[str]) -> re.Pattern[str]:
    """Specialties are told by how a word begins: "orthopedic" is in "orthopedics"."""
    return re.compile("|".join(rf"\b{re.escape(word)}" for word in words) or r"(?!)", re.IGNORECASE)


def _plain(text: str) -> str:
    return " ".join(text.casefold().split())
