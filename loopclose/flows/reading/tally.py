"""Counting what was read, so that nothing vanishes: fetched = admitted + unchanged + ignored + quarantined."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from typing import Any

from loopclose.flows.reading.met import Met


@dataclass
class TypeTally:
    """The counts of one resource type in one run; ``ignored`` by code."""

    fetched: int = 0
    admitted: int = 0
    unchanged: int = 0
    ignored: Counter[str] = field(default_factory=Counter)
    quarantined: int = 0

    def add(self, other: TypeTally) -> None:
        """Count what another counted, too."""
        self.fetched += other.fetched
        self.admitted += other.admitted
        self.unchanged += other.unchanged
        self.ignored += other.ignored
        self.quarantined += other.quarantined

    @property
    def adds_up(self) -> bool:
        """Whether something became of everything that was read."""
        return self.fetched == self.admitted + self.unchanged + sum(self.ignored.values()) + self.quarantined

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
    _met: Met = field(default_factory=Met)
    """What was met, each settled once it is known what became of it."""

    def has_met(self, kind: str, fhir_id: str) -> bool:
        """Whether this resource was read in this run."""
        return self._met.has(kind, fhir_id)

    def is_counted(self, kind: str, fhir_id: str) -> bool:
        """Whether it is known what became of this resource in this run."""
        return self._met.is_settled(kind, fhir_id)

    def meet(self, kind: str, fhir_id: str) -> None:
        """Note that one resource was read."""
        if self._met.add(kind, fhir_id):
            self._of(kind).fetched += 1

    def count(self, kind: str, fhir_id: str, disposition: str, reason: str | None) -> None:
        """Count what became of one resource, once."""
        if not self._met.settle(kind, fhir_id):
            return
        tally = self._of(kind)
        if disposition == "admitted":
            tally.admitted += 1
        elif disposition == "ignored":
            tally.ignored[reason or "other"] += 1
        else:
            setattr(tally, disposition, getattr(tally, disposition) + 1)

    @property
    def adds_up(self) -> bool:
        """Whether nothing vanished, of any type."""
        return all(tally.adds_up for tally in self.by_type.values())

    def _of(self, kind: str) -> TypeTally:
        found = self.by_type.get(kind)
        if found is None:
            found = self.by_type[kind] = TypeTally()
        return found

    def forget_names(self) -> None:
        """Everything is read: who was met need not be remembered any more, only how many."""
        self._met = Met()

    def as_json(self) -> dict[str, Any]:
        """The totals, and the same keys by type."""
        by_type = {kind: tally.as_json() for kind, tally in sorted(self.by_type.items())}
        whole = TypeTally()
        for tally in self.by_type.values():
            whole.add(tally)
        return {**whole.as_json(), "by_type": by_type}
