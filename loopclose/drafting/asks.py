"""What the referrer is asked to do, by rule: in the notes' own words, and by orders that the referrer carries out.

The rules and their cases: docs/rules/asks.md.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from datetime import date

from msgspec import UNSET, UnsetType, structs

from fhir_adapters.facts import ServiceRequest
from fhir_adapters.facts.references import local_key
from loopclose.drafting.ask_dates import day_named
from loopclose.drafting.ask_words import (
    DO,
    LABELLED,
    NONE,
    NOT_ASKED,
    NOT_OURS,
    asked_at,
    heads_for_referrer,
    is_for_patient,
    is_for_referrer,
)
from loopclose.drafting.clauses import Clause, split
from loopclose.drafting.material import Material, about
from loopclose.drafting.names import named
from loopclose.drafting.orders import order_item
from loopclose.drafting.paper import Ask, Item, Sentence, Source
from loopclose.drafting.sentences import cited, name_source

NOT_OPEN = frozenset({"completed", "revoked", "entered-in-error", "on-hold"})
FOR_YOU = "To be done by you: "
LONGEST_LABEL = 40
"""Characters of words before a colon that end what stood under a label."""
RECKONED = "By {day}, reckoned from the visit."
BEFORE = "(Right before it: {words})"
_POINTS_BACK = re.compile(r"\b(?:(?:before|prior to|until|after|by) (?:that|then)|beforehand|afterwards)\b")
_OURS_BEFORE = re.compile(r"\b(?:we|i|rtc|return|see|seen|follow|our)\b")


def asks_of(material: Material, clauses: Iterable[Clause]) -> list[Ask]:
    """Every ask once, those with a day first, in the order of the days; then as they stand in the chart."""
    asks = [*_noted(material, clauses), *_ordered(material)]
    by_words: dict[str, Ask] = {}
    for ask in asks:
        by_words.setdefault(ask.item[0].text.lower().strip(" ."), ask)
    return sorted(by_words.values(), key=lambda ask: ask.by if isinstance(ask.by, str) else "9")


def earliest(asks: Iterable[Ask]) -> date | None:
    """The first day by which something is asked."""
    return min((date.fromisoformat(ask.by) for ask in asks if isinstance(ask.by, str)), default=None)


def _noted(material: Material, clauses: Iterable[Clause]) -> Iterator[Ask]:
    label = _Label()
    before: Clause | None = None
    for clause in clauses:
        last, before = before, clause
        if clause.code in NOT_OURS or is_for_patient(clause.title) or is_for_patient(clause.label):
            continue
        rest = label.read(clause)
        if not rest:
            continue
        low = _named_pcp(clause.low, material)
        at = asked_at(low)
        if at is None and label.holds and _asks_behind_label(_named_pcp(rest.lower(), material), label.is_bare):
            at = 0
        if at is not None:
            ask = _with_day(clause.item, _day(low, at, material.day), material)
            yield structs.replace(ask, item=(*ask.item, *_pointed_to(clause, last)))


def _pointed_to(clause: Clause, last: Clause | None) -> Item:
    """What stood before an ask that points back at it (*before that*), and says nothing without it."""
    if last is None or (last.note, last.code) != (clause.note, clause.code) or not _POINTS_BACK.search(clause.low):
        return ()
    (said,) = last.item
    return (structs.replace(said, text=BEFORE.format(words=said.text)),)


class _Label:
    """The label for the referrer that stands over a clause: its section's title, or the words before a colon."""

    def __init__(self) -> None:
        self.holds = self.is_bare = False
        self._section: tuple[str, str, str] | None = None
        self._paragraph = 0
        self._alone = self._is_titled = False

    def read(self, clause: Clause) -> str:
        """The words behind the label where the clause has one, else the clause; empty where it is a label alone."""
        section = (clause.note.resource, clause.code, clause.title)
        if section != self._section:
            self._section, self.holds, self._is_titled = section, False, is_for_referrer(clause.title)
        label, colon, rest = clause.text.partition(":")
        if clause.starts and colon and is_for_referrer(label):
            self.holds, self._alone, self._paragraph = True, not rest.strip(), clause.paragraph
            self.is_bare = LABELLED.fullmatch(label.lower().strip()) is not None
            return rest.strip()
        if clause.starts and clause.text == clause.sentence and heads_for_referrer(clause.text):
            self.holds, self._alone, self._paragraph = True, True, clause.paragraph
            self.is_bare = clause.low.startswith(("to ", "for "))
            return ""
        is_other = clause.starts and bool(colon) and len(label) <= LONGEST_LABEL
        ends = clause.paragraph != self._paragraph and (is_other or not self._alone)
        if self._is_titled:
            self.holds, self.is_bare = True, False
        elif ends:
            self.holds = False
        return clause.text


