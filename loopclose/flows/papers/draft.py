"""Drafting both papers for one report, out of the visit's own resources."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

from sqlalchemy.orm import Session

from fhir_adapters.client import FhirClient
from loopclose.clock import Clock
from loopclose.domain.states import Transition
from loopclose.drafting.consult_note import consult_note
from loopclose.drafting.keeping import MEDIA_TYPE, UnreadablePaper, digest, pack, unpack
from loopclose.drafting.no_longer import with_what_left
from loopclose.drafting.paper import Paper
from loopclose.drafting.prescription_sheet import prescription_sheet
from loopclose.errors import UsageError
from loopclose.flows.papers.answered import answered
from loopclose.flows.papers.chart import DRAFT_TYPES, read_chart
from loopclose.flows.papers.gather import gather
from loopclose.flows.papers.holding import found_in, hold_drafted, with_notice
from loopclose.flows.papers.kept import paper_of
from loopclose.flows.papers.sheet import refuse_changed
from loopclose.flows.site import Site
from loopclose.store import decisions, draft_charts, drafts, edits, signatures
from loopclose.store.base import Scope
from loopclose.store.engine import Database
from loopclose.store.obligations import Document, Obligation

NEVER_DRAFTED = frozenset({"confirmed", "waived"})
FROZEN = "The report was signed here, so its papers stay as they are."
SIGNED = frozenset({"signed", "sent", "confirmed"})
"""States of a report whose papers are written out as they were kept."""


def signed_papers(db: Database, scope: Scope, obligation: str) -> dict[str, Paper]:
    """The papers of a signed report as they were kept; none where it is not signed, or was never drafted here.

    Raises ``DatabaseError`` where they are not what was signed.
    """
    with db.read() as session:
        owed = drafts.report(session, scope, obligation)
        signed = drafts.papers(session, scope, obligation, signed=True)
        documents = signed or drafts.papers(session, scope, obligation)
        refuse_changed(session, scope, obligation)
        if owed is None or owed.state not in SIGNED:
            return {}
        kept = {kind: paper_of(one) for kind, one in documents.items() if one.media_type == MEDIA_TYPE}
        return answered(session, scope, obligation, kept)


def draft(
    db: Database,
    clock: Clock,
    site: Site,
    client: FhirClient | None,
    obligation: str,
    actor: str,
    caution: str | None = None,
    may_write: Callable[[Session], None] = lambda session: None,
) -> dict[str, Paper]:
    """Write the consult note and the prescription sheet of a report, and note that it is drafted.

    What the EHR will not give, the papers say; what is worth another try is raised and changes nothing. Without a
    client it is made from what is kept here, and both papers bear the ``caution``. A report that was signed
    keeps its state, and a paper that somebody edited its words: what was drafted is kept beside it. What speaks against
    it in the chart puts it on hold; its papers are kept all the same, so that they can be read and reworded.

    Raises ``UsageError`` where there is no such report, and whatever ``may_write`` raises, which is asked in the
    transaction that writes.
    """
    with db.read() as session:
        owed = drafts.report(session, site.scope, obligation)
        patients = drafts.records(session, site.scope, owed) if owed is not None else []
        earlier = drafts.papers(session, site.scope, obligation)
    if owed is None or owed.visit is None:
        raise UsageError(f"There is no report {obligation}.")
    if owed.state in NEVER_DRAFTED:
        raise UsageError(f"The report is {owed.state}; reopen it first.")
    read = read_chart(db, clock, site, client, owed.patient, patients) if client is not None else None
    chart = chart_of(db, site, owed) if read is not None else None  # before it is looked at: what comes now, counts
    material = gather(db, site, client, owed, owed.visit, caution, read)
    made = (consult_note(material), prescription_sheet(material))
    papers = [_with_what_left(paper, earlier.get(paper.kind), material.held) for paper in made]
    with db.read() as session:
        found = found_in(session, site.scope, site.practice, owed, material, papers)
    bodies = {paper.kind: pack(paper) for paper in with_notice(papers, found)}
    with db.write() as session:
        may_write(session)
        decisions.obligation_held(session, site.scope, obligation)
        if signatures.is_signed_here(session, site.scope, obligation):  # while the chart was read, perhaps
            raise UsageError(FROZEN)
        before = {kind: one.sha256 for kind, one in drafts.papers(session, site.scope, obligation).items()}
        kept = keep_drafted(session, site.scope, obligation, bodies, clock())
        if chart is not None:
            draft_charts.note_chart(session, site.scope, obligation, chart, clock())
        if any(before.get(kind) != one.sha256 for kind, one in kept.items()):
            signatures.nothing_waits(session, site.scope, obligation)  # a resident signed other words
        now = drafts.report(session, site.scope, obligation)
        if now is not None and now.state == "owed":  # asked again: reading the chart took a while
            step = Transition("owed", "drafted", clock(), actor)
            drafts.note_drafted(session, site.scope, obligation, step, clock())
        if now is not None:
            hold_drafted(session, site.scope, now, found, clock())
    return {kind: paper_of(one) for kind, one in kept.items()}


def _with_what_left(paper: Paper, earlier: Document | None, held: frozenset[str]) -> Paper:
    """The paper, saying what a draft before it told and the chart no longer holds."""
    if earlier is None or earlier.media_type != MEDIA_TYPE or earlier.signed_by is not None:
        return paper
    try:
        return with_what_left(paper, unpack(earlier.body, earlier.sha256), held)
    except UnreadablePaper:
        return paper  # what was kept is damaged, which is told wherever it is opened; this draft takes its place


def keep_drafted(
    session: Session, scope: Scope, obligation: str, bodies: dict[str, bytes], now: datetime
) -> dict[str, Document]:
    """Keep what was drafted: in place of the draft before it, or beside that where somebody edited it."""
    before = drafts.papers(session, scope, obligation)
    edited = {
        kind: before[kind]
        for kind, body in bodies.items()
        if kind in before
        and before[kind].signed_by is None
        and edits.note_newer(session, scope, before[kind], digest(body), body, now) is not None
    }
    fresh = {kind: body for kind, body in bodies.items() if kind not in edited}
    return drafts.keep_papers(session, scope, obligation, MEDIA_TYPE, fresh) | edited


def chart_of(db: Database, site: Site, owed: Obligation) -> str:
    """The digest of the chart that a report is drafted by: of what the syncs read."""
    with db.read() as session:
        return draft_charts.charts_of(session, site.scope, site.ehr, [owed], DRAFT_TYPES)[owed.id]
