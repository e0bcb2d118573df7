"""Between two syncs: whoever the EHR named is read and judged within a minute or so, and nobody else.

It is no sync: no mark moves, nothing is said to be read completely, and what nobody was told of waits for the next.
"""

from __future__ import annotations

from dataclasses import dataclass

from structlog.contextvars import bind_contextvars

from fhir_adapters.client import FhirClient
from fhir_adapters.errors import FhirError
from loopclose.clock import Clock
from loopclose.flows.judging.persons import judge_persons
from loopclose.flows.reading.beginning import look_at
from loopclose.flows.reading.intake import Intake
from loopclose.flows.reading.told import Told, read_told, settle
from loopclose.flows.site import Site
from loopclose.store.attempts import lease_of
from loopclose.store.engine import Database
from loopclose.store.leases import hold
from loopclose.store.persons import persons_of, touch_open, touched_persons


@dataclass(frozen=True)
class ToldResult:
    """How many events waited, how many patients were read and judged for them, and what went wrong."""

    waiting: int
    patients: int
    error: FhirError | None = None


def read_told_alone(db: Database, clock: Clock, site: Site, client: FhirClient) -> ToldResult:
    """Read and judge whoever is named by events that wait; safe to kill at any point and to run again.

    Raises ``TemporaryProblem`` when another process is reading this EHR, and ``FhirError`` where the EHR as a whole
    cannot be read: the events wait.
    """
    with hold(db, lease_of(site.scope, site.ehr)):
        bind_contextvars(run="events")
        intake = Intake(db, clock, site, client, frozenset())
        look_at(intake)
        intake.load_people()
        intake.people.trust_known()
        told = read_told(intake)
        intake.people.fetch_roles()
        _judge(intake, told)
        with db.write() as session:
            settle(session, intake, told)
        return ToldResult(len(told.waiting), len(told.read), min(intake.incomplete, default=None, key=str))


def _judge(intake: Intake, told: Told) -> None:
    """Judge whoever was read. Whoever else is touched may have been read in part, by a run that broke off."""
    site = intake.site
    with intake.db.write() as session:
        if intake.people_changed:  # what is open may hang on who was met: the next sync judges it
            touch_open(session, site.scope, site.ehr)
        read = {*persons_of(session, site.scope, site.ehr, told.read)}
        touched = touched_persons(session, site.scope, site.ehr, read_alone=True)
    judge_persons(
        intake.db, intake.clock, site, intake.directory(), [one for one in touched if one in read], intake.facts
    )