def _asks_behind_label(low: str, is_bare: bool) -> bool:
    """Whether words behind a label for the referrer ask for something; behind the bare name only a verb does."""
    first = low.split(None, 1)[0].strip(",.:;") if low else ""
    if not first or first in NONE or NOT_ASKED.search(low):
        return False
    return first in DO or not is_bare


def _named_pcp(low: str, material: Material) -> str:
    """The clause with the referrer's own name put as ``pcp``."""
    name = material.referrer.name.lower().partition(",")[0] if material.referrer else ""
    words = [word for word in name.replace("dr. ", "dr ").split() if word != "dr"]
    if not words or not low.isascii() or words[-1] not in low:
        return low
    for called in (f"dr. {' '.join(words)}", f"dr. {words[-1]}", f"dr {words[-1]}", " ".join(words)):
        if len(called) > 4:
            low = low.replace(called, "pcp")
    return low


def _day(low: str, at: int, visit: date) -> date | None:
    """The day that an ask names: behind where it begins, else before it, where that is not ours (``We see him in``)."""
    behind = day_named(low[at:], visit)
    before = low[:at]
    return behind if behind is not None or _OURS_BEFORE.search(before) else day_named(before, visit)


def _with_day(item: Item, day: date | None, material: Material) -> Ask:
    if day is None:
        return Ask(item, UNSET)
    words = f"{day.day} {day:%b %Y}"
    sources = tuple(structs.replace(one, text=words) for one in item[0].sources[:1])
    visit = material.encounter
    if visit is not None and visit.period is not None and visit.period.start is not None:
        sources += (Source(visit.key, "Encounter.period.start", str(visit.period.start)),)
    return Ask((*item, Sentence(RECKONED.format(day=words), sources)), day.isoformat())


def _ordered(material: Material) -> Iterator[Ask]:
    """Orders of the visit that the referrer is to carry out, and what notes on orders ask."""
    seen = about(material)
    for one in material.orders:
        if one.status in NOT_OPEN or one.do_not_perform:
            continue
        if whose := _performed_by_referrer(one, material):
            (first, *_) = order_item(one, seen, ())
            said = Sentence(f"{FOR_YOU}{first.text}", tuple(dict.fromkeys((*first.sources, whose))))
            yield Ask((said,), _due(one, material))
        for text in (note.text for note in one.note if note.text):
            for words in split(text):
                low = _named_pcp(words.lower(), material)
                if (at := asked_at(low)) is not None:
                    said = Sentence(
                        f"{named(one.code)}: {words}", (name_source(one, one.code), cited(one, "note", words))
                    )
                    yield _with_day((said,), _day(low, at, material.day), material)


def _performed_by_referrer(one: ServiceRequest, material: Material) -> Source | None:
    who = material.referrer
    if who is None:
        return None
    keys = {key for key in (who.reference, who.organization) if key}
    for performer in one.performer:
        if local_key(performer) in keys or (
            performer.display and performer.display in (who.name, who.organization_name)
        ):
            return cited(one, "performer", performer.display or performer.reference or "")
    return None


def _due(one: ServiceRequest, material: Material) -> str | UnsetType:
    period = one.occurrence_period
    when = one.occurrence_date_time or (period.end or period.start if period else None)
    return when.last_day(material.zone).isoformat() if when is not None and len(when) >= 10 else UNSET
