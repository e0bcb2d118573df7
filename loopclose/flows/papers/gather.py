"""Gathering what a draft is made from: what is kept of the visit, and what its resources refer to."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import TypeVar

from fhir_adapters.client import FhirClient
from fhir_adapters.facts import (
    AllergyIntolerance,
    Condition,
    DiagnosticReport,
    DocumentReference,
    Encounter,
    MedicationRequest,
    Observation,
    Patient,
    Procedure,
    Resource,
    ServiceRequest,
)
from fhir_adapters.facts.reading import Unreadable, read
from fhir_adapters.facts.references import local_key
from loopclose.domain.chart import Referrer
from loopclose.domain.referrals import INTENTS
from loopclose.drafting.material import Material
from loopclose.flows.papers.referred import contents_of, drugs_of
from loopclose.flows.site import Site
from loopclose.store import drafts, records
from loopclose.store.engine import Database
from loopclose.store.obligations import Obligation

F = TypeVar("F", bound=Resource)


def gather(db: Database, site: Site, client: FhirClient, owed: Obligation, seen: str) -> Material:
    """What the papers of a report are made from; ``seen`` is its visit.

    Texts of notes and codes of drugs that stand in resources of their own are read from the EHR; one that cannot be
    read is left out, and the paper says so.
    """
    with db.read() as session:
        rows = records.read_patients(session, site.scope, site.ehr, drafts.records(session, site.scope, owed))
        names = drafts.names(session, site.scope, site.ehr)
        visit = drafts.visit(session, site.scope, site.ehr, seen)
    read_rows = (read(kind, raw, client.base_url) for _, kind, _, _, _, _, raw in rows)
    facts = [fact for fact in read_rows if not isinstance(fact, Unreadable)]
    encounter = _one(facts, Encounter, seen)
    here = [fact for fact in facts if _of_visit(fact, seen)]
    members = {local_key(r) for one in here if isinstance(one, DiagnosticReport) for r in one.result}
    here += [fact for fact in facts if fact.key in members and fact not in here]
    medications = _only(here, MedicationRequest)
    listed = tuple(one for one in _only(facts, MedicationRequest) if one not in medications and one.status == "active")
    documents = tuple(one for one in _only(here, DocumentReference) if one.status != "entered-in-error")
    return Material(
        practice_name=site.practice.name,
        zone=site.practice.zone,
        day=visit.start.astimezone(site.practice.zone).date(),
        author_name=names.get(owed.author or ""),
        patient=_one(facts, Patient, owed.patient),
        question=_one(facts, ServiceRequest, owed.referral),
        referrer=Referrer(**owed.referrer) if owed.referrer else None,
        conditions=_diagnosed(facts, here, encounter),
        observations=_only(here, Observation),
        reports=_only(here, DiagnosticReport),
        procedures=_only(here, Procedure),
        documents=documents,
        contents=contents_of(client, documents),
        orders=tuple(one for one in _only(here, ServiceRequest) if one.key != owed.referral and one.intent in INTENTS),
        medications=medications,
        listed=listed,
        drugs=drugs_of(client, medications, listed),
        allergies=_only(facts, AllergyIntolerance),
        names=names,
    )


def _of_visit(fact: Resource, visit: str) -> bool:
    if isinstance(fact, DocumentReference):
        return fact.context is not None and visit in {local_key(one) for one in fact.context.encounter}
    return local_key(getattr(fact, "encounter", None)) == visit


def _diagnosed(
    facts: Sequence[Resource], here: Sequence[Resource], encounter: Encounter | None
) -> tuple[Condition, ...]:
    """Conditions recorded at the visit, or named as what it was about."""
    named = {local_key(one.condition) for one in encounter.diagnosis} if encounter else set()
    named |= {local_key(one) for one in encounter.reason_reference} if encounter else set()
    recorded = _only(here, Condition)
    return recorded + tuple(one for one in _only(facts, Condition) if one.key in named and one not in recorded)


def _one(facts: Iterable[Resource], cls: type[F], key: str | None) -> F | None:
    return next((fact for fact in facts if isinstance(fact, cls) and fact.key == key), None)


def _only(facts: Iterable[Resource], cls: type[F]) -> tuple[F, ...]:
    return tuple(fact for fact in facts if isinstance(fact, cls))
