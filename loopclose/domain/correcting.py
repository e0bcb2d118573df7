"""When a signed letter is to be corrected: what takes back a thing that it cites, and how long that is looked for."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

WITHDRAWN: Mapping[str, frozenset[str]] = {
    "DocumentReference": frozenset({"entered-in-error", "superseded"}),
    "DiagnosticReport": frozenset({"entered-in-error", "cancelled"}),
    "Observation": frozenset({"entered-in-error", "cancelled"}),
    "MedicationRequest": frozenset({"entered-in-error", "cancelled"}),
    "MedicationStatement": frozenset({"entered-in-error"}),
    "MedicationAdministration": frozenset({"entered-in-error", "not-done"}),
    "Immunization": frozenset({"entered-in-error", "not-done"}),
    "Procedure": frozenset({"entered-in-error", "not-done"}),
    "ServiceRequest": frozenset({"entered-in-error", "revoked"}),
    "CarePlan": frozenset({"entered-in-error", "revoked"}),
    "Condition": frozenset({"entered-in-error", "refuted"}),
    "AllergyIntolerance": frozenset({"entered-in-error", "refuted"}),
}
"""By type: the statuses by which the EHR takes back what it said. That something ended is none of them."""
FINAL = frozenset({"final", "amended", "corrected", "appended"})
RESULTS, NOTES, NEW_COUNTS = (
    ("Observation", "DiagnosticReport"),
    ("DocumentReference",),
    ("Observation", "DiagnosticReport", "DocumentReference", "MedicationRequest"),
)
"""Results and notes; and of which types something new of the visit corrects a letter that did not know of it."""
GOES_ON = (".status", "Status", ".abatement", ".end", ".period")
"""How the paths end of what changes as time goes on: an order that is done, a problem that is over."""
NEW, GONE, CHANGED = "new", "gone", "changed"
SAID = {NEW: "New: {after}", GONE: "Does not hold any more: {before}", CHANGED: "Was: {before} Now: {after}"}
TAKEN_BACK, SETTLED, UNSETTLED = "taken_back", "settled", "unsettled"
DAILY, WEEKLY, AT_MOST = timedelta(days=14), timedelta(days=7), timedelta(days=90)
"""A signed letter's chart is looked at daily for that long, then weekly, and not any more after that."""


@dataclass(frozen=True)
class Touched:
    """A resource that came, changed or went since a letter was drafted."""

    how: str
    """``taken_back``, ``settled``, or ``unsettled``: a result or a note that is not final."""
    is_of_visit: bool = True


@dataclass(frozen=True)
class Change:
    """One sentence of a signed letter that is not so any more, or that it lacks."""

    section: str
    how: str
    """``new``, ``gone`` or ``changed``."""
    before: str | None
    after: str | None
    resource: str
    """``Type/id`` of what changed."""

    @property
    def key(self) -> str:
        """The same whenever the same change is met again."""
        parts = (self.section, self.how, self.before or "", self.after or "", self.resource)
        return hashlib.sha256("\x1f".join(parts).encode()).hexdigest()[:16]

    @property
    def words(self) -> str:
        """What changed, as the corrected letter says it."""
        return SAID[self.how].format(before=self.before, after=self.after)


def standing_of(kind: str, statuses: frozenset[str]) -> str:
    """How a resource of that type stands by its statuses, whichever elements have them."""
    if statuses & WITHDRAWN.get(kind, frozenset({"entered-in-error"})):
        return TAKEN_BACK
    if kind in RESULTS:
        return SETTLED if statuses & FINAL else UNSETTLED
    return UNSETTLED if kind in NOTES and "preliminary" in statuses else SETTLED


def goes_on(path: str) -> bool:
    """Whether an element is one that changes as time goes on, without anything having been wrong."""
    return path.endswith(GOES_ON)


def is_to_look(signed_at: datetime, looked_at: datetime | None, now: datetime, *, changed: bool) -> bool:
    """Whether the chart behind a signed letter is to be looked at again.

    ``looked_at``: when it was last; ``changed``: whether what the syncs read of the patient is not as it was then.
    """
    if now - signed_at > AT_MOST:
        return False
    if changed or looked_at is None:
        return True
    every = timedelta(days=1) if now - signed_at <= DAILY else WEEKLY
    return now - looked_at >= every
