"""Finding visits: Encounters by date, of each clinician where the server demands it."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

from fhir_adapters.bundle import Search
from fhir_adapters.capabilities import Capabilities
from fhir_adapters.errors import FinalError
from fhir_adapters.worklist.since import window


def encounters(
    capabilities: Capabilities, start: date | None, since: str | None, practitioners: Sequence[str] | None = None
) -> list[Search]:
    """The searches for Encounters from ``start`` on, or changed ``since`` a server's instant; one for each of the
    ``practitioners`` (``Practitioner/id``) where they are given.

    Raises ``FinalError`` where the server cannot be asked so.
    """
    by_date = window(capabilities, "Encounter", "date", start, since)
    if practitioners is None:
        return [Search("Encounter", by_date)]
    if not practitioners or not capabilities.can_search("Encounter", "practitioner"):
        raise FinalError("Visits cannot be asked for by clinician: none is named, or the EHR does not find them so.")
    return [Search("Encounter", (("practitioner", who), *by_date)) for who in practitioners]
