"""What runs by itself or on command: one sync, one night. A scheduler, a worker and the command line call these."""

from __future__ import annotations

from datetime import timedelta

import structlog
from structlog.contextvars import bound_contextvars

from loopclose.flows.mailing import address_of, mailer_of, sender_of
from loopclose.flows.night.nightly import NightResult, nightly, send_waiting
from loopclose.flows.reading.sync import SyncResult, silent, sync
from loopclose.flows.reading.worklist import Progress
from loopclose.flows.site import Site, client_of, ladder_of, practice_of
from loopclose.flows.work import Work
from loopclose.logs import in_words
from loopclose.outbound.occasion import Letterhead
from loopclose.store.base import Scope

log = structlog.get_logger()


def sync_site(work: Work, site: Site, progress: Progress = silent) -> SyncResult:
    """Sync one site, and log how it began and ended."""
    # the sync itself names its run once it has one
    with bound_contextvars(practice=site.scope.practice_id, ehr=site.ehr, run=None):
        log.info("sync begins")
        try:
            with client_of(site) as client:
                result = sync(work.db, work.clock, site, client, progress)
        except Exception as problem:
            log.error("sync broke off", problem=in_words(problem))
            raise
        counts = {name: count for name, count in result.counts.items() if isinstance(count, int)}
        if result.error is None:
            log.info("sync complete", **counts)
        else:
            log.error("sync incomplete", problem=in_words(result.error), **counts)
        return result


def run_night(work: Work, scope: Scope, ahead: timedelta = timedelta(0), *, dry_run: bool = False) -> NightResult:
    """The night run of one practice, and its figures in the log."""
    config = work.config
    settings = config.practice[scope.practice_id]
    letterhead = Letterhead(sender_of(config), address_of(config), settings.rehearsal)
    result = nightly(
        work.db,
        work.clock,
        scope,
        practice_of(config, scope.practice_id),
        ladder_of(config),
        mailer_of(config),
        letterhead,
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


def send_put_off(work: Work, scope: Scope) -> int:
    """Send the mails of one practice that were put off, or sent again by somebody, and are due; gives how many left."""
    config, settings = work.config, work.config.practice[scope.practice_id]
    letterhead = Letterhead(sender_of(config), address_of(config), settings.rehearsal)
    practice, ladder = practice_of(config, scope.practice_id), ladder_of(config)
    sent = send_waiting(work.db, work.clock, scope, practice, ladder, mailer_of(config), letterhead)
    if sent:
        log.info("mails sent that had been put off", practice=scope.practice_id, sent=sent)
    return sent
