"""What can be told of a chart without reading it: of resources in quarantine, and of requests that are elsewhere."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import tzinfo

from msgspec.structs import replace
from sqlalchemy import select
from sqlalchemy.orm import Session

from fhir_adapters.facts.references import local_key
from fhir_adapters.facts.when import When
from loopclose.domain.chart import Chart, Held
from loopclose.domain.named_requests import REQUEST
from loopclose.store.base import Scope, chunks, mine
from loopclose.store.intake import RESOURCE

_NAMED = re.compile(rb'"reference"\s*:\s*"([A-Z][A-Za-z]+/[A-Za-z0-9.\-_]{1,128})(?:/_history/[^"]*)?"')
_UPDATED = re.compile(rb'"lastUpdated"\s*:\s*"([^"]{10,40})"')


def held_of(raw: bytes, zone: tzinfo) -> Held:
    """What the bytes of an unreadable resource refer to, and when the EHR last changed it."""
    names = frozenset(found.decode() for found in _NAMED.findall(raw))
    updated = _UPDATED.search(raw)
    try:
        since = When(updated[1].decode()).start(zone) if updated else None
    except ValueError:
        since = None
    return Held(names, since)


def with_others(session: Session, scope: Scope, ehr: str, charts: Mapping[str, Chart]) -> dict[str, Chart]:
    """The charts, each told which of the requests that it names and does not hold are another patient's."""
    absent = {person: _absent(chart) for person, chart in charts.items()}
    wanted = sorted({key.split("/", 1)[1] for keys in absent.values() for key in keys})
    kept: set[str] = set()
    for batch in chunks(wanted):
        rows = session.scalars(
            select(RESOURCE.c.fhir_id).where(
                mine(RESOURCE, scope),
                RESOURCE.c.ehr == ehr,
                RESOURCE.c.type == "ServiceRequest",
                RESOURCE.c.fhir_id.in_(batch),
                RESOURCE.c.patient.is_not(None),
                RESOURCE.c.disposition != "gone",
            )
        )
        kept.update(f"{REQUEST}{fhir_id}" for fhir_id in rows)
    return {
        person: replace(chart, of_others=frozenset(absent[person] & kept)) if absent[person] & kept else chart
        for person, chart in charts.items()
    }


def _absent(chart: Chart) -> set[str]:
    """Requests that encounters and appointments name and the chart does not hold."""
    references = [one for found in (chart.encounters, chart.appointments) for each in found for one in each.based_on]
    if not references:
        return set()
    named = {key for key in map(local_key, references) if key is not None and key.startswith(REQUEST)}
    return named - {request.key for request in chart.service_requests} - chart.quarantined
