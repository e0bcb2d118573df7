"""Did the server apply the filter? Some answer an unknown parameter with everything they have, and status 200."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, timedelta

from fhir_adapters.bundle import Entry


def ignored_filter(params: Sequence[tuple[str, str]], entries: Sequence[Entry]) -> str | None:
    """The name of a parameter that some returned resource does not fit, or None.

    Checked are those whose fit is certain from the bytes: ``_id``, ``patient``, and ``_lastUpdated=ge…``.
    """
    for name, value in params:
        if name == "_id":
            ids = set(value.split(","))
            if any(entry.id not in ids for entry in entries):
                return name
        elif name == "patient":
            wanted = value.rsplit("/", 1)[-1].encode()
            if any(wanted not in entry.raw for entry in entries):
                return name
        elif name == "_lastUpdated" and value.startswith("ge"):
            day = value[2:12]
            stamps = [entry.last_updated for entry in entries if entry.last_updated]
            # by day and a day's grace: offsets differ, and servers round
            if any(stamp[:10] < day for stamp in stamps) and min(stamps)[:10] < _day_before(day):
                return name
    return None


def _day_before(day: str) -> str:
    return (date.fromisoformat(day) - timedelta(days=1)).isoformat()
