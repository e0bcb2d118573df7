"""The notice of a missed visit: drafted from what is kept, without the EHR; read and released by staff; kept as signed.

Nothing clinical is in it, so that no clinician signs it; what would hold a report keeps it from being released here.
"""

from __future__ import annotations

from collections.abc import Iterator

from sqlalchemy.orm import Session

from fhir_adapters.facts import Appointment, Patient, ServiceRequest
from fhir_adapters.facts.labels import labels_of
from fhir_adapters.facts.reading import read
from fhir_adapters.facts.references import local_key
from loopclose.domain.appointment_status import status_of
from loopclose.domain.chart import Referrer
from loopclose.domain.holds import GROUNDS, PRACTICE, Quoted, grounds
from loopclose.domain.practice import Practice
from loopclose.drafting.keeping import MEDIA_TYPE, digest, pack
from loopclose.drafting.notice import Missed, missed_notice
from loopclose.drafting.paper import NOTICE, Paper
from loopclose.errors import UsageError
from loopclose.flows.papers.header import Kept
from loopclose.flows.site import practice_of
from loopclose.flows.work import Work
from loopclose.store import audit_log, decisions, drafts, records, signatures
from loopclose.store.base import Scope
from loopclose.store.obligations import Obligation

NOT_THERE = "There is no missed visit here of which a referrer could be told."
NOT_OPEN = "It is {state}, so no notice of it is written any more."
NOT_READ = "The appointment cannot be read: look at it in the EHR, and tell the referrer yourself."
NOT_MISSED = "The chart says by now that the appointment was not missed: wait for the next sync."
RELEASED = "The notice was released, so its words stay as they are."
NOT_FRESH = "The notice was written anew since this page was shown: read it again before you release it."
HELD = "It is not released here: {why} Tell the referrer yourself, if it may be told at all."
OPEN = frozenset({"owed", "drafted"})


def draft_notice(work: Work, scope: Scope, obligation: str, by: str) -> Paper:
    """Write the notice of a missed visit from what is kept, or write it anew.

    Raises ``UsageError`` where there is none, it was released, or the appointment was not missed after all.
    """
    practice = practice_of(work.config, scope.practice_id)
    with work.db.write() as session:
        owed = _open(session, scope, obligation)
        kept = Kept(session, scope, owed.ehr, work.config.ehr[owed.ehr].base_url)
        paper = missed_notice(_missed(kept, practice, owed))
        drafts.keep_papers(session, scope, obligation, MEDIA_TYPE, {NOTICE: pack(paper)})
        audit_log.record(session, scope, work.clock(), by, "draft_notice", obligation)
    return paper


def release_notice(work: Work, scope: Scope, obligation: str, sha256: str, by: str) -> None:
    """Release the notice as it was read, under its SHA-256: from then on its words stay, and it may be sent.

    Raises ``UsageError`` where it was written anew meanwhile, or something of the chart keeps it back.
    """
    practice = practice_of(work.config, scope.practice_id)
    with work.db.write() as session:
        owed = _open(session, scope, obligation)
        document = drafts.papers(session, scope, obligation).get(NOTICE)
        if document is None or document.sha256 != sha256 or digest(document.body) != sha256:
            raise UsageError(NOT_FRESH)
        if why := why_held(session, scope, practice, owed):
            raise UsageError(HELD.format(why=why))
        document.signed_by, document.signed_at = by, work.clock()
        audit_log.record(session, scope, work.clock(), by, "release_notice", obligation, {"notice": sha256})


def why_held(session: Session, scope: Scope, practice: Practice, owed: Obligation) -> str | None:
    """Why the notice of a missed visit is not released here, in a sentence: what would hold a report."""
    kept = Kept(session, scope, owed.ehr, "")
    keys = [key for key in (owed.appointment, owed.patient, owed.referral) if key]
    quoted = [Quoted(key, labels_of(raw)) for key in keys if (raw := kept.raw(key)) is not None]
    patient = kept.fact(Patient, owed.patient)
    died = patient is not None and bool(patient.deceased_boolean or patient.deceased_date_time is not None)
    part2 = (
        [PRACTICE] if practice.part2 else [*_part2(session, scope, practice, kept.fact(Appointment, owed.appointment))]
    )
    found = grounds(quoted, practice.hold_codes, part2, owed.patient if died else None)
    return GROUNDS[found[0].code] if found else None


def _part2(session: Session, scope: Scope, practice: Practice, booked: Appointment | None) -> Iterator[str]:
    """Clinicians with whom it was, who fall under Part 2."""
    for one in booked.participant if booked and practice.part2_clinicians else ():
        key = local_key(one.actor)
        if key and signatures.known_as(session, scope, key) & practice.part2_clinicians:
            yield key


def _open(session: Session, scope: Scope, obligation: str) -> Obligation:
    """The missed visit, held until the end of the transaction."""
    found = decisions.obligation_held(session, scope, obligation)
    if found is None or drafts.missed(session, scope, obligation) is None:
        raise UsageError(NOT_THERE)
    if found.state not in OPEN:
        raise UsageError(NOT_OPEN.format(state=found.state))
    before = drafts.papers(session, scope, obligation).get(NOTICE)
    if before is not None and before.signed_by is not None:
        raise UsageError(RELEASED)
    return found


def _missed(kept: Kept, practice: Practice, owed: Obligation) -> Missed:
    appointment = kept.fact(Appointment, owed.appointment)
    if appointment is None or appointment.start is None:
        raise UsageError(NOT_READ)
    if status_of(appointment) not in ("noshow", "cancelled"):
        raise UsageError(NOT_MISSED)
    return Missed(
        practice_name=practice.name,
        zone=practice.zone,
        appointment=appointment,
        referral=kept.fact(ServiceRequest, owed.referral),
        referrer=Referrer(**owed.referrer) if owed.referrer else None,
        patient=kept.fact(Patient, owed.patient),
        bookings=tuple(_bookings(kept, owed)),
        phone=practice.phone,
    )


def _bookings(kept: Kept, owed: Obligation) -> Iterator[Appointment]:
    """The patient's other appointments that name the same referral."""
    rows = records.read_patients(
        kept.session, kept.scope, owed.ehr, drafts.records(kept.session, kept.scope, owed), ("Appointment",)
    )
    for row in rows:
        one = read("Appointment", row[6]) if row[3] != "quarantined" else None
        if (
            isinstance(one, Appointment)
            and one.key != owed.appointment
            and owed.referral in map(local_key, one.based_on)
        ):
            yield one
