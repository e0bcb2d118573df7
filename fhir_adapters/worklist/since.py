"""From when on a worklist source reads."""

from __future__ import annotations

from datetime import date

from fhir_adapters.capabilities import Capabilities
from fhir_adapters.errors import FinalError


def window(
    capabilities: Capabilities, kind: str, by_date: str, start: date | None, since: str | None
) -> tuple[tuple[str, str], ...]:
    """Search parameters: what changed ``since``, else from ``start``; a full read where the server has neither."""
    if kind not in capabilities.types:
        raise FinalError(f"The EHR has no {kind}: choose another worklist source.")
    params: list[tuple[str, str]] = []
    if start is not None and capabilities.can_search(kind, by_date):
        params.append((by_date, f"ge{start.isoformat()}"))
    if since is not None and capabilities.can_search(kind, "_lastUpdated"):
        params.append(("_lastUpdated", f"ge{since}"))
    return tuple(params)
