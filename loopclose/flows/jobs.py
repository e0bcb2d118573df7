"""What runs by itself or on command: one sync, one night. A scheduler, a worker and the command line call these."""

from __future__ import annotations

from datetime import timedelta

import structlog
from structlog.contextvars import bound_contextvars

from loopclose.flows.asking import asking
from loopclose.flows.delivery.ways import is_set_up
from loopclose.flows.mailing import address_of, mailer_of, sender_of
from loopclose.flows.night.nightly import NightResult, nightly, send_waiting
from loopclose.flows.reading.sync import SyncResult, silent, sync
from loopclose.flows.reading.told_alone import ToldResult, read_told_alone
from loopclose.flows.reading.worklist import Progress
from loopclose.flows.site import Site, ladder_of, practice_of, sites, zone_of
from loopclose.flows.work import Work
from loopclose.logs import in_words
from loopclose.outbound.chart_age import chart_notes
from loopclose.outbound.occasion import Letterhead
from loopclose.store import persons, runs
from loopclose.store.base import Scope
from loopclose.store.time_alone import over_by_now

log = structlog.get_logger()


def sync_site(work: Work, site: Site, progress: Progress = silent, *, gently: bool = False) -> SyncResult:
    """Sync one site, and log how it began and ended. ``gently``: what did not change is not read again."""
    # the sync itself names its run once it has one
    with bound_contextvars(practice=site.scope.practice_id, ehr=site.ehr, run=None):
        log.info("sync begins")
        try:
            with asking(work.db, site, "sync") as client:
                result = sync(work.db, work.clock, work.as_said(site), client, progress, gently=gently)
        except Exception as problem:
            log.error("sync broke off", problem=in_words(problem))
            raise
        counts = {name: count for name, count in result.counts.items() if isinstance(count, int)}
        if result.error is None:
            log.info("sync complete", **counts)
        else:
            log.error("sync incomplete", problem=in_words(result.error), **counts)
        return result


def read_told_of(work: Work, site: Site) -> ToldResult:
    """Read whom the EHR of one site told of, and nobody else, and log how that went."""
    with bound_contextvars(practice=site.scope.practice_id, ehr=site.ehr, run=None):
        with asking(work.db, site, "events") as client:
            result = read_told_alone(work.db, work.clock, work.as_said(site), client)
        level = log.info if result.error is None else log.error
        problem = {"problem": in_words(result.error)} if result.error else {}
        level("what the EHR told of is read", events=result.waiting, patients=result.patients, **problem)
        return result


def run_night(work: Work, scope: Scope, ahead: timedelta = timedelta(0), *, dry_run: bool = False) -> NightResult:
    """The night run of one practice, and its figures in the log."""
    config = work.config
    if not dry_run and not ahead:
        _judge_what_was_left_open(work, scope)
    result = nightly(
        work.db,
        work.clock,
        scope,
        practice_of(config, scope.practice_id),
        ladder_of(config),
        mailer_of(config),
        _letterhead(work, scope),
        dry_run=dry_run,
        ahead=ahead,
    )
    level = log.error if result.failed else log.info
    level(
        "night run",
        practice=scope.practice_id,
        dry_run=dry_run,
        examined=result.examined,
        late=result.late,
        alerts=len(result.alerts),
        sent=result.messages_sent,
        failed=result.failed,
    )
    return result


def _judge_what_was_left_open(work: Work, scope: Scope) -> None:
    """Visits that nobody closed count as over after 12 hours, and of bookings that nobody closed the desk is asked,
    whether or not their EHR could be read since.
    """
    for site in sites(work.config):
        if site.scope != scope:
            continue
        try:
            with work.db.read() as session:
                patients = over_by_now(session, scope, site.ehr, work.clock())
                waiting = persons.persons_of(session, scope, site.ehr, patients)
            work.judge(scope, site.ehr, waiting)
        except Exception:  # whoever else is late is told all the same
            log.exception("what was left open cannot be judged", practice=scope.practice_id, ehr=site.ehr)


def _letterhead(work: Work, scope: Scope) -> Letterhead:
    config = work.config
    rehearsal, leave = config.practice[scope.practice_id].rehearsal, is_set_up(work, scope)
    return Letterhead(sender_of(config), address_of(config), rehearsal, _notes(work, scope), leave)


def _notes(work: Work, scope: Scope) -> tuple[str, ...]:
    """How old the charts are that a mail would rest on."""
    ehrs = [name for name, ehr in work.config.ehr.items() if ehr.practice == scope.practice_id]
    with work.db.read() as session:
        last = {name: runs.last_run(session, scope, name) for name in ehrs}
    read_at = {name: run.finished_at if run else None for name, run in last.items()}
    return chart_notes(read_at, work.clock(), zone_of(work.config, scope.practice_id))


def send_put_off(work: Work, scope: Scope) -> int:
    """Send the mails of one practice that were put off, or sent again by somebody, and are due; gives how many left."""
    config = work.config
    practice, ladder, letterhead = practice_of(config, scope.practice_id), ladder_of(config), _letterhead(work, scope)
    sent = send_waiting(work.db, work.clock, scope, practice, ladder, mailer_of(config), letterhead)
    if sent:
        log.info("mails sent that had been put off", practice=scope.practice_id, sent=sent)
    return sent
