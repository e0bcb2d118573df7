"""Judging every person touched: charts out of the bytes kept, rules, and what changed written down."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy.orm import Session

from fhir_adapters.facts import Resource
from fhir_adapters.facts.reading import Unreadable, read
from loopclose.clock import Clock
from loopclose.domain.chart import Chart
from loopclose.domain.directory import Directory
from loopclose.domain.owing import judge
from loopclose.flows.site import Site
from loopclose.flows.sync.reconcile import reconcile, users_by_reference
from loopclose.flows.sync.standing import Standing, load_standing
from loopclose.flows.sync.writes import Case, Writes
from loopclose.store import records
from loopclose.store.engine import Database
from loopclose.store.persons import Judged, judged, records_of

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


def judge_persons(db: Database, clock: Clock, site: Site, directory: Directory, persons: Sequence[str]) -> None:
    """Judge those persons now and write what is owed by the present facts, in one short transaction.

    The rules run before it. Whoever was touched or decided about in between is judged once more.
    """
    waiting = [list(persons)]
    while waiting:
        waiting += _attempt(db, clock(), site, directory, waiting.pop())


class _Meanwhile(Exception):
    """Somebody changed between the reading and the writing: nothing is written."""


def _attempt(db: Database, now: datetime, site: Site, directory: Directory, persons: list[str]) -> list[list[str]]:
    """Judge and write everybody; where somebody changed before it, nothing is written and two lots are given back."""
    with db.read() as session:
        seen = _see(session, site, persons)
        write_all = _judge_all(session, site, directory, persons, seen, now).ready(db.dialect)
    marks = [one.touched for keys in seen.records.values() for one in keys.values()]

    def write(session: Session) -> None:
        if not seen.never_judged and seen.differing(_see(session, site, persons, lock=True), persons):
            raise _Meanwhile
        if seen.never_judged and seen.new != load_standing(session, site, ())[1]:
            raise _Meanwhile
        # the marks tell of those who never were judged: of nobody else does anything stand that could change
        count = judged(session, site.scope, site.ehr, persons, {mark for mark in marks if mark is not None})
        if seen.never_judged and count != len(marks):
            raise _Meanwhile
        write_all(session)

    try:
        db.in_write(write)
    except _Meanwhile:
        with db.read() as session:
            changed = {*seen.differing(_see(session, site, persons), persons)}
        lots = [[one for one in persons if one not in changed], [one for one in persons if one in changed]]
        return [lot for lot in lots if lot]
    return []


@dataclass(frozen=True)
class _Seen:
    """What a judgement of some persons rests on."""

    records: dict[str, dict[str, Judged]]
    """By person: patient records and their marks, another one each time something of them is read."""
    standing: dict[str, Standing]
    """Of whoever was judged before."""
    new: Standing
    """Of everybody else: nothing but what people say of requesters."""

    @property
    def never_judged(self) -> bool:
        """Whether nobody of them was judged before, and all of their records have marks that tell of a change."""
        return not any(one.ever or one.touched is None for keys in self.records.values() for one in keys.values())

    def differing(self, later: _Seen, persons: Sequence[str]) -> list[str]:
        """Whose records, or whose standing, changed since."""
        others = self.new != later.new
        return [
            person
            for person in persons
            if self.records.get(person) != later.records.get(person)
            or (self.standing[person] != later.standing.get(person) if person in self.standing else others)
        ]


def _see(session: Session, site: Site, persons: Sequence[str], *, lock: bool = False) -> _Seen:
    found = records_of(session, site.scope, site.ehr, persons, lock=lock)
    known = [person for person, keys in found.items() if any(one.ever for one in keys.values())]
    return _Seen(found, *load_standing(session, site, known, lock=lock))


def _judge_all(
    session: Session, site: Site, directory: Directory, persons: Sequence[str], seen: _Seen, now: datetime
) -> Writes:
    """Everything that is to be written."""
    owners = {patient: person for person, patients in seen.records.items() for patient in patients}
    rows = records.read_patients(session, site.scope, site.ehr, sorted(owners), FIELDS)
    charts, kept_as, digests = _charts(rows, owners, site.settings.base_url)
    users = users_by_reference(session, site, directory)
    writes, nothing = Writes(), Chart()
    for person in persons:
        chart, stands = charts.get(person, nothing), seen.standing.get(person, seen.new)
        judgement = judge(chart, site.rules, directory, stands.said, now)
        reconcile(site, directory, users, Case(person, chart, judgement, stands, kept_as[person], digests), writes, now)
    return writes


def _charts(
    rows: Sequence[tuple[str, str, str, str, str | None, str | None, bytes]], owners: dict[str, str], base_url: str
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
        fact = read(kind, raw, base_url)
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
