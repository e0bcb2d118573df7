"""From when on a worklist source reads."""

from __future__ import annotations

from datetime import date

from fhir_adapters.capabilities import Capabilities
from fhir_adapters.errors import FinalError


def window(
    capabilities: Capabilities, kind: str, by_date: str, start: date | None, since: str | None
) -> tuple[tuple[str, str], ...]:
    """Search parameters: what changed ``since``, else from ``start``; a full read where the server has neither.

    Raises ``FinalError`` where the server has no such type, or says that it searches it only by something else.
    """
    if kind not in capabilities.types:
        raise FinalError(f"The EHR has no {kind}.")
    if kind in capabilities.read_only:
        raise FinalError(f"The EHR reads {kind} by id alone.")
    params: list[tuple[str, str]] = []
    if start is not None and capabilities.can_search(kind, by_date):
        params.append((by_date, f"ge{start.isoformat()}"))
    if since is not None and capabilities.can_search(kind, "_lastUpdated"):
        params.append(("_lastUpdated", f"ge{since}"))
    if not capabilities.is_enough(kind, dict(params)):
        wanted = " or ".join(" and ".join(sorted(one)) for one in capabilities.demands[kind])
        raise FinalError(f"The EHR finds {kind} by {wanted} only.")
    return tuple(params)
