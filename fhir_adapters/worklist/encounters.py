"""Finding visits: Encounters by date, by practitioner only where the server demands it."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

from fhir_adapters.bundle import Search
from fhir_adapters.capabilities import Capabilities
from fhir_adapters.vendors import detect
from fhir_adapters.worklist.since import window


def encounters(
    capabilities: Capabilities, start: date | None, since: str | None, practitioners: Sequence[str]
) -> list[Search]:
    """The searches for Encounters from ``start`` on, or changed ``since`` a server's instant."""
    params = window(capabilities, "Encounter", "date", start, since)
    if detect(capabilities.software).needs_practitioner and practitioners:
        return [Search("Encounter", (("practitioner", who), *params)) for who in practitioners]
    return [Search("Encounter", params)]
