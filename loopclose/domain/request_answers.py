"""Whether a request was accepted or declined, where its referrer's system can be told: by what the chart shows. Pure.

Nothing is owed before there is an answer: a request is accepted or declined in the EHR, and never here. Of messages
IHE 360X knows the two (PCC-56); what they correspond to in FHIR is said by its crosswalk to HL7 COW.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator
from datetime import UTC, datetime, timedelta

from fhir_adapters.facts import Appointment, Identifier, Task
from fhir_adapters.facts.references import local_key
from loopclose.domain.appointment_status import NEVER_WAS, status_of
from loopclose.domain.bookings import with_us
from loopclose.domain.case import Case
from loopclose.domain.chart import Referral
from loopclose.domain.deadlines import other_deadline
from loopclose.domain.judgement import Owed
from loopclose.domain.states import Evidence

OID = "urn:oid:"
ACCEPTED, DECLINED = "accepted", "declined"
FULFIL = "http://hl7.org/fhir/CodeSystem/task-code|fulfill"
"""The task by which a request is coordinated (HL7 COW, BSeR, Gravity SDOHCC)."""
TAKEN, REFUSED = frozenset({"accepted", "in-progress"}), "rejected"
"""Of such a task: who performs it takes it on, or does not (https://hl7.org/fhir/R4/valueset-task-status.html)."""
UNSURE = frozenset({"", "proposed", "pending", "waitlist", *NEVER_WAS})
"""Appointments of these are no booking that stands."""
TOLD_WITHIN = timedelta(days=14)
"""How long after it a referrer is told of an answer: later it is no news."""


def numbered(identifiers: Iterable[Identifier]) -> Identifier | None:
    """The first number that an OID stands behind: by it a system that speaks 360X knows the request again."""
    return next((one for one in identifiers if one.value and one.system and one.system.startswith(OID)), None)


def answered(case: Case, referrals: Iterable[Referral]) -> Iterator[Owed]:
    """The answers to requests, as done: none without an OID of the practice, or of a request that bears no such number,
    was revoked, is from before the go-live, or was asked by nobody outside.
    """
    practice = case.rules.practice
    live_since = practice.live_since()
    for referral in referrals if practice.oid else ():
        since = referral.authored_at
        before = since is None or (live_since is not None and since < live_since)
        requisition = [referral.request.requisition] if referral.request.requisition else []
        if before or since is None or numbered((*referral.request.identifier, *requisition)) is None:
            continue
        if referral.status in ("revoked", "entered-in-error"):
            continue
        referrer = case.referrer(referral, None)
        evidence = _evidence(case, referral) if referrer is not None else None
        if evidence is None:
            continue
        yield Owed(
            "answer",
            referral.patient,
            other_deadline("answer", since, practice.calendar),
            since,
            referral=referral.id,
            referrer=referrer,
            priority=referral.priority,
            evidence=(evidence,),
        )


def _evidence(case: Case, referral: Referral) -> Evidence | None:
    """What shows that it was accepted, the first of it; else that it was declined."""
    taken = [*_booked(case, referral), *_seen(case, referral), *_of_tasks(case, referral, TAKEN)]
    if taken:
        at, source, why = min(taken)
        return Evidence("confirmed", at, source, why, ACCEPTED)
    refused = list(_of_tasks(case, referral, {REFUSED}))
    if not refused:
        return None
    at, source, _ = min(refused)
    return Evidence("confirmed", at, source, "The EHR says that the request was declined.", DECLINED)


def _booked(case: Case, referral: Referral) -> Iterator[tuple[datetime, str, str]]:
    practice = case.rules.practice
    for one in case.chart.appointments:
        if status_of(one) in UNSURE or referral.id not in map(local_key, one.based_on):
            continue
        if with_us(one, practice, case.directory, {referral.id}):
            yield _changed(case, one, referral), one.key, "The visit is booked."


def _seen(case: Case, referral: Referral) -> Iterator[tuple[datetime, str, str]]:
    for visit in case.visits:
        if referral.id in case.verdicts[visit.id].referrals:
            yield visit.start, visit.id, "The patient was seen."


def _of_tasks(case: Case, referral: Referral, states: Collection[str]) -> Iterator[tuple[datetime, str, str]]:
    for task in case.chart.tasks:
        about = {local_key(task.focus), *map(local_key, task.based_on)}
        if task.status in states and referral.id in about and FULFIL in (task.code.tokens if task.code else ()):
            yield _changed(case, task, referral), task.key, "The EHR says that the request was accepted."


def _changed(case: Case, one: Appointment | Task, referral: Referral) -> datetime:
    """When the EHR last changed it, as far as it says so, and never before the request."""
    written = (one.last_modified if isinstance(one, Task) else None) or (one.meta.updated if one.meta else None)
    first = referral.authored_at or datetime.max.replace(tzinfo=UTC)
    return max(written.start(case.rules.practice.zone), first) if written else first
