"""Did the server apply the filter? Some answer an unknown parameter with everything they have, and status 200.

One other name in an answer is not yet that: a merged patient's id is answered with the survivor.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from datetime import date, timedelta

from fhir_adapters.bundle import Entry

_DAY = re.compile(r"\d{4}-\d\d-\d\d")
_PATIENT = re.compile(rb"Patient\\?/([A-Za-z0-9.\-_]{1,128})")


def ignored_filter(params: Sequence[tuple[str, str]], entries: Sequence[Entry]) -> str | None:
    """The name of a parameter that the returned resources show to have been ignored, or None.

    Checked are those whose fit is certain from the bytes: ``_id``, ``patient``, and ``_lastUpdated=ge…``.
    """
    for name, value in params:
        if name == "_id":
            ids = value.split(",")
            if len({entry.id for entry in entries} - {*ids}) > len(ids):
                return name
        elif name == "patient":
            if len(others(value, entries)) > value.count(",") + 1:
                return name
        elif name == "_lastUpdated" and value.startswith("ge"):
            day = value[2:12]
            stamps = [entry.last_updated for entry in entries if entry.last_updated]
            # by day and a day's grace: offsets differ, and servers round
            if any(stamp[:10] < day for stamp in stamps) and _mostly_before(_day_before(day), stamps):
                return name
    return None


def others(patient: str, entries: Iterable[Entry]) -> set[str]:
    """The patients (``Patient/id``) named by those of the entries that name nobody who was asked for: one, or several
    with commas."""
    wanted = [one.rsplit("/", 1)[-1].encode() for one in patient.split(",")]
    found: set[bytes] = set()
    for entry in entries:
        if not any(one in entry.raw for one in wanted):
            found.update(_PATIENT.findall(entry.raw))
    return {f"Patient/{one.decode()}" for one in found}


def _mostly_before(day: str, stamps: Sequence[str]) -> bool:
    """Whether more than one, and more than half, of those that are times at all are older: one may be a slip."""
    told = [stamp[:10] for stamp in stamps if _DAY.match(stamp)]
    older = sum(stamp < day for stamp in told)
    return older > 1 and 2 * older > len(told)


def _day_before(day: str) -> str:
    return (date.fromisoformat(day) - timedelta(days=1)).isoformat()
