"""What a bulk export is asked for: of whom, which types, since when, and how often."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from hashlib import sha256

from fhir_adapters.bulk.begin import Order
from fhir_adapters.errors import Refused
from fhir_adapters.vendors import Export
from loopclose.flows.reading.sources import LONG_AGO, ORDERS_BEFORE, OVERLAP, VISITS_BEFORE
from loopclose.flows.site import Site
from loopclose.store.exports import ExportRow

WANTED = ("Encounter", "ServiceRequest")
"""Types that are taken of an export: what shows whom to follow. Of whoever is followed the rest is read by patient, and
nobody else's records are copied."""
WHOLE_AGAIN = timedelta(days=7)
"""How often everything of a group is asked for: of whoever joined it since, a server may leave out what is older than
``_since`` (https://hl7.org/fhir/uv/bulkdata/export.html#query-parameters)."""


@dataclass(frozen=True)
class Wanted:
    """What is to be exported of one EHR."""

    site: Site
    types: tuple[str, ...]
    how: Export

    @property
    def of(self) -> str:
        """Digest of whose records: a mark of one group says nothing of another."""
        named = f"{self.site.settings.base_url} {self.site.settings.bulk_group}"
        return sha256(named.encode()).hexdigest()[:16]

    @property
    def source(self) -> str:
        """The name under which its marks are kept."""
        return f"bulk {self.of}"

    @property
    def every(self) -> timedelta:
        """How long after one export began the next may."""
        return timedelta(hours=self.site.settings.bulk_every_hours or self.how.every_hours)

    def is_due(self, row: ExportRow | None, now: datetime) -> bool:
        """Whether to begin one; ``row`` is the newest, which is not under way."""
        return row is None or row.of != self.of or now >= (row.ask_at or row.began_at + self.every)

    def since(self, marks: Mapping[str, datetime | None], whole_at: datetime | None, now: datetime) -> datetime | None:
        """From when on to ask for what changed; None for everything.

        ``marks``: by type, up to where it was read, by the server's clock; ``whole_at``: when everything was asked
        for last.
        """
        known = [mark for mark in marks.values() if mark is not None]
        if not self.how.takes_parameters or len(known) < len(self.types):
            return None
        if self.site.settings.bulk_group is not None and (whole_at is None or now - whole_at >= WHOLE_AGAIN):
            return None
        return min(known) - OVERLAP

    def order(self, since: datetime | None) -> Order:
        """The export to ask for."""
        settings, live_from = self.site.settings, self.site.practice.live_from
        post = self.how.post if settings.bulk_kick_off is None else settings.bulk_kick_off == "post"
        if not self.how.takes_parameters:
            return Order(settings.bulk_group, post=post)
        told = f"{since:%Y-%m-%dT%H:%M:%SZ}" if since is not None else None
        filters: tuple[str, ...] = ()
        if since is None and live_from is not None and self.how.takes_filters:
            days = {"Encounter": ("date", VISITS_BEFORE), "ServiceRequest": ("authored", ORDERS_BEFORE)}
            filters = tuple(f"{kind}?{days[kind][0]}=ge{live_from - days[kind][1]}" for kind in self.types)
        if since is None and self.how.always_since:
            told = f"{live_from - ORDERS_BEFORE if live_from is not None else LONG_AGO}T00:00:00Z"
        return Order(settings.bulk_group, self.types, told, filters, post, self.how.always_since)


def wanted(site: Site, types: frozenset[str], how: Export) -> Wanted:
    """What to export of a site whose EHR has those types; raises ``Refused`` where there is nothing."""
    found = tuple(kind for kind in WANTED if kind in types)
    if not found:
        raise Refused("The EHR has neither ServiceRequest nor Encounter, so there is nothing to export.")
    return Wanted(site, found, how)
