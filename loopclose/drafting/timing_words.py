"""When and how often a medicine is taken, in words (https://hl7.org/fhir/R4/datatypes.html#Timing)."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import time
from decimal import Decimal
from typing import NamedTuple
from zoneinfo import ZoneInfo

from fhir_adapters.facts import When
from fhir_adapters.facts.dosage import TimingRepeat
from fhir_adapters.facts.elements import Quantity
from loopclose.drafting.dosing_words import (
    NO_UNIT,
    TIMES,
    UNITS,
    A,
    bounds_words,
    moment_words,
    time_unit,
    units,
    up_to,
)
from loopclose.drafting.wording import date_words

PARTS = {
    Decimal("0.5"): 2,
    **{Decimal(written): 3 for written in ("0.33", "0.333", "0.3333", "0.33333")},
    Decimal("0.25"): 4,
}
"""Halves, thirds and quarters of a period, as so many in a whole one."""
DAY_BEGINS, DAY_ENDS = time(0, 0), time(23, 59)


class Part(NamedTuple):
    """One thing that the structure of an instruction says."""

    of: str
    words: str


def moment(when: When, zone: ZoneInfo, unsaid: time | None = None) -> str:
    """A day, with the local time of it where it has one; not that of ``unsaid``, at which a day begins or ends."""
    local = when.start(zone).astimezone(zone).time() if when.has_time else unsaid
    words = date_words(when, zone)
    if local is None or (unsaid is not None and (local.hour, local.minute) == (unsaid.hour, unsaid.minute)):
        return words
    return f"{words} at {_clock(f'{local:%H:%M:%S}')}"


def repeat_parts(repeat: TimingRepeat, zone: ZoneInfo) -> Iterator[Part]:
    """Days, times, moments, how long each time, how many times in all, for how long, from and until when."""
    if repeat.day_of_week:
        yield Part("often", f"on {', '.join(day.capitalize() for day in repeat.day_of_week)}")
    if repeat.time_of_day:
        yield Part("clock", f"at {', '.join(map(_clock, repeat.time_of_day))}")
    for each in repeat.when:
        yield Part("often", moment_words(each, repeat.offset))
    if repeat.offset and not repeat.when:
        yield Part("often", f"offset {repeat.offset} minutes (from what is not said)")
    if length := _bounds(repeat.duration, repeat.duration_max, repeat.duration_unit):
        yield Part("length", f"over {length}")
    if often := _count(repeat.count, repeat.count_max):
        yield Part("length", often)
    if length := _length(repeat.bounds_duration):
        yield Part("length", f"for {length}")
    elif repeat.bounds_range is not None:
        bounds = repeat.bounds_range
        if length := bounds_words(_length(bounds.low), _length(bounds.high)):
            yield Part("length", f"for {length}")
    if repeat.bounds_period is not None:
        if repeat.bounds_period.start:
            yield Part("from", f"from {moment(repeat.bounds_period.start, zone, DAY_BEGINS)}")
        if repeat.bounds_period.end:
            yield Part("until", f"until {moment(repeat.bounds_period.end, zone, DAY_ENDS)}")


def frequency_words(repeat: TimingRepeat) -> str | None:
    """``twice a day``, ``every 4 to 6 hours``; what is missing of a period is said to be."""
    often, most = repeat.frequency, repeat.frequency_max
    times = _times(often, most)
    unit = UNITS.get(repeat.period_unit or "", repeat.period_unit)
    if repeat.period is None and repeat.period_max is None:
        return (
            " ".join(one for one in (times, f"every so many {unit}s (no number given)" if unit else "") if one) or None
        )
    if repeat.period is None or not unit:
        every = f"every {_bounds(repeat.period, repeat.period_max, repeat.period_unit)}"
        return f"{times} {every}" if times else every
    parts = PARTS.get(repeat.period) if repeat.period_max is None and most is None else None
    if parts:
        return f"{_times((often or 1) * parts, None)} {A.get(unit, 'a')} {unit}"
    if repeat.period == 1 and repeat.period_max is None:
        return f"{times} {A.get(unit, 'a')} {unit}" if times else f"every {unit}"
    every = f"every {units(repeat.period, repeat.period_max, repeat.period_unit)}"
    return every if often in (None, 1) and most is None else f"{times} {every}"


def _times(often: int | None, most: int | None) -> str | None:
    if often is None:
        return None if most is None else f"up to {most} time{'' if most == 1 else 's'}"
    return TIMES[often] if most is None and often in TIMES else f"{up_to(often, most)} times"


def _bounds(least: Decimal | None, most: Decimal | None, unit: str | None) -> str | None:
    """From so much to so much of a length of time, either of which may be missing; so is the unit, where it is said."""
    if least is None and most is None:
        return None
    words = f"up to {units(most or Decimal(0), None, unit)}" if least is None else units(least, most, unit)
    return words if unit else f"{words}{NO_UNIT}"


def _count(least: int | None, most: int | None) -> str | None:
    """How many times in all."""
    if least is None:
        return f"{_times(least, most)} in all" if most is not None else None
    return f"{up_to(least, most)} time{'' if least == 1 and most is None else 's'} in all"


def _length(quantity: Quantity | None) -> str | None:
    """A length of time: ``10 days``."""
    if quantity is None or quantity.value is None:
        return None
    unit = time_unit(quantity) or quantity.unit or quantity.code
    shown = units(quantity.value, None, unit)
    return f"{quantity.comparator or ''}{shown}{'' if unit and unit != '1' else NO_UNIT}"


def _clock(written: str) -> str:
    """A time of day; its seconds only where there are some."""
    return written[:5] if written[5:] in ("", ":00") else written
