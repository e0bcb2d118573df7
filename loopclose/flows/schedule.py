"""What is due when: sync each quarter of an hour while open, the night run at night, the seal once an hour."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, time, timedelta

import structlog

from loopclose.domain.practice import Practice
from loopclose.flows.jobs import run_night, send_put_off, sync_site
from loopclose.flows.night.sealing import seal
from loopclose.flows.site import practice_of, sites
from loopclose.flows.work import Work
from loopclose.store import runs, ticks
from loopclose.store.base import Scope

EVERY, SEAL_EVERY, POST_EVERY = timedelta(minutes=15), timedelta(hours=1), timedelta(minutes=5)
log = structlog.get_logger()


@dataclass(frozen=True)
class Job:
    """``sync`` of an EHR; ``tell`` (what falls due before the next night), ``night``, ``mails`` or ``seal`` of one."""

    kind: str
    of: str

    def __str__(self) -> str:
        return f"{self.kind} of {self.of}"


def due(practice: Practice, ehrs: Sequence[str], night: time, last: Mapping[Job, datetime], now: datetime) -> list[Job]:
    """What is to be done for a practice at ``now``, in that order; ``last`` says when each job was last begun."""

    def is_over(job: Job, every: timedelta) -> bool:
        return job not in last or now - last[job] >= every

    found = []
    if practice.calendar.is_open(now):
        found += [Job("sync", ehr) for ehr in ehrs if is_over(Job("sync", ehr), EVERY)]
        found += [Job("tell", practice.id)] if found else []
    if is_over(Job("seal", practice.id), SEAL_EVERY):
        found.append(Job("seal", practice.id))
    local, told = now.astimezone(practice.zone), last.get(Job("night", practice.id))
    if local.time() >= night and (told is None or practice.calendar.day_of(told) < local.date()):
        found.append(Job("night", practice.id))
    elif is_over(Job("mails", practice.id), POST_EVERY):
        found.append(Job("mails", practice.id))
    return found


def until_night(practice: Practice, night: time, now: datetime) -> timedelta:
    """How long it is to the next night run."""
    local = now.astimezone(practice.zone)
    at = datetime.combine(local.date(), night, tzinfo=practice.zone)
    return (at if at > local else at + timedelta(days=1)) - local


@dataclass
class Scheduler:
    """Does what is due. Nothing that a job raises ends it, nor keeps another practice or EHR from its turn.

    The leases keep two servers from doing the same at once.
    """

    work: Work
    last: dict[Job, datetime] = field(default_factory=dict)

    def tick(self) -> None:
        """Do what is due now, and note that the scheduler lives."""
        for scope in self.work.scopes():
            try:
                for job in self._due(scope):
                    self._run(scope, job)
            except Exception:
                log.exception("what is due cannot be said", practice=scope.practice_id)
        self._note("")

    def _due(self, scope: Scope) -> list[Job]:
        config, now = self.work.config, self.work.clock()
        ehrs = [name for name in sorted(config.ehr) if config.ehr[name].practice == scope.practice_id]
        for job in (Job("sync", ehr) for ehr in ehrs):
            if job not in self.last:
                with self.work.db.read() as session:
                    before = runs.last_begun(session, scope, job.of)
                self.last |= {job: before} if before is not None else {}
        return due(practice_of(config, scope.practice_id), ehrs, self._night(), self.last, now)

    def _run(self, scope: Scope, job: Job) -> None:
        self.last[job] = self.work.clock()
        self._note(str(job))
        try:
            self._do(scope, job)
        except Exception:
            log.exception("job failed", job=str(job))

    def _do(self, scope: Scope, job: Job) -> None:
        work = self.work
        if job.kind == "sync":
            (site,) = sites(work.config, job.of)
            sync_site(work, site)
        elif job.kind == "seal":
            seal(work.db, work.clock, scope)
        elif job.kind == "mails":
            send_put_off(work, scope)
        elif job.kind == "tell":
            ahead = until_night(practice_of(work.config, scope.practice_id), self._night(), work.clock())
            run_night(work, scope, ahead)
        else:
            run_night(work, scope)

    def _night(self) -> time:
        return time.fromisoformat(self.work.config.escalation.night)

    def _note(self, doing: str) -> None:
        try:
            with self.work.db.write() as session:
                ticks.note(session, self.work.clock(), doing)
        except Exception:
            log.exception("the scheduler cannot note that it lives")
