"""Results beside each other: when each was taken, what a later one corrects, and where those of a day go."""

from __future__ import annotations

import itertools
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime
from decimal import Decimal

from fhir_adapters.facts import Observation, When
from fhir_adapters.facts.elements import Period
from loopclose.drafting.names import coded, named
from loopclose.drafting.sentences import About
from loopclose.drafting.units import unit_of

EARLY, LATER = frozenset({"registered", "partial", "preliminary"}), frozenset({"final", "amended", "corrected"})
CORRECTIONS = LATER - {"final"}
_FIRST = datetime.min.replace(tzinfo=UTC)
RISING, FALLING = "rising", "falling"


def taken(one: Observation) -> When | None:
    """When the result is of."""
    period = one.effective_period or Period()
    return one.effective_date_time or one.effective_instant or period.start or period.end or one.issued


def taken_path(one: Observation) -> str:
    """The element that tells when the result is of."""
    if one.effective_date_time is not None:
        return "effectiveDateTime"
    if one.effective_instant is not None:
        return "effectiveInstant"
    return "effectivePeriod" if one.effective_period is not None else "issued"


def without_corrected(observations: list[Observation], about: About) -> list[Observation]:
    """Without early values of which a later state of the same result stands beside them."""
    later = {_same(one, about) for one in observations if one.status in LATER and taken(one) is not None}
    return [one for one in observations if one.status not in EARLY or _same(one, about) not in later]


def corrected_by_others(observations: Sequence[Observation], about: About) -> frozenset[str]:
    """Keys of final values beside a corrected one of the same thing and moment, and of all but the last corrected."""
    known = [one for one in observations if taken(one) is not None]
    newest: dict[object, Observation] = {}
    for one in sorted(known, key=lambda one: one.issued.start(about.zone) if one.issued else _FIRST):
        if one.status in CORRECTIONS:
            newest[_same(one, about)] = one
    last = [(one, newest.get(_same(one, about))) for one in known]
    return frozenset(one.key for one, by in last if by is not None and one is not by and _is_before(one, by))


def _is_before(one: Observation, by: Observation) -> bool:
    """Whether that other corrects the one: a final value always, a corrected one where it was issued earlier."""
    if one.status == "final":
        return True
    return one.status in CORRECTIONS and one.issued is not None and by.issued is not None and one.issued != by.issued


def _same(one: Observation, about: About) -> tuple[object, ...]:
    return name_of(one), coded(one.body_site), coded(one.method), moment(one, about), one.performer


def name_of(one: Observation) -> str:
    """What was measured."""
    return named(one.code)


def of_day(one: Observation, about: About) -> tuple[object, ...]:
    """What results of one day and kind have in common."""
    when = taken(one)
    return name_of(one), coded(one.body_site), when.last_day(about.zone) if when else None


def moment(one: Observation, about: About) -> datetime:
    """By which results are sorted; those without a time come last."""
    when = taken(one)
    return when.start(about.zone) if when else datetime.max.replace(tzinfo=about.zone)


def ways_of(kept: Iterable[Observation], about: About) -> dict[str, str]:
    """By key of the last of three or more results of one day in one unit: that each is above, or below, the other."""
    series: dict[tuple[object, ...], list[tuple[Decimal, str]]] = {}
    for one in kept:
        quantity, when = one.value_quantity, taken(one)
        if quantity is None or quantity.value is None or quantity.comparator or one.status == "registered":
            continue
        if when and when.has_time:
            unit = unit_of(quantity)
            series.setdefault((*of_day(one, about), unit), []).append((quantity.value, one.key))
    found = {}
    for those in series.values():
        steps = [later - before for (before, _), (later, _) in itertools.pairwise(those)]
        if len(steps) > 1 and (all(step > 0 for step in steps) or all(step < 0 for step in steps)):
            found[those[-1][1]] = RISING if steps[0] > 0 else FALLING
    return found
