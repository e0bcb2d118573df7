"""The practice whose visits are followed, as the rules see it."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date, datetime, time
from zoneinfo import ZoneInfo

from loopclose.domain.business_time import Calendar
from loopclose.domain.code_tables import CLASSES


@dataclass(frozen=True)
class Practice:
    """Who "we" are on one EHR.

    ``organizations`` and ``clinicians`` hold ``Type/id`` references; ``npis`` the NPIs named in the
    configuration. Empty lists mean: every visit is ours.
    """

    id: str
    name: str
    calendar: Calendar
    organizations: frozenset[str] = frozenset()
    clinicians: frozenset[str] = frozenset()
    npis: frozenset[str] = frozenset()
    specialty: str | None = None
    phone: str | None = None
    """Where it is called back about a letter."""
    live_from: date | None = None
    oid: str | None = None
    """Its own OID, where referrers are told by Direct message whether their requests are accepted (IHE 360X)."""
    visit_classes: frozenset[str] = field(default_factory=lambda: frozenset({"AMB", "VR", "HH"}))
    """v3 ActCodes of the visits that are followed; a class of another system counts by what it means."""
    residents: frozenset[str] = frozenset()
    """References and NPIs of clinicians whose letters another one co-signs."""
    part2: bool = False
    """Whether all of it is a program under 42 CFR Part 2."""
    part2_clinicians: frozenset[str] = frozenset()
    """References and NPIs of those of its clinicians who are."""
    hold_codes: frozenset[str] = frozenset()
    """Tokens of diagnoses, of types of notes and of security labels that hold a report."""

    def follows(self, meaning: str) -> bool:
        """Whether visits of a class that means that (a key of ``CLASSES``) are followed."""
        return CLASSES[meaning] in self.visit_classes

    @property
    def zone(self) -> ZoneInfo:
        """The practice's time zone."""
        return self.calendar.zone

    @property
    def takes_all(self) -> bool:
        """Whether every visit counts as ours, because nobody said who we are."""
        return not (self.organizations or self.clinicians or self.npis)

    def live_since(self) -> datetime | None:
        """The first moment of the go-live day, or ``None`` where there is no baseline."""
        if self.live_from is None:
            return None
        return datetime.combine(self.live_from, time(0), tzinfo=self.zone)
