"""A draft put on hold: what speaks against it in the chart, kept in the transaction that keeps the papers."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime

from msgspec import structs
from sqlalchemy.orm import Session

from loopclose.domain.holds import GROUNDS, NOTICE, PART2, PRACTICE, Ground, Quoted, grounds, standing, unknown
from loopclose.domain.practice import Practice
from loopclose.domain.roles import COORDINATOR, LEAD
from loopclose.domain.states import BY_LOOPCLOSE, HELD, Transition
from loopclose.drafting.material import Material
from loopclose.drafting.paper import Paper, Source
from loopclose.store import decisions, holds, signatures
from loopclose.store.base import Scope
from loopclose.store.loop import VisitRow
from loopclose.store.obligations import Obligation

HOLDABLE = frozenset({"owed", "drafted", "signed"})
"""States of a report that a ground puts on hold; what was sent shows it, and stays sent."""


def found_in(
    session: Session, scope: Scope, practice: Practice, owed: Obligation, material: Material, papers: Sequence[Paper]
) -> tuple[Ground, ...]:
    """What holds the papers of a report: by what they quote, what is of the visit, who saw the patient, and a death."""
    return grounds(
        _quoted(material, papers, owed),
        practice.hold_codes,
        _part2(session, scope, practice, owed),
        owed.patient if _has_died(material) else None,
    )


def with_notice(papers: Iterable[Paper], found: Iterable[Ground]) -> tuple[Paper, ...]:
    """The papers, with the notice of 42 CFR 2.32 where something of Part 2 is in them."""
    if not any(one.code == PART2 for one in found):
        return tuple(papers)
    return tuple(structs.replace(paper, notice=NOTICE) for paper in papers)


def hold_drafted(session: Session, scope: Scope, owed: Obligation, found: Sequence[Ground], at: datetime) -> None:
    """Keep what is new of the grounds, and put the report on hold while any of them stands. Its caller holds it."""
    recipient = holds.recipient_of(owed)
    kept = [row.kept for row in holds.holds_of(session, scope, owed.id)]
    holds.add_holds(session, scope, owed.id, unknown(found, kept, recipient), BY_LOOPCLOSE, at)
    still = standing([row.kept for row in holds.holds_of(session, scope, owed.id)], recipient)
    if not still or owed.state not in HOLDABLE:
        return
    first = min(still, key=lambda one: list(GROUNDS).index(one.code))
    source = first.source if first.source != PRACTICE else None
    step = Transition(owed.state, HELD, at, BY_LOOPCLOSE, source or None, first.code, GROUNDS[first.code])
    decisions.add_step(session, scope, owed.id, step, at)
    owed.state = HELD
    if owed.owner == COORDINATOR:  # who cannot release it
        owed.owner = LEAD


def _quoted(material: Material, papers: Sequence[Paper], owed: Obligation) -> list[Quoted]:
    cited = {source.resource for paper in papers for source in _sources(paper)}
    here = {owed.patient, owed.visit or "", owed.referral or "", *material.of_visit, *material.unsafe}
    kinds = {one.key: one.code.tokens if one.code else () for one in (*material.chart.values(), *material.conditions)}
    for note in (*material.documents, *material.earlier):
        kinds[note.key] = note.type.tokens if note.type else ()
    keys = sorted(cited | here)
    return [Quoted(key, material.labels.get(key, ()), kinds.get(key, ())) for key in keys if key]


def _sources(paper: Paper) -> list[Source]:
    sentences = [sentence for item in paper.everything for sentence in item]
    settled = [source for one in paper.to_settle for source in one.sources]
    return [source for sentence in sentences for source in sentence.sources] + settled


def _part2(session: Session, scope: Scope, practice: Practice, owed: Obligation) -> list[str]:
    """Whoever makes the record one of Part 2: the practice, or clinicians of the visit."""
    if practice.part2:
        return [PRACTICE]
    if not practice.part2_clinicians:
        return []
    visit = session.get(VisitRow, (scope.practice_id, owed.ehr, owed.visit)) if owed.visit else None
    seen_by = {*(visit.clinicians if visit else ()), *([owed.author] if owed.author else [])}
    return sorted(key for key in seen_by if signatures.known_as(session, scope, key) & practice.part2_clinicians)


def _has_died(material: Material) -> bool:
    patient = material.patient
    return patient is not None and bool(patient.deceased_boolean or patient.deceased_date_time is not None)
