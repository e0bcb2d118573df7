"""Judging every person touched: charts out of the bytes kept, rules, and what changed written down."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from functools import partial

from sqlalchemy.orm import Session

from loopclose.clock import Clock
from loopclose.domain.chart import Chart
from loopclose.domain.directory import Directory
from loopclose.domain.owing import assess
from loopclose.flows.judging.charts import Facts, charts_of
from loopclose.flows.judging.current_state import load_current_state
from loopclose.flows.judging.duties import take_duties
from loopclose.flows.judging.reconcile import reconcile, users_by_reference
from loopclose.flows.judging.writes import Reconciliation, Writes
from loopclose.flows.people import people_read
from loopclose.flows.site import Site
from loopclose.store.base import chunks
from loopclose.store.engine import Database
from loopclose.store.persons import judged, records_of

AT_ONCE = 400
"""Persons judged and written in one transaction: it is held for some tens of milliseconds."""


def judge_persons(
    db: Database, clock: Clock, site: Site, directory: Directory, persons: Sequence[str], known: Facts
) -> None:
    """Judge those persons now and write what is owed by the present facts, a few of them in one transaction.

    Chart, decisions and what stands are read in the transaction that writes, so nobody changes them in between.
    ``known``: facts that were decoded when they arrived.
    """
    for batch in chunks(persons, AT_ONCE):
        db.in_write(partial(_judge, site, directory, known, batch, clock()))


def judge_again(db: Database, clock: Clock, site: Site, persons: Sequence[str]) -> None:
    """Judge persons as chart and people's decisions stand now: no network, only what was read before."""
    with db.read() as session:
        people = people_read(session, site)
    judge_persons(db, clock, site, people.directory(), persons, Facts())


def _judge(
    site: Site, directory: Directory, known: Facts, persons: Sequence[str], now: datetime, session: Session
) -> None:
    """Judge them; where that sent a letter which asks or promises something, judge them once more with what it owes."""
    _judge_once(site, directory, known, persons, now, session)
    if more := take_duties(session, site, persons, now):
        _judge_once(site, directory, Facts(), more, now, session)


def _judge_once(
    site: Site, directory: Directory, known: Facts, persons: Sequence[str], now: datetime, session: Session
) -> None:
    records_by_person = records_of(session, site.scope, site.ehr, persons)
    states = load_current_state(session, site, persons, records_by_person)
    owners = {patient: person for person, found in records_by_person.items() for patient in found.patients}
    charts = charts_of(session, site, owners, known)
    users = users_by_reference(session, site, directory)
    writes, nothing = Writes(), Chart()
    for person in persons:
        chart, current = charts.by_person.get(person, nothing), states[person]
        judgement = assess(chart, site.rules, directory, current.decisions, now)
        reconcile(
            site,
            directory,
            users,
            Reconciliation(person, chart, judgement, current, charts.kept_as[person], charts.digests),
            writes,
            now,
        )
    writes.write(session)
    judged(session, site.scope, site.ehr, persons)
