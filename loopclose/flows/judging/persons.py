"""Judging every person touched: charts out of the bytes kept, rules, and what changed written down."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from datetime import datetime
from functools import partial

from msgspec.structs import replace
from sqlalchemy.orm import Session

from fhir_adapters.facts import Resource
from fhir_adapters.facts.reading import Unreadable, read
from loopclose.clock import Clock
from loopclose.domain.chart import Chart, Held
from loopclose.domain.directory import Directory
from loopclose.domain.owing import assess
from loopclose.flows.judging.current_state import load_current_state
from loopclose.flows.judging.held import held_of, with_others
from loopclose.flows.judging.reconcile import reconcile, users_by_reference
from loopclose.flows.judging.writes import Reconciliation, Writes
from loopclose.flows.people import people_read
from loopclose.flows.site import Site
from loopclose.store import records
from loopclose.store.base import chunks
from loopclose.store.engine import Database
from loopclose.store.persons import judged, records_of
from loopclose.store.unread import unread

FIELDS = {
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


AT_ONCE = 200
"""Persons judged and written in one transaction: it is held for some tens of milliseconds."""


def judge_persons(db: Database, clock: Clock, site: Site, directory: Directory, persons: Sequence[str]) -> None:
    """Judge those persons now and write what is owed by the present facts, a few of them in one transaction.

    Chart, decisions and what stands are read in the transaction that writes, so nobody changes them in between.
    """
    for batch in chunks(persons, AT_ONCE):
        db.in_write(partial(_judge, site, directory, batch, clock()))


def judge_again(db: Database, clock: Clock, site: Site, persons: Sequence[str]) -> None:
    """Judge persons as chart and people's decisions stand now: no network, only what was read before."""
    with db.read() as session:
        people = people_read(session, site)
    judge_persons(db, clock, site, people.directory(), persons)


def _judge(site: Site, directory: Directory, persons: Sequence[str], now: datetime, session: Session) -> None:
    records_by_person = records_of(session, site.scope, site.ehr, persons)
    states = load_current_state(session, site, persons)
    owners = {patient: person for person, patients in records_by_person.items() for patient in patients}
    rows = records.read_patients(session, site.scope, site.ehr, sorted(owners), FIELDS)
    charts, kept_as, digests = _charts(rows, owners, site)
    for one in unread(session, site.scope, site.ehr, sorted(owners)):
        chart = charts.get(owners[one.patient], Chart())
        charts[owners[one.patient]] = replace(chart, unread=one.reason, unread_since=one.since)
    charts = with_others(session, site.scope, site.ehr, charts)
    users = users_by_reference(session, site, directory)
    writes, nothing = Writes(), Chart()
    for person in persons:
        chart, current = charts.get(person, nothing), states[person]
        judgement = assess(chart, site.rules, directory, current.decisions, now)
        reconcile(
            site,
            directory,
            users,
            Reconciliation(person, chart, judgement, current, kept_as[person], digests),
            writes,
            now,
        )
    writes.write(session)
    judged(session, site.scope, site.ehr, persons)


def _charts(
    rows: Sequence[tuple[str, str, str, str, str | None, str | None, bytes]], owners: dict[str, str], site: Site
) -> tuple[dict[str, Chart], dict[str, dict[str, tuple[str, str | None]]], dict[str, str]]:
    """By person: the chart, and (disposition, reason) by resource; and every resource's digest."""
    facts: dict[str, dict[str, list[Resource]]] = defaultdict(lambda: defaultdict(list))
    held: dict[str, dict[str, Held]] = defaultdict(dict)
    kept_as: dict[str, dict[str, tuple[str, str | None]]] = defaultdict(dict)
    digests: dict[str, str] = {}
    for patient, kind, fhir_id, disposition, reason, sha256, raw in rows:
        person, key = owners[patient], f"{kind}/{fhir_id}"
        kept_as[person][key] = (disposition, reason)
        if sha256 is not None:
            digests[key] = sha256
        fact = None if disposition == "quarantined" else read(kind, raw)
        if fact is None or isinstance(fact, Unreadable):
            held[person][key] = held_of(raw, site.practice.zone)
        else:
            facts[person][FIELDS[kind]].append(fact)
    charts = {
        person: Chart(
            **{name: tuple(found) for name, found in facts[person].items()},  # type: ignore[arg-type]
            quarantined=frozenset(held[person]),
            held=held[person],
        )
        for person in {*facts, *held}
    }
    return charts, kept_as, digests
