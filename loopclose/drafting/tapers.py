"""Instructions of one order that follow each other though nothing numbers them: a dose that goes down, or up, in steps.

Said side by side they would add up: 40 mg for 5 days and 20 mg for 5 days are no 60 mg.
"""

from __future__ import annotations

import itertools
import re
from collections.abc import Sequence
from decimal import Decimal

from fhir_adapters.facts.dosage import Dosage
from loopclose.drafting.sig import MEASURES, NUMBERS, plainly

_FOR = re.compile(r" (?:for|x|times) (?:the )?(?:next |first )?[0-9]{1,3} (?:more )?(?:days?|d|weeks?|wks?) ")
_DAYS = re.compile(r" (?:days?|weeks?) [0-9]{1,3} ")
_THEN = re.compile(r" (?:then|next|followed by|after that|thereafter) ")
_WORDS = {word: number for number, words in NUMBERS.items() for word in words if word not in ("a", "an")}


def is_taper(dosages: Sequence[Dosage]) -> bool:
    """Whether instructions without numbers or days are steps, in the order in which they stand: each but the last says
    how long it holds, none a moment of its own, and the doses only fall or only rise; or their texts number the days,
    or go on with *then*.
    """
    if len(dosages) < 2 or any(map(_has_moment, dosages)):
        return False
    texts = [plainly(one.text or "") for one in dosages]
    if all(_DAYS.match(text) or (at and _THEN.match(text)) for at, text in enumerate(texts)):
        return True
    if all(_THEN.match(text) for text in texts[1:]):
        return True
    doses = [_dose(one, text) for one, text in zip(dosages, texts, strict=True)]
    numbers = [dose[0] for dose in doses if dose is not None]
    if len(numbers) < len(doses) or len({dose[1] for dose in doses if dose is not None}) > 1:
        return False
    steps = [after - before for before, after in itertools.pairwise(numbers)]
    lasts = all(_lasts(one, text) for one, text in zip(dosages[:-1], texts, strict=False))
    return lasts and (all(step < 0 for step in steps) or all(step > 0 for step in steps))


def _has_moment(one: Dosage) -> bool:
    repeat = one.timing.repeat if one.timing else None
    events = one.timing is not None and one.timing.event
    needed = one.as_needed_boolean or one.as_needed_codeable_concept
    at = repeat is not None and (repeat.when or repeat.time_of_day or repeat.day_of_week or repeat.bounds_period)
    return bool(events or needed or at)


def _lasts(one: Dosage, text: str) -> bool:
    repeat = one.timing.repeat if one.timing else None
    return (repeat is not None and repeat.bounds_duration is not None) or _FOR.search(text) is not None


def _dose(one: Dosage, text: str) -> tuple[Decimal, str] | None:
    """The one dose, with its unit: as it is coded, else the first of its text."""
    coded = [each.dose_quantity for each in one.dose_and_rate]
    if len(coded) == 1 and coded[0] is not None and coded[0].value is not None:
        return coded[0].value, coded[0].unit or coded[0].code or ""
    words = text.split()
    for number, unit in itertools.pairwise(words):
        value = _WORDS.get(number) or (number if number[0].isdigit() else None)
        if value is not None and unit in MEASURES:
            return Decimal(value), MEASURES[unit]
    return None
