"""One sync of one EHR, from its CapabilityStatement to what is owed."""

from __future__ import annotations

import gc
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import structlog
from sqlalchemy.exc import SQLAlchemyError
from structlog.contextvars import bind_contextvars

from fhir_adapters.client import FhirClient
from fhir_adapters.errors import FhirError, GoesOn, TemporaryError
from fhir_adapters.pace import because
from loopclose.clock import Clock
from loopclose.errors import LoopcloseError
from loopclose.flows.judging.persons import judge_persons
from loopclose.flows.reading.beginning import look_at, note_ehr
from loopclose.flows.reading.bulk import read_export
from loopclose.flows.reading.changes import Marks
from loopclose.flows.reading.following import begin, read_everybody, read_gently
from loopclose.flows.reading.intake import Intake
from loopclose.flows.reading.told import Looked, Told, read_told, settle
from loopclose.flows.reading.worklist import Progress, follow_listed, read_listed, searches, sources_of
from loopclose.flows.site import Site
from loopclose.logs import in_words
from loopclose.store import records, runs
from loopclose.store.attempts import lease_of
from loopclose.store.engine import Database
from loopclose.store.leases import hold
from loopclose.store.persons import count_touched, touch_open, touched_persons
from loopclose.store.unread import unread
from loopclose.store.verdicts import waiting, without_verdict

log = structlog.get_logger()
JUDGE_AT_ONCE = 2000


@dataclass(frozen=True)
class SyncResult:
    """What one run read, and whether it was complete."""

    ehr: str
    practice: str
    complete: bool
    counts: dict[str, Any]
    error: FhirError | None = None
    unread: Sequence[str] = ()
    """Patients who could not be read whole."""

    def as_json(self) -> dict[str, Any]:
        """As the command line prints it."""
        found = {"ehr": self.ehr, "practice": self.practice, "complete": self.complete, **self.counts}
        return {**found, "error": str(self.error)} if self.error else found


@contextmanager
def _collecting_seldom() -> Iterator[None]:
    """Facts and rows come and go by the thousand, hardly ever in a circle: looking for circles costs a tenth."""
    before = gc.get_threshold()
    gc.set_threshold(500_000, 20, 20)
    try:
        yield
    finally:
        gc.set_threshold(*before)


def silent(_stage: str, _done: int, _total: int | None) -> None:
    """No progress shown."""


def sync(
    db: Database, clock: Clock, site: Site, client: FhirClient, progress: Progress = silent, *, gently: bool = False
) -> SyncResult:
    """Read the EHR and bring what is owed up to date; safe to kill at any point and to run again.

    ``gently``: what did not change is not read again, see ``plan``; else everybody of whom something is open is.

    Raises ``TemporaryProblem`` when another process is syncing this EHR. A failure of the EHR is not raised:
    the run is incomplete and says so, and no high-water mark moves. A patient who cannot be read leaves the run
    complete for everybody else.
    """
    with hold(db, lease_of(site.scope, site.ehr)) as lease, _collecting_seldom():

        def note_progress(stage: str, done: int, total: int | None) -> None:
            lease.check()
            progress(stage, done, total)

        with db.write() as session:
            named = site.practice.name, site.practice.zone.key
            run_id = runs.begin(session, site.scope, site.ehr, named, clock())
        bind_contextvars(run=run_id)
        intake = Intake(db, clock, site, client, frozenset())
        error: FhirError | None = None
        marks: Marks = {}
        missing: Mapping[str, int] = {}
        told, began = None, clock()
        with _written_down_if_broken(intake, run_id):
            try:
                marks, told = _read(intake, note_progress, gently)
            except FhirError as problem:
                error = problem
            else:
                missing = _judge(intake, note_progress)
                error = _left_out(intake)
            counts, not_read = _counts(intake, missing)
        with db.write() as session:
            moved = marks if error is None or isinstance(error, GoesOn) else {}
            if told is not None:
                settle(session, intake, told, Looked(began, error is None))
            why = str(error) if error else None
            runs.finish(session, site.scope, site.ehr, run_id, counts, moved, why, clock())
        return SyncResult(site.ehr, site.scope.practice_id, error is None, counts, error, not_read)


