"""A Task by which the referrer's side says that it has the report. Pure; what Loopclose wrote is sorted out before.

HL7 COW, BSeR and Gravity have the performer complete the task of a referral, and none of them has a state by which its
placer says that the outcome arrived: such a task proves nothing. What does is a task of the referrer's own: they own
it, they completed it, and it is about the report, or the receipt of a consultant report under that very referral, as
CMS50 counts it (https://ecqi.healthit.gov/ecqm/ec/2026/cms0050v14; https://hl7.org/fhir/R4/task.html, owner).
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from fhir_adapters.facts import Task
from fhir_adapters.facts.references import local_key
from loopclose.domain.chart import Person, Referrer
from loopclose.domain.cms50 import consultant_report
from loopclose.domain.directory import Directory
from loopclose.domain.practice import Practice

BECAUSE = "The referrer completed a task about the report."


@dataclass(frozen=True)
class Sent:
    """A report that went out."""

    referrer: Referrer
    at: datetime | None = None
    """When; None where that is not known: then only a task that names the report itself counts."""
    documents: frozenset[str] = frozenset()
    """``DocumentReference/id`` of it, where it stands in the chart."""
    referral: str | None = None


def received_at(task: Task, report: Sent, directory: Directory, practice: Practice) -> datetime | None:
    """When the referrer had the report, as a task of theirs says; None where it says nothing of it."""
    owner = directory.person(task.owner, task.contained)
    if task.status != "completed" or report.referrer.guessed or not is_referrer(owner, report.referrer):
        return None
    if directory.is_ours(owner, practice) or owner.key in practice.organizations:
        return None
    ended = (task.execution_period.end if task.execution_period else None) or task.last_modified
    if ended is None or (report.at is not None and ended.end(practice.zone) < report.at):
        return None
    if not (_cited(task) & report.documents or (report.at is not None and _is_of_a_report(task, report.referral))):
        return None
    at = ended.start(practice.zone)
    return max(at, report.at) if report.at is not None else at


def is_referrer(who: Person, referrer: Referrer) -> bool:
    """Whether somebody that the chart names is the referrer, or of the referrer's practice."""
    if who.key is not None and who.key in (referrer.reference, referrer.organization):
        return True
    if who.npi is not None and who.npi == referrer.npi:
        return True
    return who.organization is not None and who.organization == referrer.organization


def _cited(task: Task) -> set[str | None]:
    """What it is about. Its output is what it made: a task whose output is a note handed the note over, and whoever it
    names has been sent it, no more.
    """
    return {local_key(task.focus), *(local_key(one.value_reference) for one in task.input)} - {None}


def _is_of_a_report(task: Task, referral: str | None) -> bool:
    """Whether it is of a consultant report under that referral, by its code (CMS50 v0.4) or its reason (v1)."""
    about = {local_key(task.focus), *map(local_key, task.based_on)}
    tokens = [token for concept in (task.code, task.reason_code) if concept for token in concept.tokens]
    return referral is not None and referral in about and not consultant_report().isdisjoint(tokens)
