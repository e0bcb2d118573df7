"""Reading what an EHR told: the patients that its events name are read anew, before anything else is asked for.

An event says no more than whom to read, so neither order nor repetition matters. It is taken once its patient was read
and judged; until then it waits, whatever happens in between.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from sqlalchemy.orm import Session

from fhir_adapters.by_id import by_ids, is_absent
from fhir_adapters.errors import BudgetSpent, Failed, FhirError, Gone, NoToken, OneRequest
from fhir_adapters.pace import because
from loopclose.flows.arrivals import PATIENT_TYPES, PEOPLE
from loopclose.flows.reading.following import KEPT_FOR_PRESSING, LONGEST, SOME, Stop
from loopclose.flows.reading.intake import Intake
from loopclose.flows.reading.missing import look_for_missing
from loopclose.flows.reading.patients import mark_read, read_records
from loopclose.flows.reading.ways import known, relied_on
from loopclose.store import events, followed
from loopclose.store import intake as kept
from loopclose.store.persons import still_touched

MOST = 1000
"""Events that one run looks at; the next goes on."""
AGAIN = timedelta(hours=1)
"""How long an event rests whose patient could not be read."""
LET_GO = timedelta(days=1)
"""How long something is looked for that the EHR told of and does not show (404), of a patient whom nobody knows."""
KEPT_FOR = timedelta(days=30)
"""How long an event is remembered that was taken: athenahealth sends again what failed for seven days."""
DOOR = ("ServiceRequest", "Encounter")
"""What shows whether a patient is followed: a referral to us, or a visit with us."""


@dataclass
class Told:
    """What was told and waits, and what of it this run has read."""

    waiting: Sequence[events.EventRow] = ()
    whose: dict[str, str] = field(default_factory=dict)
    """By id of an event: ``Patient/id``."""
    done: set[str] = field(default_factory=set)
    """Ids of events that lead to no patient of ours, for good."""
    read: set[str] = field(default_factory=set)
    """Patients of whom everything was read; of somebody who is none of ours, what shows it."""


@dataclass(frozen=True)
class Looked:
    """That a run looked for whatever changed until it began, and whether it saw all of it."""

    since: datetime
    whole: bool


def read_told(intake: Intake) -> Told:
    """Read whoever is named by events that wait.

    What the EHR will not give leaves its events waiting, and the run incomplete where it concerns more than one
    patient. Raises ``NoToken`` and ``BudgetSpent``, with which nothing else can be read either.
    """
    site = intake.site
    with intake.db.read() as session:
        told = Told(events.untaken(session, site.scope, site.ehr, intake.clock() - AGAIN, MOST))
    if not told.waiting:
        return told
    ways = known(intake)
    together = ways.together if relied_on(ways, intake.clock()) else 1
    try:
        with because("events"):
            _find_patients(intake, told)
            _read_patients(intake, told, together)
    except (NoToken, BudgetSpent):
        raise
    except FhirError as problem:  # what is asked for next may well be answered, and says by itself where it is not
        intake.incomplete.append(Failed(f"What the EHR told of could not be read. {problem}"))
    return told


def settle(session: Session, intake: Intake, told: Told, looked: Looked | None = None) -> None:
    """Take the events whose patients were read and judged; the others were tried, and wait.

    ``looked``: for a run that has looked for whatever changed, named or not.
    """
    of = session, intake.site.scope, intake.site.ehr
    judged = told.read - still_touched(*of, told.read)
    taken = told.done | {one for one, patient in told.whose.items() if patient in judged}
    events.take(*of, taken, intake.clock())
    events.note_tried(*of, {one.event_id for one in told.waiting} - taken, intake.clock())
    if looked is not None:
        events.settle_unnamed(*of, looked.since, intake.clock(), taken=looked.whole)
    events.forget(*of, intake.clock() - KEPT_FOR)


def _find_patients(intake: Intake, told: Told) -> None:
    """Whose each event is: as the EHR told, else by reading what it happened to."""
    by_id: dict[str, dict[str, list[events.EventRow]]] = {}
    for one in told.waiting:
        if one.type is not None and one.type not in (*PATIENT_TYPES, *PEOPLE, "Patient"):
            told.done.add(one.event_id)  # a draft reads it when it is made
            continue
        patient = f"Patient/{one.fhir_id}" if one.type == "Patient" else one.patient
        if patient is not None:
            told.whose[one.event_id] = patient
        if one.type in intake.types - {"Patient"} and (patient is None or one.type not in intake.by_patient):
            by_id.setdefault(str(one.type), {}).setdefault(str(one.fhir_id), []).append(one)
        elif patient is None:
            told.done.add(one.event_id)  # of a type that the EHR does not give
    for kind, rows in by_id.items():
        _read_by_id(intake, told, kind, rows)


def _read_by_id(intake: Intake, told: Told, kind: str, rows: dict[str, list[events.EventRow]]) -> None:
    """Read what the events happened to. What is gone is looked after with its patient, if one is known."""
    site = intake.site
    with intake.db.read() as session:
        before = kept.known(session, site.scope, site.ehr, kind, rows)
    found = by_ids(intake.client, kind, sorted(rows))
    asked_as = {new: old for old, new in found.survivors.items()}
    for arrival in intake.take(found.entries):
        for one in rows.get(asked_as.get(arrival.id, arrival.id), ()):
            if arrival.patient is not None:
                told.whose[one.event_id] = arrival.patient
            elif one.event_id not in told.whose:
                told.done.add(one.event_id)  # of nobody, or it stands in quarantine
    for fhir_id, problem in found.problems.items():
        owner = before[fhir_id].patient if fhir_id in before else None
        for one in rows[fhir_id]:
            if owner is not None:
                told.whose.setdefault(one.event_id, owner)
            elif one.event_id not in told.whose and _is_over(intake, one, problem):
                told.done.add(one.event_id)


def _is_over(intake: Intake, one: events.EventRow, problem: OneRequest) -> bool:
    """Whether nothing is to be expected any more of something that no patient is known of."""
    if not is_absent(problem):
        return False
    if isinstance(problem, Gone):
        return True
    old = intake.clock() - one.received_at >= LET_GO
    if old:
        intake.client.warn(f"The EHR told of a {one.type} that it did not show for a day (404).")
    return old


def _read_patients(intake: Intake, told: Told, together: int) -> None:
    """Read them, those first whose events came first; who is not known is read whole where a referral to us, or a
    visit with us, shows. What a day's requests, or ten minutes, do not suffice for is left to the next run.
    """
    site, stop = intake.site, Stop(intake, intake.clock() + LONGEST, KEPT_FOR_PRESSING)
    waiting = list(dict.fromkeys(told.whose[one.event_id] for one in told.waiting if one.event_id in told.whose))
    with intake.db.read() as session:
        before = followed.read_before(session, site.scope, site.ehr, waiting)
    done = 0
    while waiting:
        most = min(SOME, stop.how_many(done))
        if not most:
            return
        batch, waiting = waiting[:most], waiting[most:]
        strangers = [one for one in batch if one not in before and one not in intake.followed]
        shown = {*read_records(intake, strangers, DOOR, together)}
        told.read |= shown - intake.followed
        _read_whole(intake, told, [one for one in batch if one not in strangers or one in intake.followed], together)
        done += len(batch)


def _read_whole(intake: Intake, told: Told, patients: Iterable[str], together: int) -> None:
    """Read those patients, and whomever they lead to, each once."""
    next_ones, met = [*patients], {*patients} | intake.followed
    while next_ones:
        intake.followed.update(next_ones)
        whole = read_records(intake, next_ones, None, together)
        read = {*whole} - look_for_missing(intake, whole)
        mark_read(intake, read)
        told.read |= read
        intake.changed -= read
        next_ones = sorted(intake.followed - met)
        met |= intake.followed
