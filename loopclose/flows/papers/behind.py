"""What a sentence of a draft rests on: the elements, the day of each resource, and the words of the note."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy.orm import Session

from fhir_adapters.facts import DocumentReference
from fhir_adapters.facts.reading import read
from loopclose.drafting.gaps import WORDS
from loopclose.drafting.notes.note import Unread, words_of
from loopclose.drafting.paper import Source
from loopclose.store import records
from loopclose.store.base import Scope

DATED = (
    "effectiveDateTime",
    "effectiveInstant",
    "effectivePeriod",
    "performedDateTime",
    "performedPeriod",
    "authoredOn",
    "onsetDateTime",
    "recordedDate",
    "occurrenceDateTime",
    "dateAsserted",
    "issued",
    "date",
    "period",
    "start",
    "created",
)
"""Elements that date a resource, the most telling first."""
AROUND, LONGEST = 1, 600
"""Lines of a note shown before and after the sentence, and letters of them at most."""


@dataclass(frozen=True)
class Behind:
    """One resource or person that a sentence rests on."""

    key: str
    """``Type/id``, or ``person``."""
    called: str
    """What it is, in words."""
    said: tuple[tuple[str, str], ...]
    """(element, what it says) each."""
    dated: str | None
    """As the EHR wrote it."""
    words: tuple[str, ...]
    """Lines of a note around the sentence."""


def behind(session: Session, scope: Scope, ehr: str, text: str, sources: Iterable[Source]) -> list[Behind]:
    """What a sentence with that text rests on, a resource each, in the order in which they are named."""
    found: dict[str, list[Source]] = {}
    for one in sources:
        found.setdefault(one.resource, []).append(one)
    return [_behind(session, scope, ehr, text, key, those) for key, those in found.items()]


def _behind(session: Session, scope: Scope, ehr: str, text: str, key: str, those: list[Source]) -> Behind:
    if those[0].is_person:
        return Behind(key, "Somebody of this practice", tuple((one.path, one.text) for one in those), None, ())
    kind = key.partition("/")[0]
    raw = records.kept(session, scope, ehr, key, None)
    said = tuple(dict.fromkeys((one.path.removeprefix(f"{kind}."), one.text) for one in those))
    called = WORDS[kind][0].capitalize() if kind in WORDS else kind
    return Behind(key, called, said, _dated(raw), _words(kind, raw, text))


def _dated(raw: bytes | None) -> str | None:
    data: Any = json.loads(raw) if raw is not None else {}
    for name in DATED if isinstance(data, Mapping) else ():
        value = data.get(name)
        if isinstance(value, Mapping):
            value = value.get("start")
        if isinstance(value, str):
            return value
    return None


def _words(kind: str, raw: bytes | None, text: str) -> tuple[str, ...]:
    """The lines of a note among which the sentence stands; none where they cannot be had from what is kept."""
    fact = read(kind, raw) if kind == "DocumentReference" and raw is not None else None
    if not isinstance(fact, DocumentReference) or isinstance(found := words_of(fact), Unread):
        return ()
    lines = [line for one in found.splitlines() if (line := " ".join(one.split()))]
    at = next((no for no, line in enumerate(lines) if text in line or line in text), None)
    if at is None:
        return ()
    around = lines[max(0, at - AROUND) : at + AROUND + 1]
    return tuple(line[:LONGEST] for line in around)
