"""How the installation is, in numbers for other machines: practices and EHRs by name, and nothing about a patient."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.orm import Session

from loopclose.errors import DatabaseError
from loopclose.flows.work import Work
from loopclose.store import alerts, mails, returns, runs, sign_in_tries, ticks
from loopclose.store.base import Scope
from loopclose.store.upgrade import check

HOUR = timedelta(hours=1)


@dataclass(frozen=True)
class Measure:
    """One number; times are seconds since 1970."""

    name: str
    about: str
    value: float
    labels: Mapping[str, str]


def not_ready(work: Work) -> str | None:
    """Why pages cannot be served now, in one sentence; None where they can."""
    try:
        check(work.db)
    except DatabaseError as problem:
        return str(problem)
    except SQLAlchemyError:
        return "The database cannot be used."
    return None


def measures(work: Work) -> Iterator[Measure]:
    """Every number, as it is now. What never happened has none."""
    with work.db.read() as session:
        for tick in ticks.last(session):
            about, lane = "When each lane of the scheduler last ticked.", {"lane": tick.lane}
            yield Measure("loopclose_scheduler_tick_timestamp_seconds", about, tick.at.timestamp(), lane)
        wrong = sign_in_tries.count_wrong(session, work.clock() - HOUR)
        yield Measure("loopclose_sign_in_failures_last_hour", "Wrong tries to sign in within an hour.", wrong, {})
        for scope in work.scopes():
            yield from _of_practice(work, session, scope)


def _of_practice(work: Work, session: Session, scope: Scope) -> Iterator[Measure]:
    whose = {"practice": scope.practice_id}
    opened, late = alerts.count_open(session, scope, work.clock())
    yield Measure("loopclose_open", "What is owed and open.", opened, whose)
    yield Measure("loopclose_late", "What is owed and late.", late, whose)
    known = returns.share(session, scope)
    yield Measure("loopclose_reports_unsent", "Reports that are not sent yet.", known.reports, whose)
    about = "Those of them whose patient's return to the referrer is known."
    yield Measure("loopclose_reports_unsent_return_known", about, known.known, whose)
    unsent = sum(mails.count_open(session, scope).values())
    yield Measure("loopclose_mails_unsent", "Mails that no mail server accepted yet.", unsent, whose)
    night = runs.last_night(session, scope)
    told = night.started_at if night and night.finished_at else None
    yield from _when("loopclose_night_timestamp_seconds", "When the last night that ended began.", whose, told)
    for name in sorted(name for name, ehr in work.config.ehr.items() if ehr.practice == scope.practice_id):
        of = {**whose, "ehr": name}
        complete, newest = runs.last_run(session, scope, name), runs.newest_run(session, scope, name)
        about, at = "When the last complete sync ended.", complete.finished_at if complete else None
        yield from _when("loopclose_sync_complete_timestamp_seconds", about, of, at)
        if newest is not None:
            failing = float(newest.error is not None)
            yield Measure("loopclose_sync_failing", "1 where the newest sync was not complete.", failing, of)


def _when(name: str, about: str, labels: Mapping[str, str], moment: datetime | None) -> Iterator[Measure]:
    if moment is not None:
        yield Measure(name, about, moment.timestamp(), labels)
