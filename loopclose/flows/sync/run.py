"""One sync of one EHR, from its CapabilityStatement to what is owed."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from sqlalchemy.orm import Session

from fhir_adapters.capabilities import Capabilities
from fhir_adapters.client import Entry, FhirClient, Search
from fhir_adapters.errors import FhirError
from fhir_adapters.facts.elements import Meta
from fhir_adapters.facts.reading import TYPES
from fhir_adapters.worklist.encounters import encounters
from fhir_adapters.worklist.orders import orders
from loopclose.clock import Clock
from loopclose.flows.site import Site
from loopclose.flows.sync.arrivals import PATIENT_TYPES, PEOPLE
from loopclose.flows.sync.crew import Crew
from loopclose.flows.sync.intake import Intake, Progress, silent
from loopclose.flows.sync.patients import read_records
from loopclose.store import records, runs
from loopclose.store.base import natural_id, table_of
from loopclose.store.engine import Database
from loopclose.store.leases import hold
from loopclose.store.people import PracticeRow
from loopclose.store.persons import judge_again, judge_everybody, to_read
from loopclose.store.resources import Ehr, SyncRun
from loopclose.store.upsert import upsert

OVERLAP = timedelta(minutes=10)
"""How far the next read goes back behind the mark: servers index late."""
ORDERS_BEFORE, VISITS_BEFORE = timedelta(days=365), timedelta(days=30)
"""How long before go-live referrals and visits are read."""
LEASE_SECONDS = 600
AT_ONCE = 1000
"""Resources of the worklist kept in one transaction: each one writes the pages of many indexes anew."""


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

    ``crew`` judges beside the reading; without one everything is judged here, after it.

    Raises ``TemporaryProblem`` when another process is syncing this EHR. A failure of the EHR is not raised:
    the run is incomplete and says so, and no high-water mark moves.
    """
    with hold(db, f"sync:{site.scope.practice_id}:{site.ehr}", clock, LEASE_SECONDS):
        run_id = _begin(db, clock, site)
        intake = Intake(db, clock, site, client, frozenset())
        crew = crew or Crew(db, clock, site, hands=0)
        error: FhirError | None = None
        marks: dict[tuple[str, str], datetime] = {}
        try:
            marks = _read(intake, crew, progress)
        except FhirError as problem:
            error = problem
            crew.drop()
        else:
            crew.judge_touched(intake.people, progress)
        _finish(db, clock, site, run_id, intake, marks, error)
        return SyncResult(site.ehr, site.scope.practice_id, error is None, intake.tally.as_json(), error)


def _read(intake: Intake, crew: Crew, progress: Progress) -> dict[tuple[str, str], datetime]:
    """Everything over the network; gives the marks to move once all of it is judged."""
    capabilities = intake.client.capabilities()
    wanted = {*TYPES} & {*PATIENT_TYPES, *PEOPLE, "Patient"}
    intake.types = frozenset(wanted & set(capabilities.types))
    intake.by_patient = frozenset(kind for kind in intake.types if capabilities.finds_by(kind, "patient"))
    _note_ehr(intake, capabilities)
    intake.load_people()
    marks: dict[tuple[str, str], datetime] = {}
    intake.keeper = crew
    for source, search in _searches(intake, capabilities):
        done, waiting = 0, list[Entry]()
        for page in intake.client.search(search.type, search.params):
            waiting += page.entries
            if len(waiting) >= AT_ONCE:
                intake.take(waiting)
                waiting.clear()
            done += len(page.entries)
            progress(f"{source}: {search.type}", done, page.total)
            newest = _newest([entry.last_updated for entry in page.entries]) or page.server_time
            key = (search.type, source)
            marks[key] = max(marks.get(key, newest), newest)
        intake.take(waiting)
    crew.settle()
    intake.keeper = None  # from here on the crew has persons to judge
    with intake.db.read() as session:
        scope, ehr = intake.site.scope, intake.site.ehr
        patients = sorted(intake.touched | to_read(session, scope, ehr))
    read_records(intake, patients, progress, lambda batch: crew.judge_ahead(intake.people, batch))
    return marks


def _searches(intake: Intake, capabilities: Capabilities) -> Iterator[tuple[str, Search]]:
    site = intake.site
    live_from = site.practice.live_from
    for source in site.settings.sources:
        kind = "ServiceRequest" if source == "orders" else "Encounter"
        with intake.db.read() as session:
            mark = runs.watermark(session, site.scope, site.ehr, kind, source)
        since = (mark - OVERLAP).isoformat().replace("+00:00", "Z") if mark else None
        if source == "orders":
            start = live_from - ORDERS_BEFORE if live_from else None
            found = orders(capabilities, start, since)
        else:
            start = live_from - VISITS_BEFORE if live_from else None
            found = encounters(capabilities, start, since, sorted(site.practice.clinicians))
        for search in found:
            yield source, search


def _newest(written: list[str | None]) -> datetime | None:
    """The greatest ``meta.lastUpdated`` of a page: the server's own clock."""
    greatest: dict[tuple[int, str], str] = {}  # texts of one form and offset compare as the times they mean
    for text in written:
        if text:
            form = len(text), text[-6:] if text[-1] != "Z" else "Z"
            greatest[form] = max(greatest.get(form, ""), text)
    told = (Meta(last_updated=text).updated for text in greatest.values())
    return max((when.start(UTC) for when in told if when is not None), default=None)


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
    intake: Intake,
    marks: dict[tuple[str, str], datetime],
    error: FhirError | None,
) -> None:
    with db.write() as session:
        for (kind, source), value in sorted(marks.items()):
            runs.move_watermark(session, site.scope, site.ehr, kind, source, value)
        run = session.get_one(SyncRun, (site.scope.practice_id, run_id))
        run.finished_at = clock()
        run.complete = error is None
        run.counts = intake.tally.as_json()
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
