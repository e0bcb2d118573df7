"""The scheduler: does what is due (``flows/due.py``), and keeps when each job began and how it ended.

Lanes, each a thread of its own: what reads an EHR takes as long as that EHR does, a letter as long as its channel, and
neither another EHR nor anybody's mails wait for it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, time

import structlog

from loopclose.flows.delivery.round import deliver
from loopclose.flows.delivery.ways import ways_of
from loopclose.flows.due import Job, Last, due, is_called_for, until_night
from loopclose.flows.jobs import read_told_of, run_night, send_put_off, sync_site
from loopclose.flows.night.sealing import seal
from loopclose.flows.papers.ahead import draft_ahead, look_ahead
from loopclose.flows.site import practice_of, sites
from loopclose.flows.work import Work
from loopclose.logs import in_words
from loopclose.store import events, job_runs, runs, ticks
from loopclose.store.base import Scope

READING, TELLING, DELIVERING = "reading", "telling", "delivering"
LANES: Mapping[str, frozenset[str]] = {
    READING: frozenset({"sync", "events"}),
    TELLING: frozenset({"tell", "seal", "night", "mails"}),
    DELIVERING: frozenset({"deliver"}),
}
"""By lane: the kinds of job that are done in it, one after the other."""
log = structlog.get_logger()


def schedulers(work: Work) -> list[Scheduler]:
    """One that tells, one that delivers, and one for each EHR that is read: what is down keeps nobody waiting.

    Signs of life of EHRs that are configured no more are forgotten.
    """
    found = [
        Scheduler(work, TELLING),
        Scheduler(work, DELIVERING),
        *(Scheduler(work, READING, ehr) for ehr in sorted(work.config.ehr)),
    ]
    with work.db.write() as session:
        ticks.forget_others(session, [one.name for one in found])
    return found


@dataclass
class Scheduler:
    """Does what is due in one lane. Nothing that a job raises ends it, nor keeps another practice or EHR from its turn.

    What was begun when, and how it ended, is kept in the database: a restart repeats nothing, two servers do not do the
    same at once, and the page Health shows it.
    """

    work: Work
    lane: str
    ehr: str | None = None
    """The only EHR that it reads; None: every one, one after the other."""
    called: dict[Scope, datetime] = field(default_factory=dict)
    """When a night was first seen to be called for."""

    @property
    def name(self) -> str:
        """Of its signs of life."""
        return self.lane if self.ehr is None else f"{self.lane} {self.ehr}"

    def tick(self) -> None:
        """Do what is due now, and note that the scheduler lives."""
        self._note("")
        for scope in self.work.scopes():
            try:
                jobs = self._due(scope)
            except Exception:
                log.exception("what is due cannot be said", practice=scope.practice_id)
                continue
            for job, begun in jobs:
                self._run(scope, job, begun)
        self._note("")

    def _due(self, scope: Scope) -> list[tuple[Job, datetime | None]]:
        """What is due in this lane, each with when it was last begun by a scheduler."""
        config, now = self.work.config, self.work.clock()
        practice, ehrs, told = practice_of(config, scope.practice_id), [], {}
        with self.work.db.read() as session:
            rows = {Job(row.kind, row.of): row for row in job_runs.jobs(session, scope)}
            last = {job: Last(row.begun_at, row.ended_at, row.error is not None) for job, row in rows.items()}
            for name in sorted(name for name in config.ehr if config.ehr[name].practice == scope.practice_id):
                ehrs.append(name)
                if config.ehr[name].takes_events:
                    told[name] = events.calling(session, scope, name)
                begun, ended = runs.last_begun(session, scope, name), runs.newest_run(session, scope, name)
                if begun is not None:  # commands sync, too
                    known = last.get(Job("sync", name), Last(begun))
                    ends = [at for at in (known.ended, ended.finished_at if ended else None) if at is not None]
                    last[Job("sync", name)] = Last(max(begun, known.begun), max(ends, default=None))
        if is_called_for(practice, self._night(), last, now):
            self.called.setdefault(scope, now)
        else:
            self.called.pop(scope, None)
        delivers = self.lane == DELIVERING and bool(ways_of(self.work, scope))
        found = due(practice, ehrs, self._night(), last, now, self.called.get(scope), told, delivers=delivers)
        return [(job, rows[job].begun_at if job in rows else None) for job in found if self._is_mine(job)]

    def _is_mine(self, job: Job) -> bool:
        return job.kind in LANES[self.lane] and self.ehr in (None, job.of)

    def _run(self, scope: Scope, job: Job, begun: datetime | None) -> None:
        self._note(str(job))
        try:
            with self.work.db.write() as session:
                if not job_runs.begin(session, scope, job.kind, job.of, begun, self.work.clock()):
                    return  # another server was faster
            problem = self._do(scope, job)
        except Exception as raised:
            log.exception("job failed", job=str(job))
            problem = in_words(raised)
        try:
            with self.work.db.write() as session:
                job_runs.end(session, scope, job.kind, job.of, problem, self.work.clock())
        except Exception:
            log.exception("how a job ended cannot be noted", job=str(job))

    def _do(self, scope: Scope, job: Job) -> str | None:
        """Do it; gives what was wrong where that was not worth an exception."""
        work = self.work
        if job.kind == "sync":
            (site,) = sites(work.config, job.of)
            result = sync_site(work, site, gently=True)
            draft_ahead(work, site)
            look_ahead(work, site)
            return in_words(result.error) if result.error else None
        if job.kind == "events":
            (site,) = sites(work.config, job.of)
            error = read_told_of(work, site).error
            draft_ahead(work, site)
            look_ahead(work, site)
            return in_words(error) if error else None
        if job.kind == "deliver":
            deliver(work, scope)
        elif job.kind == "seal":
            seal(work.db, work.clock, scope)
        elif job.kind == "mails":
            send_put_off(work, scope)
        elif job.kind == "night":
            run_night(work, scope)
        else:
            practice = practice_of(work.config, scope.practice_id)
            run_night(work, scope, until_night(practice, self._night(), work.clock()))
        return None  # what did not leave is told beside the mails

    def _night(self) -> time:
        return time.fromisoformat(self.work.config.escalation.night)

    def _note(self, doing: str) -> None:
        try:
            with self.work.db.write() as session:
                ticks.note(session, self.name, self.work.clock(), doing)
        except Exception:
            log.exception("the scheduler cannot note that it lives")
