"""Gathering what a draft is made from: what is kept of the visit, and what its resources refer to."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from typing import TypeVar
from zoneinfo import ZoneInfo

from fhir_adapters.capabilities import Capabilities
from fhir_adapters.client import FhirClient
from fhir_adapters.facts import (
    AllergyIntolerance,
    Appointment,
    CarePlan,
    Condition,
    DeviceRequest,
    DiagnosticReport,
    DocumentReference,
    Encounter,
    Immunization,
    MedicationAdministration,
    MedicationRequest,
    MedicationStatement,
    NutritionOrder,
    Observation,
    Patient,
    Procedure,
    Resource,
    ServiceRequest,
)
from fhir_adapters.facts.labels import labels_of
from fhir_adapters.facts.own import is_ours
from fhir_adapters.facts.reading import Unreadable, read
from fhir_adapters.facts.references import local_key
from loopclose.domain.chart import Referrer
from loopclose.domain.dates import zoned_words
from loopclose.domain.referrals import INTENTS
from loopclose.drafting.belonging import Visit, belonging, results_by_order
from loopclose.drafting.gaps import WORDS
from loopclose.drafting.material import Content, Material
from loopclose.drafting.order_chains import newest
from loopclose.drafting.orders import NOT_ORDERED
from loopclose.drafting.reports import as_document
from loopclose.flows.papers.chart import DRAFT_TYPES, Reading
from loopclose.flows.papers.prescribers import prescribers_of
from loopclose.flows.papers.referred import contents_of, drugs_of, unasked
from loopclose.flows.people import people_read
from loopclose.flows.site import Site
from loopclose.store import drafts, records
from loopclose.store.engine import Database
from loopclose.store.loop import VisitRow
from loopclose.store.obligations import Obligation
from loopclose.store.unread import Unread, unread

ORDERED = frozenset({*INTENTS, *NOT_ORDERED})
"""Intents of what a paper tells as ordered, or as planned."""
F = TypeVar("F", bound=Resource)


def gather(
    db: Database,
    site: Site,
    client: FhirClient | None,
    owed: Obligation,
    seen: str,
    caution: str | None = None,
    asked: Reading | None = None,
) -> Material:
    """What the papers of a report are made from; ``seen`` is its visit, ``asked`` how the chart was read for it.

    Texts of notes and codes of drugs that stand in resources of their own are read from the EHR; one that cannot be
    read is left out, and the paper says so. Without a client nothing is asked, and ``caution`` says why.
    """
    with db.read() as session:
        patients = drafts.records(session, site.scope, owed)
        rows = records.read_patients(session, site.scope, site.ehr, patients)
        caution = caution or _not_whole(unread(session, site.scope, site.ehr, patients), site)
        names = drafts.names(session, site.scope, site.ehr)
        people = people_read(session, site).directory()
        visit = drafts.visit(session, site.scope, site.ehr, seen)
        reported = drafts.was_reported(session, site.scope, owed)
    facts: list[Resource] = []
    labels = {f"{kind}/{fhir_id}": found for _, kind, fhir_id, *_, raw in rows if (found := labels_of(raw)) != ()}
    unsafe: dict[str, bool] = {}  # by key: whether it is of this visit
    dropped = asked.refused & {*DRAFT_TYPES} if asked is not None else set()
    for _, kind, fhir_id, disposition, _, _, raw in rows:
        if kind in dropped:
            continue
        fact = read(kind, raw)
        if isinstance(fact, Unreadable) or disposition == "quarantined":
            unsafe[f"{kind}/{fhir_id}"] = kind == "AllergyIntolerance" or _names(raw, seen)
        elif not is_ours(fact):  # a letter of ours that was filed there is no source of the next
            facts.append(fact)
    prescribers = prescribers_of(facts, people, site.practice)
    encounter = _one(facts, Encounter, seen)
    why = belonging(facts, _visit(visit, encounter, site.practice.zone), owed.referral)
    here = [fact for fact in facts if fact.key in why]
    reports = _only(here, DiagnosticReport)
    ordered = (one for one in _only(here, ServiceRequest) if one.intent in ORDERED)
    supplies: tuple[DeviceRequest | NutritionOrder, ...] = (*_only(here, DeviceRequest), *_only(here, NutritionOrder))
    orders, results = newest([*ordered], results_by_order(facts))
    medications = _only(here, MedicationRequest)
    listed = tuple(one for one in _only(facts, MedicationRequest) if one not in medications)
    statements, administrations = _only(facts, MedicationStatement), _only(facts, MedicationAdministration)
    documents = tuple(one for one in _only(here, DocumentReference) if one.status != "entered-in-error")
    question = _one(facts, ServiceRequest, owed.referral)
    return Material(
        practice_name=site.practice.name,
        zone=site.practice.zone,
        day=visit.start.astimezone(site.practice.zone).date(),
        author_name=names.get(owed.author or ""),
        author=owed.author,
        note_types=site.rules.code_map.notes,
        other_notes=site.rules.code_map.other_notes,
        earlier=tuple(one for one in _only(facts, DocumentReference) if one not in documents),
        patient=_one(facts, Patient, owed.patient),
        question=question,
        referrer=Referrer(**owed.referrer) if owed.referrer else None,
        encounter=encounter,
        chart={one.key: one for one in _only(facts, Condition)},
        findings=_findings(facts, question, encounter),
        conditions=_diagnosed(facts, here, encounter),
        observations=_only(here, Observation),
        reports=reports,
        procedures=_only(here, Procedure),
        documents=documents,
        contents=_contents(client, (*documents, *map(as_document, reports)), site),
        care_plans=_only(here, CarePlan),
        orders=orders,
        supplies=tuple(one for one in supplies if one.intent is None or one.intent in {"directive", *ORDERED}),
        results=results,
        bookings=_only(facts, Appointment),
        by_time=frozenset(key for key, how in why.items() if how == "time"),
        medications=medications,
        listed=listed,
        statements=statements,
        administrations=administrations,
        immunizations=_only(facts, Immunization),
        visit=seen,
        of_visit=frozenset(why),
        end=visit.end,
        ours=prescribers.ours,
        drugs=drugs_of(client, (*medications, *administrations), (*listed, *statements)) if client else {},
        allergies=_only(facts, AllergyIntolerance),
        unsafe=tuple(key for key, of_visit in unsafe.items() if of_visit and key != owed.referral),
        unsafe_listed=tuple(key for key, of_visit in unsafe.items() if not of_visit or key == owed.referral),
        not_given=_not_given(client.capabilities()) if client else frozenset(),
        gaps=asked.gaps if asked is not None else {},
        caution=caution,
        held=frozenset(f"{kind}/{fhir_id}" for _, kind, fhir_id, *_ in rows),
        labels=labels,
        phone=site.practice.phone,
        is_later=owed.scope == "progress" and reported,
        names={**prescribers.names, **names},
    )


def _findings(
    facts: Sequence[Resource], *asking: ServiceRequest | Encounter | None
) -> dict[str, Observation | DiagnosticReport]:
    """Results that are named as the reason of a request or a visit."""
    meant = {local_key(reason) for one in asking if one is not None for reason in one.reason_reference}
    every: tuple[Observation | DiagnosticReport, ...] = (*_only(facts, Observation), *_only(facts, DiagnosticReport))
    return {one.key: one for one in every if one.key in meant and one.status != "entered-in-error"}


def _contents(
    client: FhirClient | None, documents: Sequence[DocumentReference], site: Site
) -> dict[str, Content | None]:
    known_as = site.settings.also_known_as
    if client is None:
        return unasked(documents, site.settings.base_url, *known_as)
    return contents_of(client, documents, known_as)


def _not_given(capabilities: Capabilities) -> frozenset[str]:
    """Types that a paper is made from and that were not read: the EHR does not have them, or not by patient."""
    had = {kind for kind in WORDS if capabilities.finds_by(kind, "patient")}
    return frozenset(WORDS) - had - {kind for kind in DRAFT_TYPES if kind in capabilities.types}


def _not_whole(those: Sequence[Unread], site: Site) -> str | None:
    """That a patient's records could not be read whole by the syncs, so that something of the visit may be missing."""
    if not those:
        return None
    one = min(those, key=lambda row: row.since)
    since = zoned_words(one.since, site.practice.zone)
    return f"Not all records of this patient could be read since {since}: {one.reason.rstrip('.')}."


def _names(raw: bytes, key: str) -> bool:
    """Whether a resource that cannot be read refers to ``Type/id``, in whatever element and form."""
    kind, _, fhir_id = key.encode().partition(b"/")
    return re.search(kind + rb"\\?/" + re.escape(fhir_id) + rb'(?=["\\/])', raw) is not None


def _visit(row: VisitRow, encounter: Encounter | None, zone: ZoneInfo) -> Visit:
    held_by = local_key(encounter.service_provider) if encounter else None
    return Visit(row.id, row.start, row.end, zone, frozenset(row.clinicians), held_by)


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
