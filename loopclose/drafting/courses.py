"""When a course of a medicine is over, by what its instructions say."""

from __future__ import annotations

import math
from datetime import date
from decimal import Decimal

from fhir_adapters.facts import MedicationRequest, MedicationStatement, When
from fhir_adapters.facts.dosage import Dosage, TimingRepeat
from loopclose.drafting.dosing_words import time_unit

DAYS = {"h": Decimal(1) / 24, "d": Decimal(1), "wk": Decimal(7), "mo": Decimal(31), "a": Decimal(366)}
"""The most days in a length of time: a course is never called over too early."""
MOST = 1000
"""Doses of a course, and refills of an order."""


def ends_on(one: MedicationRequest | MedicationStatement) -> When | None:
    """The last day of a course whose every instruction has one: by its days, or so many from the day of the order, or
    from the one on which it began; by so many doses; or by the days on which it is given.

    Each refill may be as long again. Until when it may be dispensed is no end: what was filled may still be taken.
    Nor is one of a medicine that was told to be taken after it.
    """
    if isinstance(one, MedicationRequest):
        dosages, start = one.dosage_instruction, one.authored_on
        refills = one.dispense_request.number_of_repeats_allowed if one.dispense_request else None
    else:
        dosages, refills = one.dosage, None
        start = (one.effective_period.start if one.effective_period else None) or one.effective_date_time
    ends = [_ends(dosage, start, 1 + min(max(refills or 0, 0), MOST)) for dosage in dosages]
    known = [end for end in ends if end is not None]
    told = one.date_asserted if isinstance(one, MedicationStatement) else None
    last = max(known) if known and len(known) == len(ends) else None
    return None if last is not None and told is not None and last < told[:10] else last


def _ends(dosage: Dosage, ordered: When | None, fills: int) -> When | None:
    repeat = dosage.timing.repeat if dosage.timing else None
    bounds = repeat.bounds_period if repeat else None
    if repeat is None and dosage.timing is not None and not (dosage.timing.code or dosage.text):
        return max(dosage.timing.event, default=None)
    if repeat is None or (bounds is not None and bounds.end is not None):
        return bounds.end if bounds else None
    length = repeat.bounds_duration or (repeat.bounds_range.high if repeat.bounds_range else None)
    start = (bounds.start if bounds else None) or ordered
    unit = DAYS.get(time_unit(length) or "") if length is not None and not length.comparator else None
    days = length.value * unit if length is not None and length.value is not None and unit is not None else None
    if days is None and not dosage.as_needed_boolean and dosage.as_needed_codeable_concept is None:
        days = _days_of_doses(repeat)
    if days is None or start is None or len(start) < 10:
        return None
    last = date.fromisoformat(start[:10]).toordinal() + math.ceil(days * fills)
    return When(date.fromordinal(last).isoformat()) if last < date.max.toordinal() else None


def _days_of_doses(repeat: TimingRepeat) -> Decimal | None:
    """The days that so many doses last: 21 of three a day last seven; one alone has no time between."""
    count = max(repeat.count or 0, repeat.count_max or 0)
    if not 0 < count <= MOST:
        return None
    if count == 1:
        return Decimal(1)
    unit = DAYS.get(repeat.period_unit or "")
    if repeat.frequency is None or repeat.frequency < 1 or repeat.period is None or unit is None:
        return None
    return count * max(repeat.period, repeat.period_max or repeat.period) * unit / repeat.frequency
