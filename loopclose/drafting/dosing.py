"""A dosage instruction in plain words: its own text where it has one, else its structure, none of it left out."""

from __future__ import annotations

import itertools
from collections import defaultdict
from collections.abc import Iterator, Sequence
from datetime import date
from decimal import Decimal
from typing import NamedTuple
from zoneinfo import ZoneInfo

from fhir_adapters.facts.dosage import Dosage, DoseAndRate, TimingRepeat
from loopclose.drafting.dosing_words import (
    COUNTED,
    TIMES,
    UNITS,
    concept_words,
    dose_amount,
    dose_per,
    dose_span,
    moment_words,
    route_words,
    schedule_words,
    units,
    up_to,
)
from loopclose.drafting.names import untagged
from loopclose.drafting.sig import MOST, PRN, names_a_number, plainly, says, says_one_of
from loopclose.drafting.wording import amount, date_words, span
from loopclose.drafting.words.forms import readable

BESIDES = "; also coded in the order: "
"""Between what an order says in words and what it says in codes alone."""


PARTS = {Decimal("0.5"): 2, Decimal("0.25"): 4}
"""Halves and quarters of a period, as so many in a whole one."""


class Part(NamedTuple):
    """One thing that the structure of an instruction says."""

    of: str
    words: str


def dosages_words(dosages: Sequence[Dosage], zone: ZoneInfo) -> str | None:
    """Every instruction: in the order of their numbers, one after the other; those of one number, or of none, side by
    side (https://hl7.org/fhir/R4/dosage-definitions.html#Dosage.sequence), unless each is over before the next begins.
    """
    said: dict[int, list[str]] = defaultdict(list)
    numbered = all(dosage.sequence is not None for dosage in dosages)
    courses = () if numbered else _courses(dosages, zone)
    for number, dosage in enumerate(courses or dosages):
        if words := dosage_words(dosage, zone, in_courses=bool(courses)):
            place = (dosage.sequence or 0) if numbered else number if courses else 0
            said[place].append(words.rstrip("."))
    found = ""
    for _, together in sorted(said.items()):
        words = "; also ".join(together)
        then = "; " if words.lower().startswith("then ") else "; then "
        found += f"{then if found else ''}{words}"
    return found or None


def _courses(dosages: Sequence[Dosage], zone: ZoneInfo) -> Sequence[Dosage]:
    """The instructions in the order of their days, where these do not overlap; none where they do, or say no days."""
    spans = []
    for number, dosage in enumerate(dosages):
        repeat = dosage.timing.repeat if dosage.timing else None
        bounds = repeat.bounds_period if repeat else None
        if bounds is None or bounds.start is None:
            return ()
        end = bounds.end.last_day(zone) if bounds.end else date.max
        spans.append((bounds.start.start(zone).date(), end, number))
    spans.sort()
    follow = all(before[1] <= after[0] and before[0] < after[0] for before, after in itertools.pairwise(spans))
    return [dosages[number] for _, _, number in spans] if follow and len(spans) > 1 else ()


def dosage_words(dosage: Dosage, zone: ZoneInfo, *, in_courses: bool = False) -> str | None:
    """One instruction; what is told or coded beside its text is added where the text does not say it.

    ``in_courses``: others come before or after it, so that the day on which it begins is told.
    """
    additional = (concept_words(one, "instruction") for one in dosage.additional_instruction)
    told = [readable(text).strip().rstrip(".") for text in (dosage.patient_instruction, *additional) if text]
    parts = [*_parts(dosage, zone)]
    text = " ".join(untagged(readable(dosage.text)).split()).rstrip(". ") if dosage.text else ""
    if not text:
        return ", ".join([*(part.words for part in parts), *told]) or None
    read = plainly(text)
    said = "; ".join([text, *(" ".join(one.split()) for one in told if plainly(one) not in read)])
    besides = ", ".join(part.words for part in parts if (in_courses and part.of == "from") or not _is_said(read, part))
    return f"{said}{BESIDES}{besides}" if besides else said


def unsaid(dosage: Dosage, zone: ZoneInfo) -> list[Part]:
    """What the structure of an instruction says and its text does not; nothing where it has no text."""
    read = plainly(dosage.text) if dosage.text else ""
    return [part for part in _parts(dosage, zone) if not _is_said(read, part)] if read.strip() else []


def _parts(dosage: Dosage, zone: ZoneInfo) -> Iterator[Part]:
    """Everything that the structure says, in the order in which it is read out."""
    if dose := _doses(dosage.dose_and_rate):
        yield Part("dose", dose)
    yield from _when(dosage, zone)
    if dosage.route and (route := route_words(dosage.route)):
        yield Part("route", route)
    for concept, what in ((dosage.method, "method"), (dosage.site, "site")):
        if concept and (words := concept_words(concept, what)):
            yield Part(what, words)
    if dosage.max_dose_per_period and (most := dose_per(dosage.max_dose_per_period)):
        yield Part("most", f"at most {most}")
    if most := dose_amount(dosage.max_dose_per_administration):
        yield Part("most", f"at most {most} at a time")
    if most := dose_amount(dosage.max_dose_per_lifetime):
        yield Part("most", f"at most {most} in a lifetime")


