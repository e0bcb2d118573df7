"""The letter of a report: its kept papers, and beside them what the store knows of who, where and which. No network."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from datetime import datetime

from msgspec import UnsetType
from sqlalchemy.orm import Session

from fhir_adapters.facts import Appointment, Encounter, Resource
from fhir_adapters.facts.reading import read
from loopclose.config.sections import Config
from loopclose.domain.practice import Practice
from loopclose.drafting.keeping import MEDIA_TYPE
from loopclose.drafting.paper import NOTICE, Paper
from loopclose.errors import UsageError
from loopclose.flows.papers.answered import answered
from loopclose.flows.papers.draft import SIGNED, signed_whole
from loopclose.flows.papers.header import Kept, clinician_of, known_as, patient_of, practice_party, referrer_of
from loopclose.flows.papers.kept import paper_of
from loopclose.flows.papers.sheet import refuse_changed
from loopclose.flows.papers.under import interim_papers
from loopclose.flows.site import practice_of
from loopclose.flows.work import Work
from loopclose.letters.forms import Look
from loopclose.letters.letter import CONSULT_NOTE, Header, Letter, Party, Replaced, Seen, Signature
from loopclose.store import drafts, records, users
from loopclose.store.base import Scope, natural_id
from loopclose.store.decisions import history_of
from loopclose.store.loop import VisitRow
from loopclose.store.obligations import Document, Obligation

CODED = ("Condition", "Observation", "DiagnosticReport", "Procedure", "MedicationRequest", "AllergyIntolerance")
"""Types whose codes may stand beside the words."""
ACT_CODES = "http://terminology.hl7.org/CodeSystem/v3-ActCode"
NOTHING_YET = "Nothing was drafted for this report here, or an earlier release kept it as a page: draft it first."


def letter_of(work: Work, scope: Scope, obligation: str, *, interim: bool = False) -> Letter | None:
    """The letter of a report as its papers are kept: of a signed report those that were signed, else the newest; the
    notice of a missed visit. ``interim``: the newest interim report that was signed, whatever was drafted after it.

    None where there is no such report; raises ``UsageError`` where nothing of it is kept as data.
    """
    practice = practice_of(work.config, scope.practice_id)
    with work.db.read() as session:
        owed = drafts.report(session, scope, obligation)
        if owed is None or owed.visit is None:
            missed = drafts.missed(session, scope, obligation)
            return _notice(work, session, scope, practice, missed) if missed is not None else None
        documents = interim_papers(session, scope, obligation) if interim else _documents(session, scope, owed)
        refuse_changed(session, scope, obligation)
        if not documents:
            raise UsageError(NOTHING_YET)
        papers = answered(session, scope, obligation, {kind: paper_of(one) for kind, one in documents.items()})
        first = documents.get(CONSULT_NOTE) or next(iter(documents.values()))
        kept = Kept(session, scope, owed.ehr, work.config.ehr[owed.ehr].base_url)
        visit = drafts.visit(session, scope, owed.ehr, owed.visit)
        encounter = kept.fact(Encounter, visit.id)
        header = _header(kept, practice, owed, first, _seen(visit, encounter, practice), encounter)
        facts = _cited(session, scope, owed, papers.values()) if first.signed_by is None else ()
    return Letter(papers=papers, header=header, facts=facts)


def _notice(work: Work, session: Session, scope: Scope, practice: Practice, owed: Obligation) -> Letter:
    """The notice of a missed visit: what was booked stands where a letter has its visit, and nothing is coded."""
    document = drafts.papers(session, scope, owed.id).get(NOTICE)
    kept = Kept(session, scope, owed.ehr, work.config.ehr[owed.ehr].base_url)
    booked = kept.fact(Appointment, owed.appointment)
    if document is None or booked is None or booked.start is None:
        raise UsageError(NOTHING_YET)
    start, end = booked.start.start(practice.zone), (booked.end or booked.start).end(practice.zone)
    seen = Seen(key=booked.key, start=start, end=end, day=start.astimezone(practice.zone).date())
    header = _header(kept, practice, owed, document, seen, None)
    header = replace(header, author=None)
    if header.signature is not None:
        header = replace(header, signature=replace(header.signature, by_staff=True))
    return Letter(papers={NOTICE: paper_of(document)}, header=header)


def look_of(config: Config, scope: Scope, author: Party | None = None) -> Look:
    """How the practice prints the letters of a clinician: by the clinician's template, else the practice's."""
    settings = config.practice[scope.practice_id]
    known_as = (author.key, author.npi) if author is not None else ()
    own = next((found for one in known_as if one and (found := settings.letter_templates.get(one))), None)
    return Look(settings.paper, own or settings.letter_template)


def _documents(session: Session, scope: Scope, owed: Obligation) -> dict[str, Document]:
    newest = drafts.papers(session, scope, owed.id)
    signed = signed_whole(session, scope, owed.id) if owed.state in SIGNED else {}
    return {kind: one for kind, one in (signed or newest).items() if one.media_type == MEDIA_TYPE}


def _header(
    kept: Kept, practice: Practice, owed: Obligation, document: Document, seen: Seen, encounter: Encounter | None
) -> Header:
    signature = _signature(kept, document)
    before = _signed_before(kept, document) if signature else []
    return Header(
        document=_id_of(document),
        version=document.version,
        at=signature.at if signature else _drafted_at(kept, owed, seen.end),
        zone=practice.zone,
        practice=practice_party(kept, practice, encounter),
        author=clinician_of(kept, owed.author),
        recipient=referrer_of(kept, owed.referrer),
        patient=patient_of(kept, owed),
        seen=seen,
        ehr=kept.base_url,
        referral=known_as(kept, owed.referral),
        signature=signature,
        replaces=Replaced(document=_id_of(before[-1]), version=before[-1].version) if before else None,
        series=_id_of(before[0]) if before else None,
    )


def _id_of(document: Document) -> str:
    return natural_id(document.practice_id, "document", document.obligation, document.kind, document.version)


def _signed_before(kept: Kept, document: Document) -> list[Document]:
    """The earlier versions of a letter that were signed, the first first; an interim report was not the report."""
    earlier = [
        one
        for one in drafts.versions(kept.session, kept.scope, document.obligation)
        if one.kind == document.kind and one.version < document.version and one.signed_by is not None
    ]
    kinds = [paper_of(one).letter_kind if one.media_type == MEDIA_TYPE else None for one in earlier]
    return [one for one, kind in zip(earlier, kinds, strict=True) if kind is None or kind.closes]


def _seen(visit: VisitRow, encounter: Encounter | None, practice: Practice) -> Seen:
    coded = encounter.class_ if encounter and encounter.class_ and encounter.class_.system == ACT_CODES else None
    return Seen(
        key=visit.id,
        start=visit.start,
        end=visit.end,
        day=visit.start.astimezone(practice.zone).date(),
        kind=coded.code if coded else None,
        identifiers=encounter.identifier if encounter else (),
    )


def _signature(kept: Kept, document: Document) -> Signature | None:
    if document.signed_by is None or document.signed_at is None:
        return None
    called = users.names(kept.session, kept.scope)
    return Signature(name=called.get(document.signed_by.lower()) or document.signed_by, at=document.signed_at)


def _drafted_at(kept: Kept, owed: Obligation, end: datetime) -> datetime:
    """When the report became drafted; of one that never was, as it was signed in the EHR, the end of the visit."""
    steps = history_of(kept.session, kept.scope, owed.id)
    return next((one.effective_at for one in reversed(steps) if one.to_state == "drafted"), end)


def _cited(session: Session, scope: Scope, owed: Obligation, papers: Iterable[Paper]) -> tuple[Resource, ...]:
    """What the sentences of the papers cite, as it is kept; nothing of which somebody cut or changed a sentence."""
    papers = tuple(papers)
    by_hand = {key for paper in papers if not isinstance(paper.by_hand, UnsetType) for key in paper.by_hand}
    keys = {
        source.resource
        for paper in papers
        for section in paper.sections
        for item in section.everything
        for sentence in item
        for source in sentence.sources
    } - by_hand
    rows = records.read_patients(session, scope, owed.ehr, drafts.records(session, scope, owed), CODED)
    facts = (read(row[1], row[6]) for row in rows if row[3] != "quarantined" and f"{row[1]}/{row[2]}" in keys)
    return tuple(one for one in facts if isinstance(one, Resource))
