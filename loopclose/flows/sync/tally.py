"""Counting what was read, so that nothing vanishes: fetched = admitted + unchanged + ignored + quarantined."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from typing import Any

from loopclose.flows.sync.taken import Taken


@dataclass
class TypeTally:
    """The counts of one resource type in one run; ``ignored`` by code."""

    fetched: int = 0
    admitted: int = 0
    unchanged: int = 0
    ignored: Counter[str] = field(default_factory=Counter)
    quarantined: int = 0

    def adds_up(self) -> bool:
        """Whether everything fetched is accounted for."""
        return self.fetched == self.admitted + self.unchanged + self.ignored.total() + self.quarantined

    def as_json(self) -> dict[str, Any]:
        """The counts as the command line prints them."""
        return {
            "fetched": self.fetched,
            "admitted": self.admitted,
            "unchanged": self.unchanged,
            "ignored": dict(sorted(self.ignored.items())),
            "quarantined": self.quarantined,
        }


@dataclass
class Tally:
    """The counts of one run. A resource read twice in a run counts once, as what it was first."""

    by_type: dict[str, TypeTally] = field(default_factory=dict)
    _seen: set[int] = field(default_factory=set)

    def has_met(self, kind: str, fhir_id: str) -> bool:
        """Whether this resource was read in this run."""
        return hash((kind, fhir_id)) in self._seen

    def add(self, taken: Taken) -> None:
        """Count what was taken in, each resource where it is met for the first time in this run.

        Only a 64-bit digest of the name is remembered: a run over 100,000 resources stays small.
        """
        for (kind, disposition, reason), ids in taken.counts.items():
            met = {hash((kind, fhir_id)) for fhir_id in ids} - self._seen
            self._seen |= met
            self._count(kind, disposition, reason, len(met))

    def _count(self, kind: str, disposition: str, reason: str | None, many: int) -> None:
        tally = self.by_type.setdefault(kind, TypeTally())
        tally.fetched += many
        if disposition == "admitted":
            tally.admitted += many
        elif disposition == "ignored":
            tally.ignored[reason or "other"] += many
        elif disposition == "unchanged":
            tally.unchanged += many
        else:
            tally.quarantined += many

    def total(self) -> TypeTally:
        """All types together."""
        whole = TypeTally()
        for tally in self.by_type.values():
            whole.fetched += tally.fetched
            whole.admitted += tally.admitted
            whole.unchanged += tally.unchanged
            whole.ignored += tally.ignored
            whole.quarantined += tally.quarantined
        return whole

    def as_json(self) -> dict[str, Any]:
        """The totals, and the same keys by type."""
        by_type = {kind: tally.as_json() for kind, tally in sorted(self.by_type.items())}
        return {**self.total().as_json(), "by_type": by_type}
