"""Whether the patient smokes: of several values of a visit the newest that is known counts, and what else was recorded
is named beside it; what contradicts it, in the chart or in a note, is put before the clinician.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime

from fhir_adapters.facts import Observation
from loopclose.drafting.clauses import Clause
from loopclose.drafting.names import named
from loopclose.drafting.paper import Conflict, Item, Sentence, Source
from loopclose.drafting.result_series import taken
from loopclose.drafting.results import observation_item
from loopclose.drafting.sentences import ERROR, About, cited, name_source
from loopclose.drafting.values import codes_of, value_words
from loopclose.drafting.wording import date_words

STATUS = frozenset({"72166-2", "11367-0"})
"""LOINC: tobacco smoking status (US Core, Smoking Status Observation Codes), history of tobacco use."""
NEVER, FORMER, NOT_NOW, CURRENT, EVER, UNKNOWN = "never", "former", "not now", "current", "ever", "unknown"
_WORDS = (
    (UNKNOWN, re.compile(r"^(?:not available|not known|not asked|unknown)|\bunknown if\b|\bconsumption unknown")),
    (NEVER, re.compile(r"^never\b|\bnever\b(?![^,;.]{0,20}\b(?:quit|stopped))[^,;.]{0,25}(?:smok|tobacco)"
        r"|\blife-?(?:long|time) (?:non-?smok|abstain)|\b(?:tobacco|smok)[^,;.:]{0,20}:\s?never\b")),
    (FORMER, re.compile(r"^former\b|\b(?:former|formerly|ex|past|previous)\b[^,;.]{0,20}\b(?:smok|tobacco)"
        r"|(?<!to )\b(?:quit|stopped|gave up) (?:smoking|tobacco)|\bno longer smokes"
        r"|\b(?:tobacco|smok)[^,;.:]{0,20}:\s?(?:former|ex-)")),
    (NOT_NOW, re.compile(r"\bnon-?smoker|(?:\b(?:not|denies|no)|n't)\b[^,;.]{0,30}\b(?:smok|tobacco)")),
    (CURRENT, re.compile(r"\b(?:current|currently|active|daily|every ?day|some ?days?|heavy|light|occasional|chronic)\b"
        r"[^,;.]{0,30}\bsmok|\bstill smok|\bsmokes\b|\bcontinues to smoke")),
    (EVER, re.compile(r"\bsmoker\b")),
)  # fmt: skip
"""How it is said, in the order in which it is tried."""
AGREE = frozenset({(EVER, FORMER), (EVER, CURRENT), (NOT_NOW, NEVER), (NOT_NOW, FORMER), (NOT_NOW, EVER)})
"""States that may both hold."""
GROWS = frozenset(
    {(CURRENT, NEVER), (CURRENT, FORMER), (CURRENT, NOT_NOW), (FORMER, CURRENT), (FORMER, NEVER), (EVER, NEVER),
     (NOT_NOW, CURRENT)}
)  # fmt: skip
"""(newer, older): what may have come to be between two days."""
_NOT_THIS = re.compile(
    r"\b(?:mother|father|parents?|wife|husband|spouse|partner|brother|sister|son|daughter|family|household|roommate"
    r"|second-?hand|passive|exposed|exposure|if|whether|risk|advised|counsel\w{0,6}|cessation|encouraged|recommend\w{0,5}"
    r"|should|must|marijuana|cannabis|cocaine|crack)\b"
)
"""Words by which a clause is of somebody or something else, or tells no fact."""
OF_FAMILY = ("family", "fh", "fhx")


def smoking_told_apart(observations: Sequence[Observation], about: About) -> tuple[list[Observation], list[Item]]:
    """(the observations, those of smoking left off where they say different things; what these say, as one item)."""
    those = _those(observations)
    if len({state_of(one, about) for one in those}) < 2:
        return [*observations], []
    *others, newest = sorted(those, key=lambda one: _rank(one, about))
    said = [_beside(newest, one, about) for one in reversed(others)]
    return [one for one in observations if one not in those], [(*observation_item(newest, about), *said)]


def state_of(one: Observation, about: About) -> str:
    """The state that a finding tells."""
    found = value_words(one, about)
    return (_state(found[1]) if found else "") or UNKNOWN


def smoking_conflicts(
    observations: Iterable[Observation], clauses: Iterable[Clause], about: About
) -> Iterator[Conflict]:
    """That values of the chart contradict the newest that is known, or that a note does; each once."""
    known = [one for one in _those(observations) if state_of(one, about) != UNKNOWN]
    if not known:
        return
    *others, newest = sorted(known, key=lambda one: _rank(one, about))
    holds = f"{named(newest.code)}: {_value(newest, about)}"
    denied = next((one for one in reversed(others) if _is_contradicted(newest, one, about)), None)
    if denied is not None:
        words = f"The chart says both “{holds}” and “{_value(denied, about)}”: which one holds?"
        yield Conflict("smoking", words, (*_cited(newest, about), *_cited(denied, about)))
    for clause in clauses:
        if _is_of_the_patient(clause) and _differ(_state(clause.text), state_of(newest, about)):
            (said,) = clause.item
            words = f"The note says “{said.text}”, and the chart holds “{holds}”: which one holds?"
            yield Conflict("smoking", words, (*said.sources[:1], *_cited(newest, about)))
            return


def _those(observations: Iterable[Observation]) -> list[Observation]:
    """What tells whether the patient smokes, in words or by a code; how much is another matter."""
    return [
        one
        for one in observations
        if one.status not in (ERROR, "cancelled")
        and one.value_quantity is None
        and (not STATUS.isdisjoint(codes_of(one.code)) or "smoking status" in named(one.code).lower())
    ]


def _state(words: str) -> str:
    """The state that words tell; empty where they tell none."""
    low = words.lower()
    return next((state for state, pattern in _WORDS if pattern.search(low)), "")


def _is_of_the_patient(clause: Clause) -> bool:
    of_family = clause.title.lower().startswith(OF_FAMILY) or clause.label.lower().startswith(OF_FAMILY)
    return ("smok" in clause.low or "tobacco" in clause.low) and not of_family and not _NOT_THIS.search(clause.low)


def _differ(one: str, other: str) -> bool:
    is_known = bool(one) and bool(other) and UNKNOWN not in (one, other)
    return is_known and one != other and not {(one, other), (other, one)} & AGREE


def _is_contradicted(newest: Observation, older: Observation, about: About) -> bool:
    """Whether a newer value and an older one cannot both have been true."""
    now, then = state_of(newest, about), state_of(older, about)
    return _differ(now, then) and (_day(newest, about) == _day(older, about) or (now, then) not in GROWS)


def _rank(one: Observation, about: About) -> tuple[bool, datetime, str]:
    """What is known after what is not, the newest last."""
    when = taken(one)
    moment = when.start(about.zone) if when else datetime.min.replace(tzinfo=about.zone)
    return state_of(one, about) != UNKNOWN, moment, one.key


def _day(one: Observation, about: About) -> str:
    when = taken(one)
    return date_words(when, about.zone) if when else ""


def _beside(newest: Observation, one: Observation, about: About) -> Sentence:
    """Another value that was recorded, and what it is to the one that counts."""
    head = "Contradicted by" if _is_contradicted(newest, one, about) else "Also recorded"
    day = _day(one, about)
    on = f", {day}" if day and day != _day(newest, about) else ""
    return Sentence(f"{head}: {_value(one, about)}{on}.", _cited(one, about))


def _value(one: Observation, about: About) -> str:
    found = value_words(one, about)
    return found[1] if found else "no value recorded"


def _cited(one: Observation, about: About) -> tuple[Source, ...]:
    found, when = value_words(one, about), taken(one)
    sources = [name_source(one, one.code), *([cited(one, *found)] if found else [])]
    return (*sources, *([cited(one, "effectiveDateTime", str(when))] if when else []))
