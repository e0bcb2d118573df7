"""What can be said of an EHR's bulk export: what its statement says, and how the one in use goes.

One is begun only where it is configured and none is in use, and thrown away at once: an export is much work for an EHR,
and some make one a day.
"""

from __future__ import annotations

from collections.abc import Iterator

from fhir_adapters.bulk.begin import begin, cancel
from fhir_adapters.bulk.places import Places
from fhir_adapters.capabilities import Capabilities
from fhir_adapters.client import FhirClient
from fhir_adapters.errors import OneRequest
from loopclose.errors import TEMPORARY, code_of
from loopclose.flows.health.check import Check
from loopclose.flows.reading.bulk_order import wanted
from loopclose.flows.site import Site
from loopclose.store.exports import ExportRow

A_DAY = 24
"""Hours between two exports from which on none is begun to try it: it would be that day's."""


def exports(site: Site, client: FhirClient, row: ExportRow | None) -> Iterator[Check]:
    """Whether the EHR says that it makes exports, and, where one is configured, whether it does. ``row``: the newest
    one.
    """
    name, told = f"export of {site.ehr}", _told(client.capabilities())
    if site.settings.bulk_group is None and "bulk" not in site.settings.sources:
        yield Check(name, "EHRs", f"{told}; none is configured (bulk_group)")
    elif row is not None and row.problem is not None:
        yield Check(name, "EHRs", f"{told}. {row.problem.rstrip('.')}", exit_code=TEMPORARY)
    elif row is not None:
        how = "is being made" if row.status_url is not None else "was taken"
        yield Check(name, "EHRs", f"{told}; one that began {row.began_at:%Y-%m-%d %H:%M} UTC {how}")
    elif (site.settings.bulk_every_hours or client.vendor.export.every_hours) >= A_DAY:
        yield Check(name, "EHRs", f"{told}; not tried, as one in many hours is all that is asked for")
    else:
        yield _tried(site, client, name, told)


def _told(capabilities: Capabilities) -> str:
    of = " and ".join(sorted(capabilities.exports))
    return f"its statement names bulk export of {of}" if of else "its statement names no bulk export"


def _tried(site: Site, client: FhirClient, name: str, told: str) -> Check:
    places = Places(site.settings.base_url, site.settings.bulk_hosts)
    try:
        asked = wanted(site, frozenset(client.capabilities().types), client.vendor.export)
        begun = begin(client.wire, places, asked.order(None))
    except OneRequest as problem:
        return Check(
            name, "EHRs", f"{told}; tried: not possible. {str(problem).rstrip('.')}", exit_code=code_of(problem)
        )
    went = "and thrown away" if cancel(client.wire, begun.status_url) else "and cannot be thrown away"
    return Check(name, "EHRs", f"{told}; tried: one is begun {went}")
