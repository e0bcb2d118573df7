"""The ways in which values are written in words. Each is listed here and tested; nothing else changes a value."""

from __future__ import annotations

from decimal import Decimal
from zoneinfo import ZoneInfo

from fhir_adapters.facts import When
from fhir_adapters.facts.dosage import Dosage
from fhir_adapters.facts.elements import Quantity, Range
from fhir_adapters.facts.observation import Observation, ObservationComponent

UNITS = {"s": "second", "min": "minute", "h": "hour", "d": "day", "wk": "week", "mo": "month", "a": "year"}
TIMES = {1: "once", 2: "twice"}
MOMENTS = {
    "MORN": "in the morning",
    "AFT": "in the afternoon",
    "EVE": "in the evening",
    "NIGHT": "at night",
    "HS": "at bedtime",
    "AC": "before meals",
    "PC": "after meals",
    "C": "with meals",
}


def date_words(when: When, zone: ZoneInfo) -> str:
    """``2026-11-19`` as ``19 Nov 2026``; a month or year alone as it stands."""
    if len(when) < 10:
        return str(when)
    day = when.last_day(zone)
    return f"{day.day} {day:%b %Y}"


def number(value: Decimal | int) -> str:
    """A number as the EHR wrote it."""
    return format(value, "f") if isinstance(value, Decimal) else str(value)


def amount(quantity: Quantity | None) -> str | None:
    """A quantity with its unit."""
    if quantity is None or quantity.value is None:
        return None
    unit = quantity.unit or quantity.code
    shown = f"{quantity.comparator or ''}{number(quantity.value)}"
    return f"{shown} {unit}" if unit and unit != "1" else shown


def span(values: Range | None) -> str | None:
    """A low and a high amount."""
    if values is None:
        return None
    parts = [text for text in (amount(values.low), amount(values.high)) if text]
    return " to ".join(parts) or None


def how_often(dosage: Dosage) -> str | None:
    """A timing in words: ``once a day``, ``every 6 hours``, with moments and as needed."""
    timing = dosage.timing
    repeat = timing.repeat if timing else None
    parts: list[str] = []
    if repeat is not None:
        unit = UNITS.get(repeat.period_unit or "", repeat.period_unit)
        if repeat.period is not None and unit:
            if repeat.frequency and repeat.period == 1:
                parts.append(f"{TIMES.get(repeat.frequency, f'{repeat.frequency} times')} a {unit}")
            elif repeat.frequency in (None, 1):
                parts.append(f"every {number(repeat.period)} {unit}s" if repeat.period != 1 else f"every {unit}")
            else:
                parts.append(f"{repeat.frequency} times every {number(repeat.period)} {unit}s")
        parts += [MOMENTS.get(moment, moment) for moment in repeat.when]
    elif timing is not None and timing.code is not None and timing.code.label:
        parts.append(timing.code.label)
    if dosage.as_needed_codeable_concept is not None and dosage.as_needed_codeable_concept.label:
        parts.append(f"as needed for {dosage.as_needed_codeable_concept.label}")
    elif dosage.as_needed_boolean:
        parts.append("as needed")
    return ", ".join(parts) or None


def dosage_words(dosage: Dosage) -> str | None:
    """One instruction: its own text where it has one, else dose, timing and route in words."""
    if dosage.text:
        return dosage.text
    doses = [text for one in dosage.dose_and_rate if (text := amount(one.dose_quantity) or span(one.dose_range))]
    parts = [*doses, how_often(dosage), dosage.route.label if dosage.route else None]
    return ", ".join(part for part in parts if part) or None


def value_words(found: Observation | ObservationComponent, zone: ZoneInfo) -> str | None:
    """The value of an observation or component, whatever its type; the reason where it is absent."""
    concept = found.value_codeable_concept
    if found.value_quantity is not None:
        return amount(found.value_quantity)
    if concept is not None:
        return concept.label
    if found.value_boolean is not None:
        return "yes" if found.value_boolean else "no"
    if found.value_integer is not None:
        return number(found.value_integer)
    if found.value_date_time is not None:
        return date_words(found.value_date_time, zone)
    if found.value_ratio is not None:
        parts = [text for q in (found.value_ratio.numerator, found.value_ratio.denominator) if (text := amount(q))]
        return " / ".join(parts) or None
    if found.value_range is not None:
        return span(found.value_range)
    if found.data_absent_reason is not None:
        return f"not available ({found.data_absent_reason.label or 'no reason given'})"
    return found.value_string or found.value_time
