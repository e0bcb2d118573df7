"""Drafting both papers for one report, out of the visit's own resources."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import TypeVar

from fhir_adapters.bundle import Entry, Search
from fhir_adapters.client import FhirClient
from fhir_adapters.facts import (
    AllergyIntolerance,
    Appointment,
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
from loopclose.clock import Clock
from loopclose.domain.chart import Person, Referral, Referrer, Visit
from loopclose.domain.referrals import INTENTS
from loopclose.domain.states import Transition
from loopclose.drafting.consult_note import consult_note
from loopclose.drafting.paper import Material, Paper
from loopclose.drafting.prescription_sheet import prescription_sheet
from loopclose.drafting.render import to_html
from loopclose.errors import UsageError
from loopclose.flows.reading.intake import Intake
from loopclose.flows.site import Site
from loopclose.store import drafts, records
from loopclose.store.engine import Database
from loopclose.store.obligations import Obligation

DRAFT_TYPES = ("Condition", "Observation", "MedicationRequest", "AllergyIntolerance")
"""What only a draft needs; it is read for that patient when the draft is made."""
F = TypeVar("F", bound=Resource)
NEVER_DRAFTED = frozenset({"confirmed", "waived"})


def draft(db: Database, clock: Clock, site: Site, client: FhirClient, obligation: str, actor: str) -> dict[str, Paper]:
    """Write the consult note and the prescription sheet of a report, and note that it is drafted.

    A report that was signed keeps its state. Raises ``UsageError`` where there is no such report.
    """
    with db.read() as session:
        owed = drafts.report(session, site.scope, obligation)
    if owed is None or owed.visit is None:
        raise UsageError(f"There is no report {obligation}.")
    if owed.state in NEVER_DRAFTED:
        raise UsageError(f"The report is {owed.state}; reopen it first.")
    _read_patient(db, clock, site, client, owed.patient)
    material = _material(db, site, owed, owed.visit)
    papers = {paper.kind: paper for paper in (consult_note(material), prescription_sheet(material))}
    with db.write() as session:
        drafts.keep_papers(session, site.scope, obligation, {kind: to_html(paper) for kind, paper in papers.items()})
        if owed.state == "owed":
            step = Transition("owed", "drafted", clock(), actor)
            drafts.note_drafted(session, site.scope, obligation, step, clock())
    return papers


def _read_patient(db: Database, clock: Clock, site: Site, client: FhirClient, patient: str) -> None:
    kinds = [kind for kind in DRAFT_TYPES if kind in client.capabilities().types]
    entries: list[Entry] = []
    for found in client.search_many([Search(kind, (("patient", patient),)) for kind in kinds]):
        if found.problem is not None:
            raise found.problem
        entries += found.entries
    intake = Intake(db, clock, site, client, frozenset(kinds))
    intake.load_people()
    intake.take(entries)


def _material(db: Database, site: Site, owed: Obligation, seen: str) -> Material:
    with db.read() as session:
        rows = records.read_patients(session, site.scope, site.ehr, drafts.records(session, site.scope, owed))
        names = drafts.names(session, site.scope, site.ehr)
    facts = [fact for row in rows if not isinstance(fact := read(row[1], row[6]), Unreadable)]
    encounter = next((one for one in facts if isinstance(one, Encounter) and one.key == seen), None)
    appointment = next((one for one in facts if isinstance(one, Appointment) and one.key == seen), None)
    request = next((one for one in facts if isinstance(one, ServiceRequest) and one.key == owed.referral), None)
    zone = site.practice.zone
    with db.read() as session:
        row = drafts.visit(session, site.scope, site.ehr, seen)
    visit = Visit(
        row.id,
        row.patient,
        row.start,
        row.end,
        row.start.astimezone(zone).date(),
        True,
        row.assumed,
        row.baseline,
        tuple(row.clinicians),
        encounter,
        appointment,
    )
    referral = (
        None
        if request is None
        else Referral(
            request.key, owed.patient, request, request.status or "", owed.priority, None, None, Person(), False
        )
    )
    here = [fact for fact in facts if _of_visit(fact, seen)]
    members = {local_key(r) for one in here if isinstance(one, DiagnosticReport) for r in one.result}
    here += [fact for fact in facts if fact.key in members and fact not in here]
    medications = _only(here, MedicationRequest)
    listed = [one for one in _only(facts, MedicationRequest) if one not in medications and one.status == "active"]
    return Material(
        practice_name=site.practice.name,
        zone=zone,
        visit=visit,
        referral=referral,
        patient=next((one for one in facts if isinstance(one, Patient) and one.key == owed.patient), None),
        referrer=Referrer(**owed.referrer) if owed.referrer else None,
        author_name=names.get(owed.author or ""),
        conditions=_diagnosed(facts, here, encounter),
        observations=_only(here, Observation),
        reports=_only(here, DiagnosticReport),
        procedures=_only(here, Procedure),
        documents=tuple(one for one in _only(here, DocumentReference) if one.status != "entered-in-error"),
        orders=tuple(one for one in _only(here, ServiceRequest) if one.key != owed.referral and one.intent in INTENTS),
        medications=medications,
        listed=tuple(listed),
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


def _only(facts: Iterable[Resource], cls: type[F]) -> tuple[F, ...]:
    return tuple(fact for fact in facts if isinstance(fact, cls))
