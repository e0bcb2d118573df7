"""Whoever drafts: threads beside the web server, ``loopclose worker``, and ``loopclose draft`` for one report.

Each takes up work by compare-and-swap and says every half a minute that it lives, so that no two draft the same at
once, and what a process that died had begun is begun again.
"""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

import structlog
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.orm import Session

from fhir_adapters.client import FhirClient
from fhir_adapters.errors import FhirError
from loopclose.clock import Clock, system_clock
from loopclose.drafting.paper import Paper
from loopclose.errors import LoopcloseError, TemporaryProblem, UsageError
from loopclose.flows.asking import asking
from loopclose.flows.papers.draft import draft, signed_papers
from loopclose.flows.papers.looking import look_again
from loopclose.flows.site import Site
from loopclose.flows.work import Work
from loopclose.store import drafts, jobs
from loopclose.store.engine import Database
from loopclose.store.jobs import DRAFT, LOOK, Claim
from loopclose.store.leases import this_holder

THREADS = 2
"""Papers that one process drafts at once."""
LOOK_SECONDS, AFTER_TROUBLE_SECONDS, BEAT_SECONDS = 0.5, 5.0, 30
log = structlog.get_logger()


@dataclass
class DraftWorker:
    """Drafts what was asked for, and looks again at what was signed, in every practice of the configuration."""

    work: Work
    wall: Clock = system_clock
    holder: str = field(default_factory=this_holder)

    def once(self) -> bool:
        """Do one thing that waits, drafts first; False where none does. What goes wrong is kept with the job."""
        for kind, scope in ((kind, scope) for kind in (DRAFT, LOOK) for scope in self.work.scopes()):
            with self.work.db.read() as session:
                if not jobs.is_any_open(session, scope, kind):
                    continue
            with self.work.db.write() as session:
                claim = jobs.claim(session, scope, kind, self.holder, self.wall())
            if claim is not None:
                self._do(claim)
                return True
        return False

    def keep_on(self, stop: threading.Event) -> None:
        """Draft until ``stop``; nothing that goes wrong ends it."""
        wait = 0.0
        while not stop.wait(wait):
            try:
                wait = 0.0 if self.once() else LOOK_SECONDS
            except Exception:
                log.exception("what is to be drafted cannot be said")
                wait = AFTER_TROUBLE_SECONDS

    def _do(self, claim: Claim) -> None:
        work = self.work
        try:
            with work.db.read() as session:
                owed = drafts.report(session, claim.scope, claim.subject)
            if owed is None:
                raise UsageError("There is no such report any more.")
            site = work.site_of(claim.scope.practice_id, owed.ehr)
            if claim.kind == LOOK:
                if _look_claimed(work.db, work.clock, self.wall, site, claim):
                    work.judge(claim.scope, owed.ehr, [owed.person])
            else:
                _draft_claimed(work.db, work.clock, self.wall, site, claim)
        except Exception as problem:
            log.exception("not drafted", practice=claim.scope.practice_id, obligation=claim.subject)
            with work.db.write() as session:
                jobs.end(session, claim, _told(problem), work.clock())


def start(work: Work, stop: threading.Event) -> None:
    """Threads that draft until ``stop``."""
    for _ in range(THREADS):
        threading.Thread(target=DraftWorker(work).keep_on, args=(stop,), daemon=True).start()


def write_now(db: Database, clock: Clock, site: Site, obligation: str, by: str) -> dict[str, Paper]:
    """The papers of a report as they are kept: of a signed one as they were, else drafted now from the chart.

    One that was signed in the EHR and never drafted here is drafted now; its state stays. Raises ``TemporaryProblem``
    while another process drafts it, and whatever keeps it from being drafted.
    """
    if found := signed_papers(db, site.scope, obligation):
        return found
    with db.read() as session:
        if drafts.report(session, site.scope, obligation) is None:
            raise UsageError(f"There is no report {obligation}.")
    with db.write() as session:
        jobs.ask(session, site.scope, DRAFT, obligation, by, clock())
        claim = jobs.claim(session, site.scope, DRAFT, this_holder(), system_clock(), obligation)
    if claim is None:
        raise TemporaryProblem("Another process drafts this report; try again when it is done.")
    try:
        return _draft_claimed(db, clock, system_clock, site, claim)
    except BaseException as problem:  # interrupted, too: nobody is at it then
        with db.write() as session:
            jobs.end(session, claim, _told(problem), clock())
        raise


def _draft_claimed(db: Database, clock: Clock, wall: Clock, site: Site, claim: Claim) -> dict[str, Paper]:
    """Draft what was taken up, and end the job in the transaction that writes the papers."""

    def finish(session: Session) -> None:
        if not jobs.end(session, claim, None, clock()):
            raise TemporaryProblem("Another process took this draft over.")

    def by_way_of(client: FhirClient | None) -> dict[str, Paper]:
        return draft(db, clock, site, client, claim.subject, claim.asked_by, claim.because, finish)

    with _alive(db, wall, claim):
        if claim.because is not None:
            return by_way_of(None)
        with asking(db, site, "draft") as client:
            return by_way_of(client)


def _look_claimed(db: Database, clock: Clock, wall: Clock, site: Site, claim: Claim) -> int:
    """Look again at the chart behind a signed letter; gives how many changes were not known."""

    def finish(session: Session) -> None:
        if not jobs.end(session, claim, None, clock()):
            raise TemporaryProblem("Another process took this over.")

    with _alive(db, wall, claim), asking(db, site, "draft") as client:
        return look_again(db, clock, site, client, claim.subject, finish)


@contextmanager
def _alive(db: Database, wall: Clock, claim: Claim) -> Iterator[None]:
    """Say from time to time that whoever is at it lives."""
    end = threading.Event()

    def keep_saying() -> None:
        while not end.wait(BEAT_SECONDS):
            try:
                with db.write() as session:
                    jobs.beat(session, claim, wall())
            except SQLAlchemyError:
                log.exception("a draft is not known to be under way")

    saying = threading.Thread(target=keep_saying, daemon=True) if db.is_shared else None
    if saying is not None:
        saying.start()
    try:
        yield
    finally:
        end.set()
        if saying is not None:
            saying.join()


def _told(problem: BaseException) -> str:
    """What went wrong, for whoever asked: a sentence, and nothing of a traceback."""
    if isinstance(problem, LoopcloseError | FhirError):
        return str(problem)
    if isinstance(problem, SQLAlchemyError):
        return "The database could not be used; try again, and tell whoever runs Loopclose if it stays so."
    if isinstance(problem, KeyboardInterrupt):
        return "It was interrupted; try again."
    return f"A fault on our side ({type(problem).__name__}); please tell whoever runs Loopclose."
