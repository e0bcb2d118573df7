"""Judging every person touched: charts out of the bytes kept, rules, and what changed written down."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence

from fhir_adapters.facts import Resource
from fhir_adapters.facts.reading import Unreadable, read
from loopclose.clock import Clock
from loopclose.domain.chart import Chart
from loopclose.domain.directory import Directory
from loopclose.domain.owing import judge
from loopclose.flows.site import Site
from loopclose.flows.sync.intake import Progress, silent
from loopclose.flows.sync.reconcile import Case, reconcile
from loopclose.flows.sync.standing import load_standing
from loopclose.store import records
from loopclose.store.base import chunks
from loopclose.store.engine import Database
from loopclose.store.persons import judged, records_of, stale_persons

AT_ONCE = 200
"""Persons judged and written in one transaction."""
FIELDS = {
    "Patient": "patients",
    "ServiceRequest": "service_requests",
    "Encounter": "encounters",
    "Appointment": "appointments",
    "Task": "tasks",
    "DocumentReference": "documents",
    "Communication": "communications",
    "Procedure": "procedures",
    "DiagnosticReport": "diagnostic_reports",
    "EpisodeOfCare": "episodes",
}


def judge_stale(db: Database, clock: Clock, site: Site, directory: Directory, progress: Progress = silent) -> None:
    """Judge everybody of whom something was read since last time; each batch is one transaction."""
    with db.read() as session:
        persons = stale_persons(session, site.scope, site.ehr)
    done = 0
    for batch in chunks(persons, AT_ONCE):
        judge_persons(db, clock, site, directory, batch)
        done += len(batch)
        progress("judging", done, len(persons))


def judge_persons(db: Database, clock: Clock, site: Site, directory: Directory, persons: Sequence[str]) -> None:
    """Judge those persons now and write what is owed by the present facts."""
    now = clock()
    with db.write() as session:
        of_person = records_of(session, site.scope, site.ehr, persons)
        owners = {patient: person for person, patients in of_person.items() for patient in patients}
        charts, kept_as, digests = _charts(records.read_patients(session, site.scope, site.ehr, sorted(owners)), owners)
        standing = load_standing(session, site, persons)
        cases = []
        for person in persons:
            chart = charts.get(person, Chart())
            stands = standing[person]
            judgement = judge(chart, site.rules, directory, stands.said, now)
            cases.append(Case(person, chart, judgement, stands, kept_as[person], digests))
        reconcile(session, site, directory, cases, now)
        judged(session, site.scope, site.ehr, sorted(owners))


def _charts(
    rows: Sequence[tuple[str, str, str, str, str | None, str | None, bytes]], owners: dict[str, str]
) -> tuple[dict[str, Chart], dict[str, dict[str, tuple[str, str | None]]], dict[str, str]]:
    """By person: the chart, and (disposition, reason) by resource; and every resource's digest."""
    facts: dict[str, dict[str, list[Resource]]] = defaultdict(lambda: defaultdict(list))
    quarantined: dict[str, set[str]] = defaultdict(set)
    kept_as: dict[str, dict[str, tuple[str, str | None]]] = defaultdict(dict)
    digests: dict[str, str] = {}
    for patient, kind, fhir_id, disposition, reason, sha256, raw in rows:
        person, key = owners[patient], f"{kind}/{fhir_id}"
        kept_as[person][key] = (disposition, reason)
        if sha256 is not None:
            digests[key] = sha256
        if kind not in FIELDS:
            continue
        fact = read(kind, raw)
        if isinstance(fact, Unreadable):
            quarantined[person].add(key)
        else:
            facts[person][FIELDS[kind]].append(fact)
    charts = {
        person: Chart(
            **{name: tuple(found) for name, found in facts[person].items()},  # type: ignore[arg-type]
            quarantined=frozenset(quarantined[person]),
        )
        for person in {*facts, *quarantined}
    }
    return charts, kept_as, digests
