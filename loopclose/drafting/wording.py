"""The ways in which values are written in words. Each is listed here and tested; nothing else changes a value."""

from __future__ import annotations

from decimal import Decimal
from zoneinfo import ZoneInfo

from fhir_adapters.facts import CodeableConcept, When
from fhir_adapters.facts.elements import Quantity, Range, Ratio
from fhir_adapters.facts.observation import Observation, ObservationComponent
from loopclose.domain.dates import less_than_a_day

MOST_DIGITS = 40
"""``1e999999999`` is eleven characters of JSON, and a gigabyte when it is written out."""


def date_words(when: When, zone: ZoneInfo) -> str:
    """``2026-11-19`` as ``19 Nov 2026``; a month alone as ``Nov 2026``, a year alone as it stands."""
    if len(when) < 10:
        return less_than_a_day(when)
    day = when.last_day(zone)
    return f"{day.day} {day:%b %Y}"


def number(value: Decimal | int) -> str:
    """A number as the EHR wrote it; one of more digits than anything that is measured keeps its exponent."""
    if not isinstance(value, Decimal):
        return str(value)
    exponent = value.as_tuple().exponent
    written_out = isinstance(exponent, int) and exponent >= -MOST_DIGITS and value.adjusted() <= MOST_DIGITS
    return format(value, "f") if written_out else str(value)


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


def value_of(found: Observation | ObservationComponent, zone: ZoneInfo) -> tuple[str, str] | None:
    """The element that holds the value of an observation or component, and the value in words.

    None where there is no value; the reason where it is said to be absent.
    """
    concept, ratio = found.value_codeable_concept, found.value_ratio
    said: dict[str, str | None] = {
        "valueQuantity": amount(found.value_quantity),
        "valueCodeableConcept": concept.label if concept else None,
        "valueBoolean": None if found.value_boolean is None else "yes" if found.value_boolean else "no",
        "valueInteger": None if found.value_integer is None else number(found.value_integer),
        "valueDateTime": date_words(found.value_date_time, zone) if found.value_date_time else None,
        "valueRatio": per(ratio) if ratio else None,
        "valueRange": span(found.value_range),
        "valueString": found.value_string,
        "valueTime": found.value_time,
        "dataAbsentReason": _absent(found.data_absent_reason),
    }
    return next(((element, words) for element, words in said.items() if words), None)


def per(ratio: Ratio) -> str | None:
    """One amount for another: ``4 g / 1 d``."""
    return " / ".join(text for one in (ratio.numerator, ratio.denominator) if (text := amount(one))) or None


def _absent(reason: CodeableConcept | None) -> str | None:
    return f"not available ({reason.label or 'no reason given'})" if reason is not None else None
