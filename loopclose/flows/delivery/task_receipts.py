"""Receipts that the chart itself tells: a Task of the referrer's, read with the last sync, about a report that we sent.

Nothing is asked of the EHR for it. What Loopclose wrote is never a receipt.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta

from sqlalchemy.orm import Session

from fhir_adapters.facts import Task
from fhir_adapters.facts.own import Ours, is_ours
from fhir_adapters.facts.reading import read
from loopclose.domain.chart import Referrer
from loopclose.domain.delivering import RECEIVED, REPORT
from loopclose.domain.task_receipts import BECAUSE, Sent, received_at
from loopclose.flows.delivery.heard import EHR, Said, hear
from loopclose.flows.delivery.send import judge_report
from loopclose.flows.people import people_read
from loopclose.flows.site import Site, sites
from loopclose.flows.work import Work
from loopclose.outbound.channels.channel import Fate
from loopclose.store import deliveries, drafts, records, written
from loopclose.store.base import Scope
from loopclose.store.deliveries import DeliveryRow
from loopclose.store.obligations import Obligation

LOOKED_AT_FOR = timedelta(days=60)
"""How long after it was sent a letter's chart is looked at for it."""
BY = "loopclose"
"""Who hears it: a step by the EHR itself would rest on the chart's own evidence, and of our letters there is none."""


def hear_of_tasks(work: Work, scope: Scope) -> int:
    """Look for such Tasks of every report that was sent and not received; gives of how many there was one."""
    found: dict[str, Said] = {}
    for site in (one for one in sites(work.config) if one.scope == scope):
        with work.db.read() as session:
            found |= dict(_of_site(work, session, site))
    return sum(_take(work, scope, key, said) for key, said in found.items())


def _of_site(work: Work, session: Session, site: Site) -> Iterator[tuple[str, Said]]:
    scope, directory, seen = site.scope, None, set[str]()
    for key in written.beside_new_tasks(session, scope, site.ehr, work.clock() - LOOKED_AT_FOR):
        row = deliveries.delivery(session, scope, key)
        owed = session.get(Obligation, (scope.practice_id, row.obligation)) if row is not None else None
        tasks = _tasks(session, site, owed) if owed is not None else []
        if row is None or owed is None or not tasks:
            continue
        directory = directory or people_read(session, site).directory()  # once, and only where there is a task
        report = _sent(session, scope, row, owed)
        told = [(at, one.key) for one in tasks if (at := received_at(one, report, directory, site.practice))]
        if told and owed.id not in seen and not _is_known(session, scope, owed.id):
            at, task = min(told)
            seen.add(owed.id)
            yield key, Said(Fate("received", at, BECAUSE), EHR, BY, evidence=task)


def _tasks(session: Session, site: Site, owed: Obligation) -> list[Task]:
    """Tasks of the patient that are not ours, as they were read last."""
    rows = records.read_patients(
        session, site.scope, site.ehr, drafts.records(session, site.scope, owed), (Task.__name__,)
    )
    facts = (read(row[1], row[6]) for row in rows if row[3] != "quarantined")
    ours = Ours(written.written_by_us(session, site.scope, site.ehr)) if rows else Ours()
    return [one for one in facts if isinstance(one, Task) and one.owner is not None and not is_ours(one, ours)]


def _sent(session: Session, scope: Scope, row: DeliveryRow, owed: Obligation) -> Sent:
    same = deliveries.deliveries_of(session, scope, [owed.id]).get(owed.id, [])
    ours = [key for one in same if one.letter == row.letter for key in written.letter_keys(session, scope, one.id)]
    referrer = Referrer(**owed.referrer) if owed.referrer else Referrer(name="", how="person", guessed=True)
    return Sent(referrer, row.sent_at, frozenset(ours), owed.referral)


def _is_known(session: Session, scope: Scope, report: str) -> bool:
    """Whether a delivery of that report arrived already: of one that went twice, another task would say it again."""
    found = deliveries.deliveries_of(session, scope, [report]).get(report, ())
    return any(one.state == RECEIVED and one.purpose == REPORT for one in found)


def _take(work: Work, scope: Scope, key: str, said: Said) -> bool:
    news = hear(work, scope, key, said)
    with work.db.read() as session:
        row = deliveries.delivery(session, scope, key)
    if news and row is not None:
        judge_report(work, scope, row.obligation)
    return news
