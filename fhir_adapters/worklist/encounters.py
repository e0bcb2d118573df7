"""Finding visits: Encounters by date."""

from __future__ import annotations

from datetime import date

from fhir_adapters.bundle import Search
from fhir_adapters.capabilities import Capabilities
from fhir_adapters.worklist.since import window


def encounters(capabilities: Capabilities, start: date | None, since: str | None) -> list[Search]:
    """The searches for Encounters from ``start`` on, or changed ``since`` a server's instant.

    Raises ``FinalError`` where the server finds them by patient only.
    """
    return [Search("Encounter", window(capabilities, "Encounter", "date", start, since))]
