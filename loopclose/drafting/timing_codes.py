"""Timing codes in words: those of R4, and what EHRs of US practices make of them (``BIDWM``, ``Q4-6HPRN``, ``3XW``)."""

from __future__ import annotations

import re
from decimal import Decimal
from functools import lru_cache

from fhir_adapters.facts import CodeableConcept
from loopclose.drafting.dosing_words import TIMES, units
from loopclose.drafting.sig import plainly, says

SCHEDULES = {
    "QD": "once a day",
    "DAILY": "once a day",
    "QDAY": "once a day",
    "SID": "once a day",
    "BID": "twice a day",
    "BD": "twice a day",
    "TID": "3 times a day",
    "TDS": "3 times a day",
    "QID": "4 times a day",
    "QDS": "4 times a day",
    "QOD": "every other day",
    "AM": "every morning",
    "QAM": "every morning",
    "MANE": "in the morning",
    "PM": "every afternoon",
    "QPM": "every evening",
    "BED": "at bedtime",
    "HS": "at bedtime",
    "QHS": "at bedtime",
    "NOCTE": "at night",
    "QNOON": "at noon",
    "WK": "once a week",
    "QWK": "once a week",
    "QW": "once a week",
    "QWEEK": "once a week",
    "WEEKLY": "once a week",
    "QOW": "every other week",
    "BIW": "twice a week",
    "TIW": "3 times a week",
    "MO": "once a month",
    "QMO": "once a month",
    "QMONTH": "once a month",
    "MONTHLY": "once a month",
    "QYEAR": "once a year",
    "YEARLY": "once a year",
    "STAT": "at once",
    "NOW": "at once",
    "ONCE": "once",
    "AC": "before meals",
    "QAC": "before meals",
    "PC": "after meals",
    "WM": "with meals",
    "ACHS": "before meals and at bedtime",
    "AC&HS": "before meals and at bedtime",
    "QAC&HS": "before meals and at bedtime",
    "PCHS": "after meals and at bedtime",
    "PC&HS": "after meals and at bedtime",
    "CONT": "continuously",
    "CONTINUOUS": "continuously",
    "229797004": "once a day",
    "229799001": "twice a day",
    "229798009": "3 times a day",
    "307439001": "4 times a day",
}
"""Codes of timing: https://terminology.hl7.org/CodeSystem-v3-GTSAbbreviation.html, those that US orders write besides,
and SNOMED CT's of the commonest. PM stands there for the afternoon, QPM is the evening. Left out is what is read in two
ways: OD is the right eye as well, EOD the end of the day, QM the morning or the month, Q3M months or minutes."""
MODIFIERS = {
    "PRN": "as needed",
    "WA": "while awake",
    "WM": "with meals",
    "CC": "with meals",
    "AC&HS": "before meals and at bedtime",
    "ACHS": "before meals and at bedtime",
    "AC": "before meals",
    "PC": "after meals",
    "HS": "at bedtime",
}
"""What may stand behind a code, with a blank or without; the longer before what it ends with."""
ALONE = {"PRN": "as needed"}
"""Modifiers that are a timing by themselves."""
DAYS = {"SU": "Sun", "MO": "Mon", "TU": "Tue", "WE": "Wed", "TH": "Thu", "FR": "Fri", "SA": "Sat"}
LETTERS = {"MWF": "MO WE FR", "TTHS": "TU TH SA", "TUTHSA": "TU TH SA", "TTS": "TU TH SA", "MTWTHF": "MO TU WE TH FR"}
"""Days of the week as orders run them together."""
_EVERY = re.compile(
    r"Q ?([0-9]{1,3})(?: ?(?:-|TO) ?([0-9]{1,3}))? ?(MIN|MINUTES?|H|HR|HRS|HOURS?|D|DAYS?|W|WK|WKS|WEEKS?|MO|MONTHS?)"
)
_TIMES = re.compile(r"([0-9]{1,2}) ?X ?(?:/|PER |A )?(D|DAY|DAILY|W|WK|WEEK|WEEKLY)")
_WEEK = re.compile(r"(?:Q ?)?((?:SU|MO|TU|WE|TH|FR|SA)(?:[ ,/&-]{0,2}(?:SU|MO|TU|WE|TH|FR|SA)){1,6})")
_DAY = re.compile(r"SU|MO|TU|WE|TH|FR|SA")
_UNITS = {"MI": "min", "H": "h", "D": "d", "W": "wk", "MO": "mo"}


def schedule_words(code: CodeableConcept) -> str | None:
    """A timing code in words; what the EHR calls it stands beside, where that is an abbreviation or says less. A code
    that nobody knows stands as it is, one of digits alone with what it is.
    """
    label = code.label
    known = next((words for one in (label, *(c.code for c in code.coding)) if one and (words := _schedule(one))), None)
    if label is not None:
        if known is None or label.lower() in ("daily", known):
            return label
        return f"{known} ({label})" if _schedule(label) or not says(plainly(label), known) else label
    bare = next((one.code for one in code.coding if one.code), None)
    return known or (f"timing code {bare}" if bare and bare.isdigit() else bare)


@lru_cache(maxsize=1024)  # the same few codes stand in every order
def _schedule(code: str) -> str | None:
    written = " ".join(code.strip().upper().replace(".", "").replace("_", " ").split())
    if plain := SCHEDULES.get(written) or ALONE.get(written):
        return plain
    for end, words in MODIFIERS.items():
        rest = written.removesuffix(end).rstrip(" -,/")
        if rest and rest != written and (often := _schedule(rest)):
            return f"{often}, {words}"
    return _every(written) or _days(LETTERS.get(written, written))


def _every(written: str) -> str | None:
    if found := _EVERY.fullmatch(written):
        low, high, unit = Decimal(found[1]), Decimal(found[2]) if found[2] else None, found[3]
        words = units(low, high, _UNITS.get(unit[:2]) or _UNITS[unit[0]])
        return f"every {words.removeprefix('1 ') if high is None else words}" if low else None
    if found := _TIMES.fullmatch(written):
        often = int(found[1])
        return f"{TIMES.get(often, f'{often} times')} a {'day' if found[2][0] == 'D' else 'week'}" if often else None
    return None


def _days(written: str) -> str | None:
    found = _WEEK.fullmatch(written)
    return f"on {', '.join(DAYS[day] for day in _DAY.findall(found[1]))}" if found else None
