"""Asking how a practice, and the whole installation, is."""

from __future__ import annotations

from collections.abc import Iterator

from loopclose.domain.channels import CHART
from loopclose.errors import UNSENT
from loopclose.flows.delivery.ways import ways_of
from loopclose.flows.health.check import Check, Health, Look, readings
from loopclose.flows.health.checks import CHECKS
from loopclose.flows.health.door import door
from loopclose.flows.health.probes import PROBES
from loopclose.flows.health.scheduler import scheduler
from loopclose.flows.site import practice_of
from loopclose.flows.work import Work
from loopclose.store.base import Scope
from loopclose.store.quarantine import in_quarantine


def installation(work: Work) -> list[Check]:
    """What every practice shares: a database that could be opened, the scheduler, and the way mail leaves."""
    database = Check("database", "Database", f"{work.db.engine.dialect.name}, schema up to date")
    with work.db.read() as session:
        found = [database, scheduler(session, work.clock()), *door(work)]
    if work.config.mail is not None or work.config.web.mail_folder is not None:
        return [*found, Check("mail", "Mails", "configured")]
    return [*found, Check("mail", "Mails", "there is no [mail]", "alerts will fail until it is configured", UNSENT)]


def health(work: Work, scope: Scope) -> Health:
    """How one practice is, as far as can be said at once."""
    now = work.clock()
    with work.db.read() as session:
        read, held = readings(work.config, session, scope, now), in_quarantine(session, scope)
        look = Look(work.config, scope, now, session, read, held, [one for one in ways_of(work, scope) if one != CHART])
        checks = [check for ask in CHECKS for check in ask(look)]
    return Health(checks, read, held, practice_of(work.config, scope.practice_id).takes_all)


def everything(work: Work) -> Iterator[tuple[Scope | None, Check]]:
    """Every check of every practice, probes too, with the practice it is of; None: of the installation."""
    for check in installation(work):
        yield None, check
    for scope in work.scopes():
        for probe in PROBES:
            for check in probe(work, scope):
                yield scope, check
        for check in health(work, scope).checks:
            yield scope, check
