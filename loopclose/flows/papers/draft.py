"""Drafting both papers for one report, out of the visit's own resources."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import date, datetime

from sqlalchemy.orm import Session

from fhir_adapters.client import FhirClient
from loopclose.clock import Clock
from loopclose.domain.holds import Ground
from loopclose.domain.letter_kinds import CONSULT, Choice, kind_of
from loopclose.domain.states import Transition
from loopclose.drafting.keeping import MEDIA_TYPE, UnreadablePaper, digest, pack, unpack
from loopclose.drafting.material import Material
from loopclose.drafting.no_longer import with_what_left
from loopclose.drafting.other_letters import facts_of, letter_about
from loopclose.drafting.paper import Paper
from loopclose.drafting.prescription_sheet import prescription_sheet
from loopclose.errors import UsageError
from loopclose.flows.papers.answered import answered
from loopclose.flows.papers.chart import DRAFT_TYPES, read_chart
from loopclose.flows.papers.gather import gather
from loopclose.flows.papers.holding import found_in, hold_drafted, with_notice
from loopclose.flows.papers.kept import paper_of
from loopclose.flows.papers.sheet import refuse_changed
from loopclose.flows.signing_clock import begin_clock
from loopclose.flows.site import Site
from loopclose.store import decisions, draft_charts, drafts, edits, letter_choices, signatures
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
        signed = signed_whole(session, scope, obligation)
        documents = signed or drafts.papers(session, scope, obligation)
        refuse_changed(session, scope, obligation)
        if owed is None or owed.state not in SIGNED:
            return {}
        kept = {kind: paper_of(one) for kind, one in documents.items() if one.media_type == MEDIA_TYPE}
        return answered(session, scope, obligation, kept)


def signed_whole(session: Session, scope: Scope, obligation: str) -> dict[str, Document]:
    """The papers of a report that were signed; none where that was an interim report, which is not the report."""
    signed = drafts.papers(session, scope, obligation, signed=True)
    letter = signed.get(CONSULT)
    kind = paper_of(letter).letter_kind if letter is not None and letter.media_type == MEDIA_TYPE else None
    return signed if kind is None or kind.closes else {}


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
        earlier = drafts.papers(session, site.scope, obligation)
    if owed is None or owed.visit is None:
        raise UsageError(f"There is no report {obligation}.")
    if owed.state in NEVER_DRAFTED:
        raise UsageError(f"The report is {owed.state}; reopen it first.")
    made = make(db, clock, site, client, owed, caution)
    found, chart = made.found, made.chart
    papers = [_with_what_left(paper, earlier.get(paper.kind), made.material.held) for paper in made.papers]
    bodies = {paper.kind: pack(paper) for paper in papers}
    with db.write() as session:
        may_write(session)
        decisions.obligation_held(session, site.scope, obligation)
        if signatures.is_signed_here(session, site.scope, obligation):  # while the chart was read, perhaps
            raise UsageError(FROZEN)
        letter_choices.note_rule(session, site.scope, obligation, made.choice.because, made.choice.interim)
        before = {kind: one.sha256 for kind, one in drafts.papers(session, site.scope, obligation).items()}
        kept = keep_drafted(session, site.scope, obligation, bodies, clock(), made.read_at)
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
            begin_clock(session, site.scope, site.practice, now, clock())
    return {kind: paper_of(one) for kind, one in kept.items()}


@dataclass(frozen=True)
class Drafted:
    """Both papers as they were made from the chart, and nothing kept yet."""

    material: Material
    choice: Choice
    """Which letter it is."""
    papers: tuple[Paper, ...]
    found: tuple[Ground, ...]
    """What puts them on hold."""
    chart: str | None
    """Of what the syncs had read; None where it was made from what is kept."""
    read_at: datetime
    """When the chart had been read."""


def make(
    db: Database,
    clock: Clock,
    site: Site,
    client: FhirClient | None,
    owed: Obligation,
    caution: str | None = None,
    kind: str | None = None,
) -> Drafted:
    """Both papers of a report, out of the chart as it is now; nothing of it is kept. ``kind``: of a letter that is
    corrected, which stays what it was.
    """
    with db.read() as session:
        patients = drafts.records(session, site.scope, owed)
        chosen = letter_choices.choice_of(session, site.scope, owed.id)
    read = read_chart(db, clock, site, client, owed.patient, patients) if client is not None else None
    chart = chart_of(db, site, owed) if read is not None else None  # before it is looked at: what comes now, counts
    read_at = clock()
    material = gather(db, site, client, owed, owed.visit or "", caution, read)
    material = replace(material, due=_still_due(site, owed, read_at))
    choice = kind_of(facts_of(material), kind or (chosen.kind if chosen is not None else None))
    papers = (letter_about(material, choice.kind), prescription_sheet(material))
    with db.read() as session:
        found = found_in(session, site.scope, site.practice, owed, material, papers)
    return Drafted(material, choice, with_notice(papers, found), found, chart, read_at)


def _with_what_left(paper: Paper, earlier: Document | None, held: frozenset[str]) -> Paper:
    """The paper, saying what a draft before it told and the chart no longer holds."""
    if earlier is None or earlier.media_type != MEDIA_TYPE or earlier.signed_by is not None:
        return paper
    try:
        return with_what_left(paper, unpack(earlier.body, earlier.sha256), held)
    except UnreadablePaper:
        return paper  # what was kept is damaged, which is told wherever it is opened; this draft takes its place


def keep_drafted(
    session: Session, scope: Scope, obligation: str, bodies: dict[str, bytes], now: datetime, read_at: datetime
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
    return drafts.keep_papers(session, scope, obligation, MEDIA_TYPE, fresh, read_at) | edited


def _still_due(site: Site, owed: Obligation, now: datetime) -> date | None:
    """The day by which a report is owed, as the practice has it; None once that is over."""
    return owed.due_at.astimezone(site.practice.zone).date() if owed.due_at > now else None


def chart_of(db: Database, site: Site, owed: Obligation) -> str:
    """The digest of the chart that a report is drafted by: of what the syncs read."""
    with db.read() as session:
        return draft_charts.charts_of(session, site.scope, site.ehr, [owed], DRAFT_TYPES)[owed.id]
