"""What a check is given, and what it finds."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy.orm import Session

from loopclose.clock import system_clock
from loopclose.config.sections import Config
from loopclose.errors import DONE
from loopclose.store.attempts import Failing, attempts
from loopclose.store.base import Scope
from loopclose.store.resources import SyncRun

STALE = timedelta(hours=4)
"""After which what was read of an EHR may be old."""


@dataclass(frozen=True)
class Check:
    """One part and how it is."""

    name: str
    about: str
    """The heading under which the page shows it."""
    sentence: str
    """Without its first capital and its full stop."""
    what_to_do: str | None = None
    """None where there is nothing to do."""
    exit_code: int = DONE
    """What a command would end with for what is wrong there."""

    @property
    def ok(self) -> bool:
        """Whether nothing is wrong there; there may still be something to do."""
        return self.exit_code == DONE

    @property
    def words(self) -> str:
        """The sentence, and what to do."""
        return self.sentence if self.what_to_do is None else f"{self.sentence}: {self.what_to_do}"


@dataclass(frozen=True)
class Reading:
    """An EHR of the practice: its newest complete sync, and how the attempts since went."""

    ehr: str
    run: SyncRun | None
    stale: bool
    failing: Failing | None = None
    under_way_since: datetime | None = None

    @property
    def check(self) -> str:
        """The name of the check that says how it goes."""
        return f"sync of {self.ehr}"

    @property
    def at(self) -> datetime | None:
        """When it was last read completely."""
        return self.run.finished_at if self.run else None


@dataclass(frozen=True)
class Look:
    """What the checks of one practice go by."""

    config: Config
    scope: Scope
    now: datetime
    session: Session
    readings: Sequence[Reading]
    held: Sequence[Mapping[str, Any]]
    """What is in quarantine."""
    ways: Collection[str] = ()
    """The channels by which letters can leave."""


@dataclass(frozen=True)
class Health:
    """How one practice is: every check, and what some of them rest on."""

    checks: Sequence[Check]
    readings: Sequence[Reading]
    held: Sequence[Mapping[str, Any]]
    takes_all: bool
    """Whether every visit counts as the practice's own."""


def by_heading(checks: Iterable[Check]) -> dict[str, list[Check]]:
    """Checks by what they are about, in their order."""
    found: dict[str, list[Check]] = {}
    for check in checks:
        found.setdefault(check.about, []).append(check)
    return found


def readings(config: Config, session: Session, scope: Scope, now: datetime) -> list[Reading]:
    """Every EHR of the practice, when it was last read completely, and how the attempts since went."""
    found = []
    for name in sorted(name for name, ehr in config.ehr.items() if ehr.practice == scope.practice_id):
        how = attempts(session, scope, name, system_clock())
        run = how.complete
        fresh = run is not None and run.finished_at is not None and now - run.finished_at < STALE
        found.append(Reading(name, run, not fresh, how.failing, how.under_way_since))
    return found
