"""The web server, and the scheduler beside it: sync each quarter of an hour while open, the night run at night."""

from __future__ import annotations

import threading
from collections.abc import Callable
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import structlog
import waitress.server

from fhir_adapters.errors import FhirError
from loopclose.errors import LoopcloseError
from loopclose.flows.jobs import run_night, sync_site
from loopclose.flows.night.sealing import seal
from loopclose.flows.site import practice_of, sites
from loopclose.flows.work import Work
from loopclose.web import create_app

EVERY = timedelta(minutes=15)
SEAL_EVERY = timedelta(hours=1)
TICK_SECONDS = 20
log = structlog.get_logger()


def run(work: Work, ready: Callable[[str], None] = lambda address: None) -> None:
    """Serve until interrupted; ``ready`` is told the address once it listens."""
    web = work.config.web
    server = waitress.server.create_server(create_app(work), host=web.host, port=web.port, threads=8)
    stop = threading.Event()
    scheduler = threading.Thread(target=_schedule, args=(work, stop), daemon=True)
    scheduler.start()
    ready(f"http://{web.host}:{server.effective_port}")
    try:
        server.run()
    except KeyboardInterrupt:
        pass
    finally:
        stop.set()
        server.close()


def _schedule(work: Work, stop: threading.Event) -> None:
    """One thread; the leases keep two servers from doing the same at once."""
    synced = sealed = work.clock()
    nights: dict[str, date] = {}
    while not stop.wait(TICK_SECONDS):
        now = work.clock()
        practices = {scope: practice_of(work.config, scope.practice_id) for scope in work.scopes()}
        if now - synced >= EVERY and any(practice.calendar.is_open(now) for practice in practices.values()):
            synced = now
            _guarded(_sync_all, work)
            for scope, practice in practices.items():  # what falls due before the next night is told at once
                _guarded(run_night, work, scope, _until_night(work, practice.zone, now))
        if now - sealed >= SEAL_EVERY:
            sealed = now
            for scope in practices:
                _guarded(seal, work.db, work.clock, scope)
        for scope, practice in practices.items():
            local = now.astimezone(practice.zone)
            if local.time() >= _night(work) and nights.get(scope.practice_id) != local.date():
                nights[scope.practice_id] = local.date()
                _guarded(run_night, work, scope, timedelta(0))


def _night(work: Work) -> time:
    return time.fromisoformat(work.config.escalation.night)


def _until_night(work: Work, zone: ZoneInfo, now: datetime) -> timedelta:
    """How long it is to the next night run."""
    local = now.astimezone(zone)
    night = datetime.combine(local.date(), _night(work), tzinfo=zone)
    return (night if night > local else night + timedelta(days=1)) - local


def _sync_all(work: Work) -> None:
    for site in sites(work.config):
        result = sync_site(work, site)
        log.info("sync", ehr=site.ehr, complete=result.complete, fetched=result.counts["fetched"])


def _guarded(job: Callable[..., object], *args: object) -> None:
    """A failed job is logged and tried again at its next time; the scheduler lives on."""
    try:
        job(*args)
    except (LoopcloseError, FhirError) as problem:
        log.error("job failed", problem=str(problem))
