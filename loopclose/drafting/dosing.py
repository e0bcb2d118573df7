"""A dosage instruction in plain words: its own text where it has one, else its structure, none of it left out."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal
from zoneinfo import ZoneInfo

from fhir_adapters.facts.dosage import Dosage, DoseAndRate, TimingRepeat
from loopclose.drafting.wording import amount, date_words, number, per, span

UNITS = {"s": "second", "min": "minute", "h": "hour", "d": "day", "wk": "week", "mo": "month", "a": "year"}
TIMES = {1: "once", 2: "twice"}
MOMENTS = {
    "MORN": "in the morning",
    "AFT": "in the afternoon",
    "EVE": "in the evening",
    "NIGHT": "at night",
    "PHS": "after sleep",
    "HS": "at bedtime",
    "WAKE": "on waking",
    "C": "with meals",
    "CM": "with breakfast",
    "CD": "with lunch",
    "CV": "with dinner",
    "AC": "before meals",
    "ACM": "before breakfast",
    "ACD": "before lunch",
    "ACV": "before dinner",
    "PC": "after meals",
    "PCM": "after breakfast",
    "PCD": "after lunch",
    "PCV": "after dinner",
}
"""https://hl7.org/fhir/R4/valueset-event-timing.html"""


def dosages_words(dosages: tuple[Dosage, ...], zone: ZoneInfo) -> str | None:
    """Every instruction: one after the other where they are numbered apart, else side by side."""
    said = [words.rstrip(".") for dosage in dosages if (words := dosage_words(dosage, zone))]
    in_turn = len({dosage.sequence for dosage in dosages} - {None}) == len(dosages) > 1
    return ("; then " if in_turn else "; also ").join(said) or None


def dosage_words(dosage: Dosage, zone: ZoneInfo) -> str | None:
    """One instruction; what is told beside its text is added where the text does not say it."""
    told = [dosage.patient_instruction, *(one.label for one in dosage.additional_instruction)]
    if dosage.text:
        return "; ".join([dosage.text, *(text for text in told if text and text not in dosage.text)])
    most = per(dosage.max_dose_per_period) if dosage.max_dose_per_period else None
    parts = [
        *(_dose(one) for one in dosage.dose_and_rate),
        how_often(dosage, zone),
        dosage.route.label if dosage.route else None,
        dosage.method.label if dosage.method else None,
        dosage.site.label if dosage.site else None,
        f"at most {most}" if most else None,
        *told,
    ]
    return ", ".join(part for part in parts if part) or None


def how_often(dosage: Dosage, zone: ZoneInfo) -> str | None:
    """A timing in words: ``once a day``, ``every 4 to 6 hours, for 10 days``, with moments and as needed."""
    timing = dosage.timing
    parts = list(_repeat(timing.repeat, zone)) if timing and timing.repeat else []
    if timing is not None:
        parts += [f"on {date_words(event, zone)}" for event in timing.event]
        if not parts and timing.code is not None and timing.code.label:
            parts.append(timing.code.label)
    reason = dosage.as_needed_codeable_concept
    if reason is not None and reason.label:
        parts.append(f"as needed for {reason.label}")
    elif dosage.as_needed_boolean:
        parts.append("as needed")
    return ", ".join(parts) or None


def _repeat(repeat: TimingRepeat, zone: ZoneInfo) -> Iterator[str]:
    if often := _frequency(repeat):
        yield often
    if repeat.day_of_week:
        yield f"on {', '.join(day.capitalize() for day in repeat.day_of_week)}"
    if repeat.time_of_day:
        yield f"at {', '.join(time[:5] for time in repeat.time_of_day)}"
    before = f"{repeat.offset} minutes " if repeat.offset else ""
    for moment in repeat.when:
        yield f"{before}{MOMENTS.get(moment, moment)}"
    if repeat.duration is not None:
        yield f"over {_units(repeat.duration, repeat.duration_max, repeat.duration_unit)}"
    if repeat.count is not None:
        yield f"{_up_to(repeat.count, repeat.count_max)} times in all"
    if length := amount(repeat.bounds_duration) or span(repeat.bounds_range):
        yield f"for {length}"
    if repeat.bounds_period is not None:
        if repeat.bounds_period.start:
            yield f"from {date_words(repeat.bounds_period.start, zone)}"
        if repeat.bounds_period.end:
            yield f"until {date_words(repeat.bounds_period.end, zone)}"


def _frequency(repeat: TimingRepeat) -> str | None:
    often, most = repeat.frequency, repeat.frequency_max
    times = _times(often, most)
    if repeat.period is None or not repeat.period_unit:
        return times
    if repeat.period == 1 and repeat.period_max is None:
        unit = UNITS.get(repeat.period_unit, repeat.period_unit)
        return f"{times} a {unit}" if times else f"every {unit}"
    every = f"every {_units(repeat.period, repeat.period_max, repeat.period_unit)}"
    return every if often in (None, 1) and most is None else f"{times} {every}"


def _times(often: int | None, most: int | None) -> str | None:
    if often is None:
        return None if most is None else f"up to {most} times"
    return TIMES[often] if most is None and often in TIMES else f"{_up_to(often, most)} times"


def _dose(one: DoseAndRate) -> str | None:
    dose = amount(one.dose_quantity) or span(one.dose_range)
    rate = amount(one.rate_quantity) or span(one.rate_range) or (per(one.rate_ratio) if one.rate_ratio else None)
    return " at ".join(text for text in (dose, rate) if text) or None


def _units(value: Decimal, most: Decimal | None, unit: str | None) -> str:
    word = UNITS.get(unit or "", unit or "")
    plural = "s" if word in UNITS.values() and (most or value) != 1 else ""
    return f"{_up_to(value, most)} {word}{plural}".strip()


def _up_to(value: Decimal | int, most: Decimal | int | None) -> str:
    return f"{number(value)} to {number(most)}" if most is not None else number(value)
