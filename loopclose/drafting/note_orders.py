"""What the text of a note says of medicines: stop, start, go on, and how much. Words are walked once, in order."""

from __future__ import annotations

import itertools
import re
from collections.abc import Iterable, Iterator, Sequence
from decimal import Decimal
from typing import NamedTuple

from loopclose.drafting.allergy_words import denies_allergies
from loopclose.drafting.clauses import is_label
from loopclose.drafting.dosing_conflicts import often_in
from loopclose.drafting.drugs import names_of_drugs
from loopclose.drafting.material import Material
from loopclose.drafting.notes.note import notes_of
from loopclose.drafting.paper import Source
from loopclose.drafting.words.boxes import open_ones

STOP = frozenset(
    {"stop", "stopped", "stopping", "discontinue", "discontinued", "d/c", "dc", "cease", "hold", "held", "off"}
)
START = frozenset({"start", "started", "starting", "begin", "initiate", "add", "prescribe", "prescribed"})
GO_ON = frozenset(
    {"continue", "continued", "continues", "keep", "resume", "increase", "decrease", "reduce", "on", "takes"}
)
DONE = frozenset({"stopped", "discontinued", "d/c", "held", "started", "continued"})
"""Verbs that may stand behind the drug."""
BETWEEN = frozenset({"was", "were", "is", "has", "have", "been", "be", "to", "mg", "mcg", "daily", "today", "now"})
NOT = frozenset({"not", "never", "don't", "dont", "no", "without", "cannot", "can't"})
UNITS = {"mg": Decimal(1), "mcg": Decimal("0.001"), "g": Decimal(1000)}
_WORD = re.compile(r"d/c\b|[a-z][a-z']*+|\d++(?:\.\d++)?|[.;\n]")
_CLAUSE_END = re.compile(r"[;\n+]|\.\s|\band\b|\bwith\b")
FAR, BEHIND_COMMA, SHORTEST = 80, 3, 3
"""Characters behind a drug in which it is told how often, words of a clause behind a comma, letters of no drug."""
NEAR = 4
"""Words between a drug and its dose: ``metoprolol succinate XL 50 mg``."""


PLANNED = frozenset({"assessment", "assessment_plan", "plan", "follow_up", "attestation", "addendum", "text", "other"})
"""Sections of a note in which a medicine is started or stopped now, not told of."""


_LISTS = re.compile(
    r"\b(?:prescribed|started|new prescriptions?)\b.{0,20}\b(?:medic|drug|follow)|\bnew (?:medic|prescription|rx\b)"
)
"""A line over a list of medicines that are started."""


class Said(NamedTuple):
    """A line of a note that says something of a medicine."""

    drug: str
    """The ingredient."""
    does: str
    """``stop``, ``start``, ``go on``, ``not`` (*no apixaban*), or nothing."""
    milligrams: Decimal | None
    line: str
    source: Source
    often: str = ""
    """How often, in our words, where the line says it plainly."""


def lines_of(material: Material) -> Iterator[tuple[str, Source]]:
    """Every line of the visit's notes that was read, with where it stands; one in a list of what is started says so."""
    notes, _ = notes_of(material)
    for note in notes:
        for section in note.sections:
            not_chosen = open_ones(section.paragraphs)
            over = ""
            for words in (one for one in section.paragraphs if one not in not_chosen):
                over = words if is_label(words) else over
                titled = f"{section.title}: {words}" if "allerg" in section.title.lower() else words
                line = titled if denies_allergies(titled) else words
                if over != words and section.code in PLANNED and is_over_a_list(over):
                    line = f"{over} {words}"
                yield line, Source(note.resource, note.path, words)


def is_over_a_list(label: str) -> bool:
    """Whether the lines that follow are medicines that are started: ``Prescribed the following medications:``."""
    return _LISTS.search(label.lower()) is not None


def said_in(lines: Iterable[tuple[str, Source]], wanted: frozenset[str]) -> Iterator[Said]:
    """What lines say of known medicines, and of those that are ``wanted`` by their ingredients."""
    kin = names_of_drugs()
    for line, source in lines:
        low = line.lower()
        matches = [*_WORD.finditer(low)]
        words = [match[0] for match in matches]
        does, negated = "", False
        for at, word in enumerate(words):
            if word in ".;\n":
                does, negated = "", False
            elif word in NOT:
                negated = True
            elif (verb := _verb(word)) and not (word in ("on", "off") and does):
                does, negated = ("" if negated else verb), False
            else:
                for drug in kin.brands.get(word, (word,) if word in kin.known or word in wanted else ()):
                    often = often_in(_of_this(low[matches[at].end() :])) if len(word) > SHORTEST else ""
                    behind = words[at + 1 : at + 2 + NEAR]
                    how = does or _behind(behind) or ("not" if words[at - 1 : at] == ["no"] else "")
                    yield Said(drug, how, _milligrams(behind), line, source, often)


def says_no_allergies(line: str) -> bool:
    """Whether a line says that there is no allergy."""
    return denies_allergies(line) is not None


def _of_this(tail: str) -> str:
    """What stands behind a drug and is of it: to the end of its clause, or of the short one behind its comma."""
    clause = _CLAUSE_END.split(tail[:FAR], maxsplit=1)[0]
    first, _, others = clause.partition(",")
    behind = others.partition(",")[0]
    return clause if not others else f"{first} {behind}" if len(behind.split()) <= BEHIND_COMMA else first


def _verb(word: str) -> str:
    return "stop" if word in STOP else "start" if word in START else "go on" if word in GO_ON else ""


def _behind(words: Sequence[str]) -> str:
    """What was done, where it stands behind the drug: ``aspirin 81 mg was stopped``."""
    for word in words:
        if word in DONE:
            return _verb(word)
        if not (word in BETWEEN or word[0].isdigit()):
            return ""
    return ""


def _milligrams(words: list[str]) -> Decimal | None:
    """The first amount by weight behind a drug, in milligrams, as long as nothing else is begun before it."""
    for number, unit in itertools.pairwise(words):
        if number in ".;\n" or _verb(number) or number in names_of_drugs().known:
            return None
        if unit in UNITS and number[0].isdigit() and len(number) < 9:
            return Decimal(number) * UNITS[unit]
    return None
