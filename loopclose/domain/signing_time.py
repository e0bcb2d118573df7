"""The clock of a draft: by when a letter that is ready is to be signed, and who is told once that is over. Pure.

Published audits of specialists' reports lose most days between the draft and its signature.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from loopclose.domain.business_time import Calendar
from loopclose.domain.escalation import Rung

WITHIN = timedelta(hours=4)
"""Hours in which the practice is open, from when a draft is ready to be signed."""
WAITS = frozenset({"drafted", "held"})
"""States of a report whose draft waits for a signature; one on hold waits for its release first."""


@dataclass(frozen=True)
class Draft:
    """What keeps a draft from being ready to be signed."""

    state: str
    """As the letter stands: of a letter that was signed before, that of its corrected draft."""
    has_both: bool = True
    """Whether the letter and the prescription sheet are kept, and can be read."""
    is_preliminary: bool = False
    """Whether a note that it quotes is not final in the EHR."""

    @property
    def is_ready(self) -> bool:
        """Whether nothing but the clinician is waited for."""
        return self.state == "drafted" and self.has_both and not self.is_preliminary


@dataclass(frozen=True)
class Clock:
    """The clock of one draft, which nobody has signed."""

    version: int
    """Of the papers, from 1."""
    sign_by: datetime
    is_told: bool = False
    """Whether its rung was fired."""


def sign_by(ready_at: datetime, calendar: Calendar) -> datetime:
    """By when a draft that was ready then is to be signed."""
    return calendar.after_open(ready_at, WITHIN)


def is_running(kind: str, state: str) -> bool:
    """Whether what is owed still waits for a signature: a report while it is drafted, a correction while it is owed."""
    return state in WAITS if kind == "report" else kind == "correction" and state == "owed"


def signature_rung(version: int) -> Rung:
    """The one rung of a draft's clock: 0 of the first version, and one less of each later one.

    It stands below every rung of the house's ladder, and neither holds one of those up nor takes its place.
    """
    return Rung(1 - version, 0, ("author",))


def is_signature(rung: int) -> bool:
    """Whether a rung is that of a draft's clock."""
    return rung <= 0


def due_signature(clock: Clock | None, kind: str, state: str, now: datetime) -> Rung | None:
    """The rung to fire for a draft at ``now``: once, from the moment that its time is over."""
    if clock is None or clock.is_told or not is_running(kind, state) or now < clock.sign_by:
        return None
    return signature_rung(clock.version)


def first_alert(house: datetime | None, clock: Clock | None, kind: str, state: str) -> datetime | None:
    """When something is to be told next: ``house`` by the ladder (None: it is done), or sooner by the draft's clock."""
    if house is None or clock is None or clock.is_told or not is_running(kind, state):
        return house
    return min(house, clock.sign_by)
