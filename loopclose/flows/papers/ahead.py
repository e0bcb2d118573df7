"""Drafts that are made by themselves: asked for after a sync, a few at a time, and only where the chart changed.

A report is drafted once its visit is over and a note of the visit is final, or a day after the visit whatever stands in
the chart. Until somebody edits it, it is drafted anew whenever what the syncs read of its patient changed; after that,
what is drafted anew is kept beside it, to be compared.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta

from sqlalchemy.orm import Session

from fhir_adapters.facts import DocumentReference
from fhir_adapters.facts.reading import read
from fhir_adapters.facts.references import local_key
from loopclose.domain.correcting import AT_MOST, is_to_look
from loopclose.domain.states import BY_LOOPCLOSE
from loopclose.flows.papers.chart import DRAFT_TYPES
from loopclose.flows.papers.looking import LOOKED_AT
from loopclose.flows.site import Site
from loopclose.flows.work import Work
from loopclose.store import draft_charts, drafts, jobs, records, signatures
from loopclose.store.base import Scope, chunks
from loopclose.store.jobs import DRAFT, LOOK
from loopclose.store.obligations import Obligation

MOST_AT_ONCE = 20
"""Drafts asked for after one sync; the rest follow after the next."""
WITHOUT_NOTE, AFTER_FAILURE = timedelta(days=1), timedelta(hours=6)
"""How long after a visit a draft waits for a note, and after which one that failed is tried again."""
FINAL_OR_UNSAID = frozenset({"final", "amended", None})
TOGETHER = 50


def draft_ahead(work: Work, site: Site) -> int:
    """Ask for the drafts of a site that are to be made now; gives how many were asked for."""
    scope, now = site.scope, work.clock()
    if not work.config.practice[scope.practice_id].draft_ahead:
        return 0
    with work.db.read() as session:
        wanted = _wanted(session, site, now)
    return _ask(work, scope, DRAFT, wanted, now)


def look_ahead(work: Work, site: Site) -> int:
    """Ask for the charts behind signed letters to be looked at again, as they are due; gives how many were asked for.

    Whether drafts are made by themselves does not matter: nobody else would notice.
    """
    scope, now = site.scope, work.clock()
    with work.db.read() as session:
        wanted = _to_look(session, site, now)
    return _ask(work, scope, LOOK, wanted, now)


def _ask(work: Work, scope: Scope, kind: str, reports: Iterable[str], now: datetime) -> int:
    """Ask for a job on each report, in a transaction of its own; gives how many were not asked for before."""
    asked = 0
    for obligation in reports:
        with work.db.write() as session:
            asked += jobs.ask(session, scope, kind, obligation, BY_LOOPCLOSE, now)
    return asked


def _to_look(session: Session, site: Site, now: datetime) -> list[str]:
    """Reports whose chart is to be looked at now, the longest not looked at first."""
    scope = site.scope
    signed = signatures.signed_since(session, scope, site.ehr, now - AT_MOST, LOOKED_AT)
    signed = [one for one in signed if not _is_at_it(session, scope, LOOK, one[0].id, now)]
    found: list[tuple[datetime, str]] = []
    for some in chunks(signed, TOGETHER):
        charts = draft_charts.charts_of(session, scope, site.ehr, [owed for owed, _ in some], DRAFT_TYPES)
        before = draft_charts.looked_at(session, scope, list(charts))
        for owed, signed_at in some:
            chart, at = before.get(owed.id, (None, None))
            if is_to_look(signed_at, at, now, changed=chart != charts[owed.id]):
                found.append((at or signed_at, owed.id))
    return [obligation for _, obligation in sorted(found)[:MOST_AT_ONCE]]


def _wanted(session: Session, site: Site, now: datetime) -> list[str]:
    """Reports to be drafted now, the first due first."""
    scope, found = site.scope, list[str]()
    for some in chunks(draft_charts.open_reports(session, scope, site.ehr, now), TOGETHER):
        charts = draft_charts.charts_of(session, scope, site.ehr, [owed for owed, _ in some], DRAFT_TYPES)
        before = draft_charts.drafted_charts(session, scope, list(charts))
        for owed, ended in some:
            if before.get(owed.id) == charts[owed.id] or not _may_be(session, scope, owed, now):
                continue
            if now - ended >= WITHOUT_NOTE or _has_final_note(session, scope, owed):
                found.append(owed.id)
            if len(found) == MOST_AT_ONCE:
                return found
    return found


def _may_be(session: Session, scope: Scope, owed: Obligation, now: datetime) -> bool:
    """Whether nobody is at it, it did not fail just now, and nobody signed it here."""
    return not (_is_at_it(session, scope, DRAFT, owed.id, now) or signatures.is_signed_here(session, scope, owed.id))


def _is_at_it(session: Session, scope: Scope, kind: str, obligation: str, now: datetime) -> bool:
    """Whether somebody is at it, or it failed just now."""
    job = jobs.newest(session, scope, kind, obligation)
    failed = job is not None and job.state == "failed" and now - (job.ended_at or job.asked_at) < AFTER_FAILURE
    return failed or (job is not None and job.is_open)


def _has_final_note(session: Session, scope: Scope, owed: Obligation) -> bool:
    """Whether a note that names the visit is final; where the EHR never says so, whether there is one."""
    patients = drafts.records(session, scope, owed)
    rows = records.read_patients(session, scope, owed.ehr, patients, ("DocumentReference",))
    return any(_is_final(read("DocumentReference", row[6]), owed.visit) for row in rows if row[3] != "quarantined")


def _is_final(note: object, visit: str | None) -> bool:
    if not isinstance(note, DocumentReference) or note.status != "current" or note.context is None:
        return False
    return visit in map(local_key, note.context.encounter) and note.doc_status in FINAL_OR_UNSAID
