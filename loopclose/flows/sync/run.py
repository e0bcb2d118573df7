"""One sync of one EHR, from its CapabilityStatement to what is owed."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy.orm import Session

from fhir_adapters.capabilities import Capabilities
from fhir_adapters.client import FhirClient
from fhir_adapters.errors import FhirError
from fhir_adapters.facts.reading import TYPES
from loopclose.clock import Clock
from loopclose.flows.site import Site
from loopclose.flows.sync.arrivals import PATIENT_TYPES, PEOPLE
from loopclose.flows.sync.crew import Crew
from loopclose.flows.sync.intake import Intake
from loopclose.flows.sync.progress import Progress, silent
from loopclose.flows.sync.stages import Stages
from loopclose.flows.sync.worklist import searches
from loopclose.store import records, runs
from loopclose.store.base import natural_id, table_of
from loopclose.store.engine import Database
from loopclose.store.leases import hold
from loopclose.store.people import PracticeRow
from loopclose.store.persons import judge_again, judge_everybody, to_read
from loopclose.store.resources import Ehr, SyncRun
from loopclose.store.upsert import upsert

LEASE_SECONDS = 1200


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


def sync(
    db: Database, clock: Clock, site: Site, client: FhirClient, progress: Progress = silent, crew: Crew | None = None
) -> SyncResult:
    """Read the EHR and bring what is owed up to date; safe to kill at any point and to run again.

    ``crew`` shares the work among processes; without one everything is done here.

    Raises ``TemporaryProblem`` when another process is syncing this EHR. A failure of the EHR is not raised:
    the run is incomplete and says so, and no high-water mark moves.
    """
    with hold(db, f"sync:{site.scope.practice_id}:{site.ehr}", clock, LEASE_SECONDS) as renew:

        def heard(stage: str, done: int, total: int | None) -> None:
            renew()
            progress(stage, done, total)

        run_id = _begin(db, clock, site)
        stages = Stages(Intake(db, clock, site, client, frozenset()), crew or Crew(db, site), heard)
        error: FhirError | None = None
        marks: Mapping[tuple[str, str], datetime] = {}
        try:
            marks = _read(stages)
        except FhirError as problem:
            error = problem
        else:
            stages.judge()
        counts = stages.tally.as_json()
        _finish(db, clock, site, run_id, counts, marks, error)
        return SyncResult(site.ehr, site.scope.practice_id, error is None, counts, error)


def _read(stages: Stages) -> Mapping[tuple[str, str], datetime]:
    """Everything over the network; gives the marks to move once all of it is judged."""
    intake = stages.intake
    db, scope, ehr = intake.db, intake.site.scope, intake.site.ehr
    capabilities = intake.client.capabilities()
    wanted = {*TYPES} & {*PATIENT_TYPES, *PEOPLE, "Patient"}
    intake.types = frozenset(wanted & set(capabilities.types))
    intake.by_patient = frozenset(kind for kind in intake.types if capabilities.finds_by(kind, "patient"))
    _note_ehr(intake, capabilities)
    with db.read() as session:
        intake.new = intake.types if records.nothing_kept(session, scope, ehr) else frozenset()
    intake.load_people()
    marks = stages.read_worklist(searches(db, intake.site, capabilities))
    with db.read() as session:
        open_or_touched = to_read(session, scope, ehr)
    stages.read_patients(open_or_touched)
    return marks


def _note_ehr(intake: Intake, capabilities: Capabilities) -> None:
    """Write down the EHR; where the code map has changed since, everybody is judged again."""
    site, scope = intake.site, intake.site.scope
    version = site.rules.code_map.version
    with intake.db.write() as session:
        before = runs.ehr_row(session, scope, site.ehr)
        if before is not None and before.code_map not in (None, version):
            judge_everybody(session, scope, site.ehr)
        _write_ehr(session, site, sorted(intake.types), capabilities.software, version)
        judge_again(session, scope, site.ehr, records.waiting_to_happen(session, scope, site.ehr))


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