@contextmanager
def _written_down_if_broken(intake: Intake, run_id: str) -> Iterator[None]:
    """A run that a fault of ours breaks off ends as failed too, so that the screens say so from then on."""
    try:
        yield
    except Exception as problem:
        name = type(problem).__name__
        told = str(problem) if isinstance(problem, LoopcloseError) else f"A fault on our side ({name}); see the log."
        try:
            with intake.db.write() as session:
                runs.finish(session, intake.site.scope, intake.site.ehr, run_id, {}, {}, told, intake.clock())
        except SQLAlchemyError as second:
            log.error("the end of a broken sync cannot be written", problem=in_words(second))
        raise


def _read(intake: Intake, note_progress: Progress, gently: bool) -> tuple[Marks, Told]:
    """Everything over the network; gives the marks to move once all of it is judged, and what the EHR told of it."""
    db, scope, ehr = intake.db, intake.site.scope, intake.site.ehr
    capabilities = look_at(intake)
    note_ehr(intake, capabilities)
    with db.read() as session:
        intake.first = records.nothing_kept(session, scope, ehr)
    intake.load_people()
    keeping_up = begin(intake) if gently else None
    told = read_told(intake)
    marks: Marks = {}
    sources = sources_of(intake, capabilities)
    for listed in searches(intake, capabilities, sources):
        newest = read_listed(intake, listed, note_progress)
        if newest is not None:
            key = (listed.search.type, listed.source)
            marks[key] = max(marks.get(key, newest), newest)
    if "bulk" in sources:
        with because("bulk"):
            marks |= read_export(intake, capabilities, note_progress)
    follow_listed(intake, sources)
    if keeping_up is None:
        read_everybody(intake, note_progress)
    else:
        marks |= read_gently(intake, keeping_up, sources, note_progress)
    intake.people.of_interest |= intake.site.practice.clinicians
    intake.people.fetch_roles()
    intake.tally.forget_names()
    intake.followed.clear()
    intake.changed.clear()
    return marks, told


def _left_out(intake: Intake) -> FhirError | None:
    """Why a run in which everything was judged is not complete all the same."""
    if not intake.tally.adds_up:
        return TemporaryError("What was read does not add up to what became of it: run loopclose sync again.")
    return min(intake.incomplete, key=lambda problem: isinstance(problem, GoesOn), default=None)


def _counts(intake: Intake, missing: Mapping[str, int]) -> tuple[dict[str, Any], list[str]]:
    """The counts of the run, with what the server does that a person should know; and who is unread."""
    with intake.db.read() as session:
        found = Counter(missing) + Counter(waiting(session, intake.site.scope, intake.site.ehr))
        not_read = [one.patient for one in unread(session, intake.site.scope, intake.site.ehr)]
    more = {
        "unread": not_read,
        "without_verdict": dict(sorted(found.items())),
        "warnings": [*intake.client.warnings],
        "requests": dict(intake.client.pace.made.most_common()),
    }
    return {**intake.tally.as_json(), **more}, not_read


def _judge(intake: Intake, note_progress: Progress) -> dict[str, int]:
    """Judge everybody of whom something was read since last time, and whoever may hang on people who were not known
    then; gives back what of theirs has no verdict even so.
    """
    site, done, missing = intake.site, 0, Counter[str]()
    if intake.people_changed and not intake.first:
        with intake.db.write() as session:
            touch_open(session, site.scope, site.ehr)
    not_yet = any(isinstance(one, GoesOn) for one in intake.incomplete)  # who was not read yet is not judged either
    with intake.db.read() as session:
        whole = count_touched(session, site.scope, site.ehr)
    directory = intake.directory()
    while True:
        with intake.db.read() as session:
            persons = touched_persons(session, site.scope, site.ehr, JUDGE_AT_ONCE, read_alone=not_yet)
        if not persons:
            return missing
        judge_persons(intake.db, intake.clock, site, directory, persons, intake.facts)
        gc.collect(0)  # statements that name many ids are circles, and would add up
        with intake.db.read() as session:
            missing.update(without_verdict(session, site.scope, site.ehr, persons))
        done += len(persons)
        note_progress("judging", min(done, whole), whole)
