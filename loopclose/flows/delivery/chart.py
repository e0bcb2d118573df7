"""The chart of a site as something to write into: every request within its budget, and counted."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from fhir_adapters.client import FhirClient
from fhir_adapters.writing.chart import Outcome, WritableChart
from loopclose.flows.asking import asking
from loopclose.flows.site import Site, sites
from loopclose.flows.work import Work
from loopclose.outbound.channels.channel import Sending
from loopclose.outbound.channels.fhir import FhirChannel
from loopclose.store.base import Scope
from loopclose.store.engine import Database

REASON = "deliver"
"""Under which its requests are counted."""


@dataclass(frozen=True)
class SiteChart:
    """One EHR of a practice (``outbound.channels.fhir.Ehr``)."""

    db: Database
    site: Site

    def hindrance(self, letter: Sending, tell: bool) -> str | None:
        """Why a letter cannot be written there."""
        with asking(self.db, self.site, REASON) as client:
            return self.of(client).hindrance(letter, tell)

    def pack(self, letter: Sending, tell: bool) -> bytes:
        """The finished resources; raises ``ValueError``."""
        with asking(self.db, self.site, REASON) as client:
            return self.of(client).pack(letter, tell)

    def write(self, content: bytes) -> Outcome:
        """Write them, as far as they don't stand there yet."""
        with asking(self.db, self.site, REASON) as client:
            return self.of(client).write(content)

    def look_up(self, delivery: str, keys: Sequence[str], content: bytes, tell: bool) -> Outcome:
        """Whether they stand there."""
        with asking(self.db, self.site, REASON) as client:
            return self.of(client).look_up(delivery, keys, content, tell)

    def of(self, client: FhirClient) -> WritableChart:
        """The chart by a client that was opened already."""
        ours = sorted(self.site.practice.organizations)
        return WritableChart(client, ours[0] if len(ours) == 1 else None)


def charts_of(work: Work, scope: Scope, *, deliver: bool) -> dict[str, FhirChannel]:
    """By EHR of a practice that is written to: its chart as a channel; ``deliver``: to those who read it. None in a
    rehearsal.
    """
    found = {}
    for site in sites(work.config):
        wanted = site.settings.delivers if deliver else site.settings.files_copies
        if site.scope == scope and wanted and not work.config.practice[scope.practice_id].rehearsal:
            found[site.ehr] = FhirChannel(SiteChart(work.db, site), reads_same_ehr=deliver)
    return found
