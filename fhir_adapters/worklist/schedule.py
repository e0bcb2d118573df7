"""Finding visits by what is booked: Appointments of the practice's clinicians, or at its places, between two days.

Where an EHR lists neither orders nor visits without a patient this may be its one door: Oracle Health and MEDITECH
name it in their statements. Oracle takes several clinicians with commas, and asks for a closed range of instants.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta

from fhir_adapters.bundle import Search
from fhir_adapters.capabilities import Capabilities
from fhir_adapters.errors import FinalError

MONTH = timedelta(days=31)
"""The longest span of one search: a year of a busy practice is more than some servers page through."""


def schedule(
    capabilities: Capabilities,
    practitioners: Sequence[str],
    locations: Sequence[str],
    start: datetime,
    end: datetime,
    together: int = 1,
) -> list[Search]:
    """The searches for Appointments that begin from ``start`` until before ``end``, the newest first.

    ``practitioners``, ``locations``: ``Type/id``, so many ``together`` in one search. Raises ``FinalError`` where the
    server cannot be asked so.
    """
    if "Appointment" not in capabilities.types:
        raise FinalError("The EHR has no Appointment.")
    by = {"practitioner": practitioners, "location": locations}
    possible = [name for name, who in by.items() if who and capabilities.finds_by("Appointment", name)]
    if not possible:
        raise FinalError(_why_not(capabilities, by))
    who = by[possible[0]]
    batches = [",".join(who[first : first + together]) for first in range(0, len(who), together)]
    return [
        Search(
            "Appointment", ((possible[0], batch), ("date", f"ge{_instant(since)}"), ("date", f"lt{_instant(until)}"))
        )
        for since, until in _spans(start, end)
        for batch in batches
    ]


def _why_not(capabilities: Capabilities, by: dict[str, Sequence[str]]) -> str:
    if any(capabilities.finds_by("Appointment", name) for name in by):
        return "Nobody is named whose appointments to look for: name clinicians, or locations."
    return "The EHR finds Appointments neither by practitioner nor by location."


def _spans(start: datetime, end: datetime) -> Iterator[tuple[datetime, datetime]]:
    while start < end:
        since = max(start, end - MONTH)
        yield since, end
        end = since


def _instant(moment: datetime) -> str:
    return f"{moment:%Y-%m-%dT%H:%M:%SZ}"
