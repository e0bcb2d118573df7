"""The letter of a report: its kept papers, and beside them what the store knows of who, where and which. No network."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any, TypeVar

from msgspec import UnsetType, structs
from sqlalchemy.orm import Session

from fhir_adapters.facts import Encounter, Identifier, Patient, Practitioner, Resource, ServiceRequest
from fhir_adapters.facts.contact import Contact, contact_of
from fhir_adapters.facts.elements import HumanName
from fhir_adapters.facts.reading import read
from fhir_adapters.facts.references import local_key
from loopclose.config.sections import Config
from loopclose.domain.chart import Referrer
from loopclose.domain.npi import npi_of
from loopclose.domain.patients import may_be_shown, name_of
from loopclose.domain.practice import Practice
from loopclose.drafting.keeping import MEDIA_TYPE
from loopclose.drafting.paper import Paper
from loopclose.errors import UsageError
from loopclose.flows.papers.answered import answered
from loopclose.flows.papers.draft import SIGNED
from loopclose.flows.papers.kept import paper_of
from loopclose.flows.papers.sheet import refuse_changed
from loopclose.flows.site import practice_of
from loopclose.flows.work import Work
from loopclose.letters.forms import Look
from loopclose.letters.letter import CONSULT_NOTE, Header, Letter, Party, Person, Seen, Signature
from loopclose.store import drafts, records, users
from loopclose.store.base import Scope, natural_id
from loopclose.store.decisions import history_of
from loopclose.store.loop import VisitRow
from loopclose.store.obligations import Document, Obligation

CODED = ("Condition", "Observation", "DiagnosticReport", "Procedure", "MedicationRequest", "AllergyIntolerance")
"""Types whose codes may stand beside the words."""
ACT_CODES = "http://terminology.hl7.org/CodeSystem/v3-ActCode"
NOTHING_YET = "Nothing was drafted for this report here, or an earlier release kept it as a page: draft it first."
F = TypeVar("F", bound=Resource)


def letter_of(work: Work, scope: Scope, obligation: str) -> Letter | None:
    """The letter of a report as its papers are kept: of a signed report those that were signed, else the newest.

    None where there is no such report; raises ``UsageError`` where nothing of it is kept as data.
    """
    practice = practice_of(work.config, scope.practice_id)
    with work.db.read() as session:
        owed = drafts.report(session, scope, obligation)
        if owed is None or owed.visit is None:
            return None
        documents = _documents(session, scope, owed)
        refuse_changed(session, scope, obligation)
        if not documents:
            raise UsageError(NOTHING_YET)
        papers = answered(session, scope, obligation, {kind: paper_of(one) for kind, one in documents.items()})
        first = documents.get(CONSULT_NOTE) or next(iter(documents.values()))
        kept = _Kept(session, scope, owed.ehr, work.config.ehr[owed.ehr].base_url)
        header = _header(kept, practice, owed, drafts.visit(session, scope, owed.ehr, owed.visit), first)
        facts = _cited(session, scope, owed, papers.values()) if first.signed_by is None else ()
    return Letter(papers=papers, header=header, facts=facts)


def look_of(config: Config, scope: Scope) -> Look:
    """How the practice prints its letters."""
    settings = config.practice[scope.practice_id]
    return Look(settings.paper, settings.letter_template)


def _documents(session: Session, scope: Scope, owed: Obligation) -> dict[str, Document]:
    newest = drafts.papers(session, scope, owed.id)
    signed = drafts.papers(session, scope, owed.id, signed=True) if owed.state in SIGNED else {}
    return {kind: one for kind, one in (signed or newest).items() if one.media_type == MEDIA_TYPE}


class _Kept:
    """Single resources that are kept of one EHR, by ``Type/id``."""

    def __init__(self, session: Session, scope: Scope, ehr: str, base_url: str) -> None:
        self.session, self.scope, self.ehr, self.base_url = session, scope, ehr, base_url

    def raw(self, key: str | None) -> bytes | None:
        """Its bytes."""
        return records.kept(self.session, self.scope, self.ehr, key, None) if key else None

    def fact(self, cls: type[F], key: str | None) -> F | None:
        """What it says; None where it is not kept, or cannot be read safely."""
        raw = self.raw(key) if key and key.startswith(f"{cls.__name__}/") else None
        found = read(cls.__name__, raw) if raw is not None else None
        return found if isinstance(found, cls) else None

    def contact(self, *keys: str | None) -> Contact:
        """Where the first of those that is reached anywhere is reached."""
        found = (contact_of(raw) for key in keys if (raw := self.raw(key)) is not None)
        return next((one for one in found if one.address or one.phone), Contact())


def _header(kept: _Kept, practice: Practice, owed: Obligation, visit: VisitRow, document: Document) -> Header:
    encounter = kept.fact(Encounter, visit.id)
    signature = _signature(kept, document)
    return Header(
        document=natural_id(document.practice_id, "document", document.obligation, document.kind, document.version),
        version=document.version,
        at=signature.at if signature else _drafted_at(kept, owed, visit),
        zone=practice.zone,
        practice=_practice(kept, practice, encounter),
        author=_clinician(kept, owed.author),
        recipient=_referrer(kept, owed.referrer),
        patient=_patient(kept, owed),
        seen=Seen(
            key=visit.id,
            start=visit.start,
            end=visit.end,
            day=visit.start.astimezone(practice.zone).date(),
            kind=encounter.class_.code
            if encounter and encounter.class_ and encounter.class_.system == ACT_CODES
            else None,
            identifiers=encounter.identifier if encounter else (),
        ),
        ehr=kept.base_url,
        referral=_known_as(kept, owed.referral),
        signature=signature,
    )


def _signature(kept: _Kept, document: Document) -> Signature | None:
    if document.signed_by is None or document.signed_at is None:
        return None
    called = users.names(kept.session, kept.scope)
    return Signature(name=called.get(document.signed_by.lower()) or document.signed_by, at=document.signed_at)


def _drafted_at(kept: _Kept, owed: Obligation, visit: VisitRow) -> datetime:
    """When the report became drafted; of one that never was, as it was signed in the EHR, the end of the visit."""
    steps = history_of(kept.session, kept.scope, owed.id)
    return next((one.effective_at for one in reversed(steps) if one.to_state == "drafted"), visit.end)


def _practice(kept: _Kept, practice: Practice, encounter: Encounter | None) -> Party:
    """Our practice: the organization that the visit names where it is one of ours, else the first that is."""
    ours = sorted(practice.organizations)
    named = local_key(encounter.service_provider) if encounter else None
    key = named if named in ours or (named and not ours) else next(iter(ours), None)
    contact = kept.contact(key)
    return Party(name=practice.name, key=key, contact=structs.replace(contact, phone=practice.phone or contact.phone))


def _clinician(kept: _Kept, key: str | None) -> Party | None:
    found = kept.fact(Practitioner, key)
    if found is None:
        return None
    name = next((one for one in found.name if one.use != "old"), HumanName())
    return Party(
        name=name.full or "Name not recorded",
        key=key,
        npi=npi_of(found.identifier),
        given=_given(name),
        family=name.family,
        contact=kept.contact(key),
    )


def _referrer(kept: _Kept, said: Mapping[str, Any] | None) -> Party:
    if said is None:
        return Party(name="Referrer not known")
    who = Referrer(**said)
    person = _clinician(kept, who.reference)
    return Party(
        name=who.name,
        key=who.reference,
        npi=who.npi,
        given=person.given if person else (),
        family=person.family if person else None,
        organization=who.organization_name,
        contact=kept.contact(who.organization, who.reference),
    )


def _patient(kept: _Kept, owed: Obligation) -> Person:
    found = kept.fact(Patient, owed.patient)
    if found is None:
        return Person(key=owed.patient, name=owed.patient_name, born=owed.patient_birth_date)
    called = name_of(found)
    name = next((one for one in found.name if one.full == called), HumanName())
    return Person(
        key=owed.patient,
        name=called,
        given=_given(name),
        family=name.family,
        born=found.birth_date,
        gender=found.gender,
        identifiers=tuple(one for one in found.identifier if may_be_shown(one)),
        contact=kept.contact(owed.patient),
    )


def _given(name: HumanName) -> tuple[str, ...]:
    return tuple(one for one in name.given if one)


def _known_as(kept: _Kept, key: str | None) -> tuple[Identifier, ...]:
    """The identifiers of the request that is answered: what the referrer gave it first, its id in our EHR last."""
    request = kept.fact(ServiceRequest, key)
    if request is None:
        return ()
    here = Identifier(system=f"{kept.base_url}/ServiceRequest", value=request.id)
    placed = sorted((one for one in request.identifier if one.value), key=lambda one: not _is_placer(one))
    group = [request.requisition] if request.requisition and request.requisition.value else []
    return (*placed, *group, here)


def _is_placer(one: Identifier) -> bool:
    return one.type is not None and any(coding.code == "PLAC" for coding in one.type.coding)


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
