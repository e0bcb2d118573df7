"""What must be known on whatever page one is: the warnings in the top line. One more is one more function.

They are worked out anew only every few seconds, for they stand on every page.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from weakref import WeakKeyDictionary
from zoneinfo import ZoneInfo

from sqlalchemy.orm import Session

from loopclose.domain.dates import since_words
from loopclose.flows.health.check import Reading, readings
from loopclose.flows.health.scheduler import troubles
from loopclose.flows.health.sentences import last_read_words, not_read_words
from loopclose.flows.site import zone_of
from loopclose.flows.work import Work
from loopclose.store.base import Scope
from loopclose.store.engine import Database

KEPT_SECONDS = 3.0
"""How long what was found is shown again without another look."""
MANY = 3
"""EHRs that fail from this number on share one sentence."""


@dataclass(frozen=True)
class TopWarning:
    """One warning: what it is about, and its sentences, which say what is wrong and of when is what one sees."""

    about: str
    words: str


@dataclass(frozen=True)
class TopLook:
    """What the warnings of one practice go by."""

    work: Work
    scope: Scope
    now: datetime
    zone: ZoneInfo
    session: Session
    readings: list[Reading]


def not_read(look: TopLook) -> Iterator[TopWarning]:
    """EHRs that could not be read: from the first run that failed until one is complete."""
    failing = [one for one in look.readings if one.failing is not None]
    if len(failing) >= MANY:
        first = min((one.failing for one in failing if one.failing), key=lambda failed: failed.since)
        names, since = ", ".join(one.ehr for one in failing), since_words(first.since, look.zone, look.now)
        last = last_read_words(failing, look.now, look.zone)
        yield TopWarning("EHRs", f"Could not read {len(failing)} EHRs ({names}) since {since}: {first.why} {last}.")
        return
    for one in failing:
        words = not_read_words(one, look.now, look.zone)
        yield TopWarning(f"EHR {one.ehr}", f"{words[:1].upper()}{words[1:]}.")


def old(look: TopLook) -> Iterator[TopWarning]:
    """EHRs that nobody tried to read for hours."""
    stale = [one for one in look.readings if one.stale and one.failing is None]
    if not look.readings:
        yield TopWarning("EHRs", "No EHR is configured for this practice, so nothing is read.")
    if any(one.at is None for one in stale):
        names = ", ".join(one.ehr for one in stale if one.at is None)
        yield TopWarning("EHRs", f"What you see may be old: {names} was not read completely yet.")
    if known := [one for one in stale if one.at is not None]:
        names, oldest = ", ".join(one.ehr for one in known), min(one.at for one in known if one.at)
        when = since_words(oldest, look.zone, look.now)
        yield TopWarning("EHRs", f"What you see may be old: EHR {names} was last read completely {when}.")


def not_running(look: TopLook) -> Iterator[TopWarning]:
    """A scheduler that stopped, and a night that fails or did not come."""
    for words in troubles(look.session, look.scope, look.now):
        yield TopWarning("Scheduler", words)


WARNINGS: tuple[Callable[[TopLook], Iterable[TopWarning]], ...] = (not_running, not_read, old)
"""Each is asked at every look; a look at the database must cost next to nothing, however much is kept."""
_kept: WeakKeyDictionary[Database, dict[Scope, tuple[float, list[TopWarning]]]] = WeakKeyDictionary()


def warnings(work: Work, scope: Scope, now: datetime) -> list[TopWarning]:
    """What the top line of every page of that practice warns of now; at most ``KEPT_SECONDS`` old."""
    kept = _kept.setdefault(work.db, {})
    at, found = kept.get(scope, (0.0, []))
    if scope in kept and time.monotonic() - at < KEPT_SECONDS:
        return found
    with work.db.read() as session:
        read = readings(work.config, session, scope, now)
        look = TopLook(work, scope, now, zone_of(work.config, scope.practice_id), session, read)
        found = [warning for ask in WARNINGS for warning in ask(look)]
    kept[scope] = (time.monotonic(), found)
    return found
