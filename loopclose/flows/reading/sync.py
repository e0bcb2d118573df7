"""One sync of one EHR, from its CapabilityStatement to what is owed."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy.orm import Session
from structlog.contextvars import bind_contextvars

from fhir_adapters.capabilities import Capabilities
from fhir_adapters.client import FhirClient
from fhir_adapters.errors import FhirError
from fhir_adapters.facts.reading import TYPES
from loopclose.clock import Clock
from loopclose.flows.judging.persons import judge_persons
from loopclose.flows.reading.arrivals import PATIENT_TYPES, PEOPLE
from loopclose.flows.reading.intake import Intake
from loopclose.flows.reading.patients import look_for_missing, read_records
from loopclose.flows.reading.worklist import Progress, listed_patients, read_listed, searches
from loopclose.flows.site import Site
from loopclose.store import records, runs
from loopclose.store.base import natural_id, table_of
from loopclose.store.engine import Database
from loopclose.store.leases import hold
from loopclose.store.people import PracticeRow
from loopclose.store.persons import count_touched, to_read, touch, touch_everybody, touched_persons
from loopclose.store.resources import Ehr, SyncRun
from loopclose.store.upsert import upsert

READ_AT_ONCE, JUDGE_AT_ONCE = 2000, 2000


@dataclass(frozen=True)
class SyncResult:
    """What one run read, and whether it was complete."""

    ehr: str
    practice: str
    complete: bool
    counts: dict[str, Any]
    error: FhirError | None = None

    def as_json(self) -> dict[str, Any]:
        """As the command line prints it."""
        found = {"ehr": self.ehr, "practice": self.practice, "complete": self.complete, **self.counts}
        return {**found, "error": str(self.error)} if self.error else found


def silent(_stage: str, _done: int, _total: int | None) -> None:
    """No progress shown."""


def sync(db: Database, clock: Clock, site: Site, client: FhirClient, progress: Progress = silent) -> SyncResult:
    """Read the EHR and bring what is owed up to date; safe to kill at any point and to run again.

    Raises ``TemporaryProblem`` when another process is syncing this EHR. A failure of the EHR is not raised:
    the run is incomplete and says so, and no high-water mark moves.
    """
    with hold(db, f"sync:{site.scope.practice_id}:{site.ehr}") as lease:

        def note_progress(stage: str, done: int, total: int | None) -> None:
            lease.check()
            progress(stage, done, total)

        run_id = _begin(db, clock, site)
        bind_contextvars(run=run_id)
        intake = Intake(db, clock, site, client, frozenset())
        error: FhirError | None = None
        marks: dict[tuple[str, str], datetime] = {}
        try:
            marks = _read(intake, note_progress)
        except FhirError as problem:
            error = problem
        else:
            _judge(intake, note_progress)
        counts = intake.tally.as_json()
        _finish(db, clock, site, run_id, counts, marks, error)
        return SyncResult(site.ehr, site.scope.practice_id, error is None, counts, error)


def _read(intake: Intake, note_progress: Progress) -> dict[tuple[str, str], datetime]:
    """Everything over the network; gives the marks to move once all of it is judged."""
    db, scope, ehr = intake.db, intake.site.scope, intake.site.ehr
    capabilities = intake.client.capabilities()
    wanted = {*TYPES} & {*PATIENT_TYPES, *PEOPLE, "Patient"}
    intake.types = frozenset(wanted & set(capabilities.types))
    intake.by_patient = frozenset(kind for kind in intake.types if capabilities.finds_by(kind, "patient"))
    _note_ehr(intake, capabilities)
    with db.read() as session:
        first = records.nothing_kept(session, scope, ehr)
    intake.load_people()
    marks: dict[tuple[str, str], datetime] = {}
    for listed in searches(db, intake.site, capabilities):
        newest = read_listed(intake, listed, note_progress)
        if newest is not None:
            key = (listed.search.type, listed.source)
            marks[key] = max(marks.get(key, newest), newest)
    with db.read() as session:
        intake.followed |= to_read(session, scope, ehr)
    intake.followed.update(listed_patients(intake.site))
    done: set[str] = set()
    while batch := sorted(intake.followed - done)[:READ_AT_ONCE]:
        read_records(intake, batch)
        if not first:
            look_for_missing(intake, batch)
        done.update(batch)
        note_progress("patients", len(done), len(intake.followed))
    return marks


def _judge(intake: Intake, note_progress: Progress) -> None:
    """Judge everybody of whom something was read since last time."""
    site, done = intake.site, 0
    with intake.db.read() as session:
        whole = count_touched(session, site.scope, site.ehr)
    directory = intake.directory()
    while True:
        with intake.db.read() as session:
            persons = touched_persons(session, site.scope, site.ehr, JUDGE_AT_ONCE)
        if not persons:
            return
        judge_persons(intake.db, intake.clock, site, directory, persons)
        done += len(persons)
        note_progress("judging", min(done, whole), whole)


def _note_ehr(intake: Intake, capabilities: Capabilities) -> None:
    """Write down the EHR; where the code map has changed since, everybody is judged again."""
    site, scope = intake.site, intake.site.scope
    version = site.rules.code_map.version
    with intake.db.write() as session:
        before = runs.ehr_row(session, scope, site.ehr)
        if before is not None and before.code_map not in (None, version):
            touch_everybody(session, scope, site.ehr)
        _write_ehr(session, site, sorted(intake.types), capabilities.software, version)
        touch(session, scope, site.ehr, records.waiting_to_happen(session, scope, site.ehr))


def _begin(db: Database, clock: Clock, site: Site) -> str:
    scope, started = site.scope, clock()
    run_id = natural_id(scope.practice_id, site.ehr, "sync", started.isoformat())
    with db.write() as session:
        upsert(
            session,
            table_of(PracticeRow),
            [
                {
                    "practice_id": scope.practice_id,
                    "name": site.practice.name,
                    "timezone": site.practice.zone.key,
                }
            ],
        )
        upsert(
            session,
            table_of(SyncRun),
            [
                {
                    "practice_id": scope.practice_id,
                    "id": run_id,
                    "ehr": site.ehr,
                    "started_at": started,
                    "finished_at": None,
                    "complete": False,
                    "counts": None,
                    "error": None,
                }
            ],
        )
    return run_id


def _finish(
    db: Database,
    clock: Clock,
    site: Site,
    run_id: str,
    counts: dict[str, Any],
    marks: Mapping[tuple[str, str], datetime],
    error: FhirError | None,
) -> None:
    with db.write() as session:
        for (kind, source), value in sorted(marks.items()):
            runs.move_watermark(session, site.scope, site.ehr, kind, source, value)
        run = session.get_one(SyncRun, (site.scope.practice_id, run_id))
        run.finished_at = clock()
        run.complete = error is None
        run.counts = counts
        run.error = str(error) if error else None


def _write_ehr(session: Session, site: Site, types: list[str], software: str | None, code_map: str) -> None:
    upsert(
        session,
        table_of(Ehr),
        [
            {
                "practice_id": site.scope.practice_id,
                "id": site.ehr,
                "base_url": site.settings.base_url,
                "vendor": software,
                "code_map": code_map,
                "types": types,
            }
        ],
    )
