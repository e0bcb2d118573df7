"""What is common to all that one resource says: how it is cited, what it is tied to, and that it is said once."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date
from zoneinfo import ZoneInfo

from msgspec import structs

from fhir_adapters.facts import CodeableConcept, Reference, Resource, When
from fhir_adapters.facts.references import local_key
from loopclose.drafting.names import coded, line, named
from loopclose.drafting.paper import Item, Sentence, Source
from loopclose.drafting.wording import date_words

__all__ = ["About", "cited", "collapsed", "day_beside", "name_source", "named", "sites", "told", "who"]
ERROR = "entered-in-error"
EYES = {"od": "right eye (OD)", "os": "left eye (OS)", "ou": "both eyes (OU)"}
SIDES = {"r": "right", "l": "left", "rt": "right", "lt": "left", "bil": "both sides", "bilat": "both sides"}
"""Abbreviations that are misread for something else (ISMP's List of Error-Prone Abbreviations)."""
PART_UNREAD = "part of it could not be read; see the chart"
BY_TIME = "tied to this visit by time and person alone"


@dataclass(frozen=True)
class About:
    """Whom and when a paper is about: what the words of a result depend on."""

    zone: ZoneInfo
    day: date
    """The visit's local day."""
    sex: str | None = None
    born: date | None = None
    names: Mapping[str, str] = field(default_factory=dict)
    """Clinicians and organizations by ``Type/id``."""
    by_time: frozenset[str] = frozenset()
    """Keys of what names no visit, and is of this one by its time and who did it."""


def name_source(resource: Resource, concept: CodeableConcept | None) -> Source:
    """The element that names a thing; where nothing does, its id stands for that."""
    return Source(resource.key, f"{type(resource).__name__}.{'code' if concept else 'id'}", named(concept))


def cited(resource: Resource, element: str, words: str) -> Source:
    """An element of the resource, as a source."""
    return Source(resource.key, f"{type(resource).__name__}.{element}", words)


def told(about: About, resource: Resource, text: str, sources: Iterable[Source]) -> Sentence:
    """The sentence of a resource; with it, what a reader must know of how it came here."""
    notes = [BY_TIME] if resource.key in about.by_time else []
    notes += [PART_UNREAD] if resource.unread else []
    text = line(text).rstrip(".")
    end = "" if text.endswith(("!", "?")) else "."
    return Sentence(f"{text} ({'; '.join(notes)})." if notes else f"{text}{end}", tuple(dict.fromkeys(sources)))


def beside(resource: Resource, head: str, element: str, words: Iterable[str | None]) -> Iterable[Sentence]:
    """What else it says, each part as a sentence of its own: a comment, an instruction."""
    for one in words:
        if one and (said := line(one)):
            closed = said if said.endswith((".", "!", "?")) else f"{said}."
            yield Sentence(f"{head}{closed}", (cited(resource, element, said),))


def sites(concepts: Iterable[CodeableConcept | None]) -> str:
    """Where on the body, behind a name: ``, left eye``; empty where nothing says it."""
    found = [_side(said) for one in concepts if (said := coded(one))]
    return "".join(f", {said}" for said in dict.fromkeys(found))


def _side(said: str) -> str:
    """A site with its side spelt out; an abbreviation that we do not know stays as it is."""
    first, *others = said.split()
    short = first.strip(".").lower()
    if not others and short in EYES:
        return EYES[short]
    if short in SIDES and (others or len(short) <= 2):
        return " ".join((SIDES[short], *others))
    return said if said[1:2].isupper() else f"{said[0].lower()}{said[1:]}"


def day_beside(when: When | None, about: About) -> str | None:
    """A day in words where it is not the visit's own, and that it was before or after this visit where it was long."""
    if when is None or (len(when) >= 10 and when.last_day(about.zone) == about.day):
        return None
    before = (about.day - when.last_day(about.zone)).days
    after = (when.start(about.zone).astimezone(about.zone).date() - about.day).days
    far = " (before this visit)" if before > FAR else " (after this visit)" if after > FAR else ""
    return f"{date_words(when, about.zone)}{far}"


FAR = 30
"""Days before or after the visit from which on a result is no longer taken for one of the visit."""


def who(resource: Resource, element: str, references: Iterable[Reference | None], about: About) -> list[Source]:
    """The names of those who are referred to, as far as they are known, each where it stands."""
    found: dict[str, Source] = {}
    for one in references:
        key = local_key(one) or ""
        if key in about.names:
            found.setdefault(about.names[key], Source(key, f"{key.partition('/')[0]}.name", about.names[key]))
        elif one is not None and one.display:
            found.setdefault(one.display, cited(resource, element, one.display))
    return [*found.values()]


def collapsed(items: Iterable[Item]) -> list[Item]:
    """The same said twice is said once, with the sources of both."""
    found: dict[tuple[str, ...], Item] = {}
    for item in items:
        key = tuple(one.text for one in item)
        before = found.get(key)
        if before is not None:
            item = tuple(
                structs.replace(one, sources=tuple(dict.fromkeys((*one.sources, *two.sources))))
                for one, two in zip(before, item, strict=True)
            )
        found[key] = item
    return [item for item in found.values() if item]
