"""When a course of a medicine is over, by what its instructions say."""

from __future__ import annotations

import math
from datetime import date
from decimal import Decimal

from fhir_adapters.facts import MedicationRequest, When
from fhir_adapters.facts.dosage import Dosage
from loopclose.drafting.dosing_words import time_unit

DAYS = {"h": Decimal(1) / 24, "d": Decimal(1), "wk": Decimal(7), "mo": Decimal(31), "a": Decimal(366)}
"""The most days in a length of time: a course is never called over too early."""


def ends_on(one: MedicationRequest) -> When | None:
    """The last day of a course whose every instruction has one: by its days, or so many from the order's day."""
    ends = [_ends(dosage, one.authored_on) for dosage in one.dosage_instruction]
    known = [end for end in ends if end is not None]
    return max(known) if known and len(known) == len(ends) else None


def _ends(dosage: Dosage, ordered: When | None) -> When | None:
    repeat = dosage.timing.repeat if dosage.timing else None
    bounds = repeat.bounds_period if repeat else None
    if repeat is None or (bounds is not None and bounds.end is not None):
        return bounds.end if bounds else None
    length = repeat.bounds_duration or (repeat.bounds_range.high if repeat.bounds_range else None)
    start = (bounds.start if bounds else None) or ordered
    days = DAYS.get(time_unit(length) or "") if length is not None and not length.comparator else None
    if length is None or length.value is None or days is None or start is None or len(start) < 10:
        return None
    last = date.fromisoformat(start[:10]).toordinal() + math.ceil(length.value * days)
    return When(date.fromordinal(last).isoformat()) if last < date.max.toordinal() else None
