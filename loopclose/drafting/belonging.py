"""Which facts of a chart are of one visit, and why: pure, so that every rule is a row of a table of cases.

A fact is of the visit when it names it, or a visit that is part of it (laboratory, imaging: R4 Encounter.partOf); when
it is based on an order of it; when it is listed by a panel or a report of it. Many charts leave out the visit
(AU Core's examples: 116 of 132 Observations), or name it by an identifier alone: such a fact is of the visit when it
was made in its time, or on its day by who held it; that is a guess, and the paper says so.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Literal
from zoneinfo import ZoneInfo

from fhir_adapters.facts import (
    CarePlan,
    Condition,
    DeviceRequest,
    DiagnosticReport,
    DocumentReference,
    Encounter,
    MedicationRequest,
    NutritionOrder,
    Observation,
    Procedure,
    Reference,
    Resource,
    ServiceRequest,
    When,
)
from fhir_adapters.facts.references import local_key

Why = Literal["visit", "part", "order", "time", "member"]
Kinds = (CarePlan, Condition, DiagnosticReport, DocumentReference, MedicationRequest, Observation, Procedure)
Orders = (ServiceRequest, DeviceRequest, NutritionOrder)


@dataclass(frozen=True)
class Visit:
    """The visit, as far as belonging depends on it."""

    key: str
    start: datetime
    end: datetime
    zone: ZoneInfo
    clinicians: frozenset[str] = frozenset()
    """Keys of whoever took part."""
    practice: str | None = None
    """``Organization/id`` that held it."""

    @property
    def day(self) -> date:
        """Its local day."""
        return self.start.astimezone(self.zone).date()


def belonging(facts: Sequence[Resource], visit: Visit, referral: str | None) -> dict[str, Why]:
    """By key: why a fact is of the visit. ``referral``: the request that it answers, which is no order of it."""
    parts = _parts(facts, visit.key)
    others = [one for one in facts if isinstance(one, Encounter) and one.key not in parts]
    found: dict[str, Why] = {}
    for one in facts:
        if isinstance(one, Encounter) or one.key == referral:
            continue
        named = _visits_named(one)
        if visit.key in named:
            found[one.key] = "visit"
        elif named & parts:
            found[one.key] = "part"
    orders = {one.key for one in facts if isinstance(one, ServiceRequest) and one.key in found}
    for one in facts:
        if one.key not in found and orders & {local_key(order) for order in _based_on(one)}:
            found[one.key] = "order"
    _add_members(facts, found)
    by_time = [
        one for one in facts if one.key not in found and not _visits_named(one) and _is_of_its_time(one, visit, others)
    ]
    found.update((one.key, "time") for one in by_time if one.key != referral)
    _add_members(facts, found)
    return found


def results_by_order(facts: Iterable[Resource]) -> dict[str, list[DiagnosticReport | Observation]]:
    """By ``ServiceRequest/id``: what was reported of it; results that a report lists are the report's."""
    reported: dict[str, list[DiagnosticReport | Observation]] = {}
    facts = [*facts]
    listed = {local_key(one) for report in facts if isinstance(report, DiagnosticReport) for one in report.result}
    for one in facts:
        if not isinstance(one, DiagnosticReport | Observation) or one.status in ("entered-in-error", "cancelled"):
            continue
        if one.status != "registered" and one.key not in listed:
            for order in _based_on(one):
                if key := local_key(order):
                    reported.setdefault(key, []).append(one)
    return reported


def _parts(facts: Iterable[Resource], visit: str) -> set[str]:
    """The visit and every encounter that is part of it, or of a part of it."""
    inside = {one.key: local_key(one.part_of) for one in facts if isinstance(one, Encounter) and one.part_of}
    found, grew = {visit}, True
    while grew:
        more = {key for key, whole in inside.items() if whole in found} - found
        found |= more
        grew = bool(more)
    return found


def _visits_named(one: Resource) -> set[str]:
    """The encounters that a fact names by reference; one named by an identifier alone is none that can be told."""
    if isinstance(one, DocumentReference):
        references: Iterable[Reference | None] = one.context.encounter if one.context else ()
    else:
        references = (getattr(one, "encounter", None), getattr(one, "context", None))  # of a medicine given: R4
    return {key for reference in references if (key := local_key(reference))}


def _based_on(one: Resource) -> tuple[Reference, ...]:
    return one.based_on if isinstance(one, DiagnosticReport | Observation | Procedure) else ()


def _add_members(facts: Sequence[Resource], found: dict[str, Why]) -> None:
    """Results that a report or a panel of the visit lists, and what these list."""
    by_key = {one.key: one for one in facts}
    waiting = [*found]
    while waiting:
        one = by_key[waiting.pop()]
        listed = (
            one.result if isinstance(one, DiagnosticReport) else one.has_member if isinstance(one, Observation) else ()
        )
        for member in listed:
            key = local_key(member)
            if key in by_key and key not in found:
                found[key] = "member"
                waiting.append(key)


def _is_of_its_time(one: Resource, visit: Visit, others: Iterable[Encounter]) -> bool:
    if not isinstance(one, (*Kinds, *Orders)):
        return False
    when, by = _made(one)
    if when is None or len(when) < 10 or when.last_day(visit.zone) != visit.day:
        return False
    people = {key for reference in by if (key := local_key(reference))}
    if people & visit.clinicians:
        return not _is_in_another(when, visit, others)
    if not when.has_time or not visit.start <= when.start(visit.zone) <= visit.end:
        return False
    strangers = {key for key in people if not key.startswith("PractitionerRole/") and key != visit.practice}
    return not strangers and not _is_in_another(when, visit, others)


def _is_in_another(when: When, visit: Visit, others: Iterable[Encounter]) -> bool:
    """Whether another visit was held at that time, and this one was not."""
    if not when.has_time:
        return False
    moment = when.start(visit.zone)
    if visit.start <= moment <= visit.end:
        return False
    periods = (one.period for one in others if one.period and one.period.start and one.period.end)
    return any(p.start.start(visit.zone) <= moment <= p.end.end(visit.zone) for p in periods if p.start and p.end)


def _made(one: Resource) -> tuple[When | None, Sequence[Reference | None]]:
    """When a fact was made, and by whom, as far as it says."""
    if isinstance(one, Observation):
        period = one.effective_period
        return one.effective_date_time or one.effective_instant or (period.start if period else None), one.performer
    if isinstance(one, DiagnosticReport):
        period = one.effective_period
        made = one.effective_date_time or (period.start if period else None) or one.issued
        return made, (*one.performer, *one.results_interpreter)
    if isinstance(one, Condition):
        return one.recorded_date, (one.recorder, one.asserter)
    if isinstance(one, Procedure):
        period = one.performed_period
        done = one.performed_date_time or (period.start if period else None)
        return done, [who.actor for who in one.performer]
    if isinstance(one, ServiceRequest | MedicationRequest | DeviceRequest):
        return one.authored_on, (one.requester,)
    if isinstance(one, NutritionOrder):
        return one.date_time, (one.orderer,)
    if isinstance(one, DocumentReference):
        period = one.context.period if one.context else None
        return one.date or (period.start if period else None), one.author
    return (one.created, (one.author,)) if isinstance(one, CarePlan) else (None, ())