def _is_said(text: str, part: Part) -> bool:
    """Whether the text of an order says that part of its structure: asked more where an omission could harm."""
    if part.of == "as needed":
        return says_one_of(text, PRN)
    if part.of == "most":
        return says_one_of(text, MOST) and names_a_number(text, part.words)
    if part.of in ("dose", "length"):
        return names_a_number(text, part.words)
    if part.of == "from":  # some EHRs write the day of each order there
        return True
    return says(text, part.words)


def _when(dosage: Dosage, zone: ZoneInfo) -> Iterator[Part]:
    """A timing: ``once a day``, ``every 4 to 6 hours, for 10 days``, with moments and as needed."""
    timing = dosage.timing
    coded = schedule_words(timing.code) if timing is not None and timing.code is not None else None
    if timing is not None and timing.repeat is not None:
        often = _frequency(timing.repeat)
        if often:
            yield Part("often", often)
        if coded and not (often and says(plainly(coded), often)):
            yield Part("often", coded)
        yield from _repeat(timing.repeat, zone)
    elif coded:
        yield Part("often", coded)
    for event in timing.event if timing is not None else ():
        yield Part("often", f"on {date_words(event, zone)}")
    reason = dosage.as_needed_codeable_concept
    if reason is not None and (why := concept_words(reason, "reason")):
        yield Part("as needed", f"as needed for {why}" if reason.label else f"as needed ({why})")
    elif dosage.as_needed_boolean or reason is not None:
        yield Part("as needed", "as needed")


def _repeat(repeat: TimingRepeat, zone: ZoneInfo) -> Iterator[Part]:
    if repeat.day_of_week:
        yield Part("often", f"on {', '.join(day.capitalize() for day in repeat.day_of_week)}")
    if repeat.time_of_day:
        yield Part("clock", f"at {', '.join(time[:5] for time in repeat.time_of_day)}")
    for moment in repeat.when:
        yield Part("often", moment_words(moment, repeat.offset))
    if repeat.duration is not None:
        yield Part("length", f"over {units(repeat.duration, repeat.duration_max, repeat.duration_unit)}")
    if repeat.count is not None:
        yield Part("length", f"{up_to(repeat.count, repeat.count_max)} times in all")
    bounds = repeat.bounds_duration
    if bounds is not None and bounds.value is not None and (bounds.code or bounds.unit) in UNITS:
        yield Part("length", f"for {units(bounds.value, None, bounds.code or bounds.unit)}")
    elif length := amount(bounds) or span(repeat.bounds_range):
        yield Part("length", f"for {length}")
    if repeat.bounds_period is not None:
        if repeat.bounds_period.start:
            yield Part("from", f"from {date_words(repeat.bounds_period.start, zone)}")
        if repeat.bounds_period.end:
            yield Part("until", f"until {date_words(repeat.bounds_period.end, zone)}")


def _frequency(repeat: TimingRepeat) -> str | None:
    often, most = repeat.frequency, repeat.frequency_max
    times = _times(often, most)
    if repeat.period is None or not repeat.period_unit:
        return times
    parts = PARTS.get(repeat.period) if repeat.period_max is None and most is None else None
    if parts:
        return f"{_times((often or 1) * parts, None)} a {UNITS.get(repeat.period_unit, repeat.period_unit)}"
    if repeat.period == 1 and repeat.period_max is None:
        unit = UNITS.get(repeat.period_unit, repeat.period_unit)
        return f"{times} a {unit}" if times else f"every {unit}"
    every = f"every {units(repeat.period, repeat.period_max, repeat.period_unit)}"
    return every if often in (None, 1) and most is None else f"{times} {every}"


def _times(often: int | None, most: int | None) -> str | None:
    if often is None:
        return None if most is None else f"up to {most} times"
    return TIMES[often] if most is None and often in TIMES else f"{up_to(often, most)} times"


def _doses(given: Sequence[DoseAndRate]) -> str | None:
    """How much at a time. Some EHRs say one dose in several measures, as ordered, as calculated, as given (Epic): what
    is counted comes first, the others in brackets.
    """
    doses = [*dict.fromkeys(words for one in given if (words := _dose(one)))]
    if len(doses) < 2:
        return doses[0] if doses else None
    counted = next((one for one in doses if one.rpartition(" ")[2].rstrip("s") in COUNTED), doses[0])
    return f"{counted} ({', '.join(one for one in doses if one != counted)})"


def _dose(one: DoseAndRate) -> str | None:
    dose = dose_amount(one.dose_quantity) or dose_span(one.dose_range)
    rate = dose_amount(one.rate_quantity) or dose_span(one.rate_range)
    rate = rate or (dose_per(one.rate_ratio) if one.rate_ratio else None)
    return " at ".join(text for text in (dose, rate) if text) or None
