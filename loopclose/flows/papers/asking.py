"""Asking for a draft, and how that goes. Nothing here reads the EHR: a worker does, beside the request."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from loopclose.clock import system_clock
from loopclose.domain.dates import zoned_words
from loopclose.errors import UsageError
from loopclose.flows.papers.draft import FROZEN, NEVER_DRAFTED
from loopclose.flows.site import zone_of
from loopclose.flows.work import Work
from loopclose.store import drafts, jobs, signatures
from loopclose.store.attempts import attempts
from loopclose.store.base import Scope
from loopclose.store.jobs import DRAFT, JobRow
from loopclose.store.obligations import Obligation

UNCLAIMED, LONG = timedelta(minutes=1), timedelta(minutes=10)
"""After which nobody seems to draft at all, and after which a page stops asking by itself."""
ONLY_SO_FAR = "Diagnoses, results, medicines and allergies are in it only as far as an earlier draft read them."


@dataclass(frozen=True)
class Drafting:
    """How the draft of one report goes."""

    job: JobRow | None
    """The newest asking; None where nobody asked yet."""
    why_kept: str | None
    """Why one may want a draft from what is kept: the EHR could not be read; None where it could."""
    read_at: datetime | None
    """Up to when what is kept was read."""
    nobody_at_it: bool
    """Whether it waits for longer than any worker would let it."""
    long: bool
    """Whether it takes so long that a page need not go on asking."""


def drafting_of(work: Work, scope: Scope, owed: Obligation) -> Drafting:
    """How the draft of a report goes, and what may be asked for."""
    now = work.clock()
    with work.db.read() as session:
        job = jobs.newest(session, scope, DRAFT, owed.id)
        how = attempts(session, scope, owed.ehr, system_clock())
    failed = job.error if job is not None and job.state == "failed" and job.because is None else None
    waits = now - job.asked_at if job is not None and job.is_open else timedelta(0)
    return Drafting(
        job,
        failed or (how.failing.why if how.failing else None),
        how.complete.finished_at if how.complete else None,
        job is not None and job.state == "waiting" and waits > UNCLAIMED,
        waits > LONG,
    )


def ask_for_draft(work: Work, scope: Scope, owed: Obligation, by: str, *, from_kept: bool = False) -> bool:
    """Have a report drafted from the chart or, where the EHR could not be read, from what is kept.

    False where it is being drafted already. Raises ``UsageError`` for what is never drafted.
    """
    with work.db.read() as session:
        report = drafts.report(session, scope, owed.id)
        frozen = signatures.is_signed_here(session, scope, owed.id)
    if report is None or report.visit is None:
        raise UsageError("There is no report here that could be drafted.")
    if report.state in NEVER_DRAFTED:
        raise UsageError(f"The report is {report.state}; reopen it first.")
    if frozen:
        raise UsageError(FROZEN)
    because = None
    if from_kept:
        how = drafting_of(work, scope, owed)
        if how.why_kept is not None:
            because = _caution(how.read_at, how.why_kept, zone_of(work.config, scope.practice_id))
    with work.db.write() as session:
        return jobs.ask(session, scope, DRAFT, owed.id, by, work.clock(), because)


def _caution(read_at: datetime | None, why: str, zone: ZoneInfo) -> str:
    read = f"read at {zoned_words(read_at, zone)}" if read_at else "read before any reading was complete"
    return f"Made from what was {read}; not refreshed, because: {why} {ONLY_SO_FAR}"
