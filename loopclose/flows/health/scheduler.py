"""Whether what should run by itself runs: the scheduler's signs of life, and how its jobs ended."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta

from sqlalchemy.orm import Session

from loopclose.domain.dates import utc_words
from loopclose.errors import STOPPED, TEMPORARY
from loopclose.flows.health.check import Check, Look
from loopclose.store import job_runs, ticks
from loopclose.store.base import Scope

RESTART = "restart loopclose serve"
WORDS = {
    "sync": "sync",
    "events": "reading of what was told",
    "tell": "telling by day",
    "night": "night run",
    "seal": "sealing of the audit",
}
LATE = timedelta(hours=26)
"""After which a night without a run was missed: a day, and time to read before it."""


def scheduler(session: Session, now: datetime) -> Check:
    """Whether the scheduler of ``serve`` lives, all its lanes: without it nothing is read and nobody is told."""
    found = ticks.last(session)
    if not found:
        to_do = "start loopclose serve, or run loopclose sync and loopclose nightly from a scheduler of yours"
        return Check("scheduler", "Scheduler", "never ran", to_do)
    dead = [one for one in found if not one.is_alive(now)]
    shown = dead[0] if dead else found[0]
    sentence = f"last ticked {_at(shown.at)}" + (f", at the {shown.doing}" if shown.doing else "")
    return (
        Check("scheduler", "Scheduler", sentence, RESTART, STOPPED)
        if dead
        else Check("scheduler", "Scheduler", sentence)
    )


def jobs(look: Look) -> Iterator[Check]:
    """Every job that ever ran: when it last began and last succeeded, and since when and with what it fails."""
    for one in job_runs.jobs(look.session, look.scope):
        name, what = f"{one.kind} of {one.of}", f"{WORDS.get(one.kind, one.kind)} of {one.of}"
        well = f"last succeeded {_at(one.succeeded_at)}" if one.succeeded_at else "never succeeded"
        if one.failing_since is not None:
            says = (
                f"the {what} fails since {_at(one.failing_since)}, last tried {_at(one.begun_at)} ({one.error}); {well}"
            )
            yield Check(f"job {name}", "Scheduler", says, "see the log; it gets its next turn by itself", TEMPORARY)
        elif one.ended_at is None and look.now - one.begun_at > ticks.LONGEST_JOB:
            says = f"the {what} began {_at(one.begun_at)} and never ended; {well}"
            yield Check(f"job {name}", "Scheduler", says, RESTART, TEMPORARY)
        else:
            yield Check(f"job {name}", "Scheduler", f"the {what} {well}")


def troubles(session: Session, scope: Scope, now: datetime) -> list[str]:
    """What every page must warn of: a scheduler that stopped, and a night that fails or did not come."""
    check, found = scheduler(session, now), []
    if not check.ok:
        stopped = "The scheduler stopped: nothing is read and nobody is told of anything late"
        found.append(f"{stopped} ({check.sentence}). Tell whoever runs Loopclose to {RESTART}.")
    for one in job_runs.jobs(session, scope):
        if one.kind == "night" and one.failing_since is not None:
            found.append(
                f"The night run fails since {_at(one.failing_since)} ({one.error}). The page Health says more."
            )
        elif one.kind == "night" and check.ok and now - one.begun_at > LATE:
            found.append(f"There was no night run since {_at(one.begun_at)}. The page Health says more.")
    return found


def _at(moment: datetime) -> str:
    return utc_words(moment)
