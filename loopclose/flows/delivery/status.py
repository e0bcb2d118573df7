"""Word to a referrer that their request was accepted or declined: a message of IHE 360X (PCC-56), without a letter.

It leaves by Direct message alone, under the rules of every delivery, and once for each answer. Nothing is owed by it.
"""

from __future__ import annotations

import hashlib
from datetime import datetime

from sqlalchemy.orm import Session

from fhir_adapters.facts import Appointment
from loopclose.domain.appointment_status import NEVER_WAS, status_of
from loopclose.domain.request_answers import ACCEPTED, TOLD_WITHIN
from loopclose.errors import UsageError
from loopclose.flows.delivery.closed_loop import status_message
from loopclose.flows.papers.header import Kept, known_as, patient_of
from loopclose.flows.papers.notice import why_held
from loopclose.flows.site import practice_of
from loopclose.flows.work import Work
from loopclose.outbound.channels.channel import About, Enclosure
from loopclose.store import request_answers
from loopclose.store.base import Scope, natural_id
from loopclose.store.obligations import Obligation, TransitionRow

DIRECT = "direct"
WENT_OUT = frozenset({"sent", "confirmed"})
NO_ANSWER = "The request is neither accepted nor declined as the chart stands."
ANSWERED_ANEW = "What it says of the request is not true any more."
BY_DIRECT_ALONE = "Whether a request is accepted goes by Direct message alone."
HELD = "A report under the same request is on hold, so nothing is said of the request."
TOLD_ALREADY = "The referrer's system was told so already: such a message goes once."
NOT_NUMBERED = "The request or the patient bears no number that the referrer's system knows (an OID)."
NO_OID = "The practice does not answer requests by 360X ([direct.{practice}] oid and answers_requests)."
NOT_TOLD = "It is not sent here: {why} Tell the referrer yourself, if it may be told at all."
REFERRAL_NOTE = ("57133-1", "Referral note")
TITLES = {True: "Request accepted", False: "Request declined"}


def status_letter(session: Session, scope: Scope, owed: Obligation) -> str | None:
    """What stands for the letter of an answer: a digest of which answer to which request; None where there is none."""
    answer = request_answers.answer_of(session, scope, owed)
    return hashlib.sha256(f"{owed.id} {answer.code}".encode()).hexdigest() if answer is not None else None


def why_not_told(session: Session, scope: Scope, owed: Obligation, letter: str, channel: str) -> str | None:
    """What keeps word of an answer from being sent beside what keeps any letter; None where nothing does."""
    now = status_letter(session, scope, owed)
    if now is None:
        return NO_ANSWER
    if channel not in ("", DIRECT):
        return BY_DIRECT_ALONE
    if letter != now:
        return ANSWERED_ANEW
    return HELD if "held" in request_answers.reports_of(session, scope, owed) else None


def is_due(work: Work, session: Session, scope: Scope, owed: Obligation) -> bool:
    """Whether word of an answer leaves by itself now: the answer is news still, and can be told as 360X does."""
    answer = request_answers.answer_of(session, scope, owed)
    if answer is None or answer.effective_at < work.clock() - TOLD_WITHIN:
        return False
    if not WENT_OUT.isdisjoint(request_answers.reports_of(session, scope, owed)):
        return False
    kept = _kept(work, session, scope, owed)
    booked = kept.fact(Appointment, answer.evidence)
    if booked is not None and status_of(booked) in NEVER_WAS:  # the notice of a missed visit tells of it
        return False
    if why_held(session, scope, practice_of(work.config, scope.practice_id), owed) is not None:
        return False
    return _message(work, session, scope, owed, answer, "", work.clock()) is not None


def status_of_request(
    work: Work, session: Session, scope: Scope, owed: Obligation, delivery: str, at: datetime
) -> tuple[About, Enclosure]:
    """What is packed: what it is about, and the message. Raises ``UsageError`` where it cannot be told."""
    practice = practice_of(work.config, scope.practice_id)
    answer = request_answers.answer_of(session, scope, owed)
    if answer is None:
        raise UsageError(NO_ANSWER)
    if practice.oid is None:
        raise UsageError(NO_OID.format(practice=scope.practice_id))
    if why := why_held(session, scope, practice, owed):
        raise UsageError(NOT_TOLD.format(why=why))
    message = _message(work, session, scope, owed, answer, delivery, at)
    if message is None:
        raise UsageError(NOT_NUMBERED)
    about = About(
        document=natural_id(scope.practice_id, "status", owed.id, answer.code or ""),
        title=TITLES[answer.code == ACCEPTED],
        loinc=REFERRAL_NOTE[0],
        display=REFERRAL_NOTE[1],
        patient=owed.patient,
        signed_at=answer.effective_at,
        ehr=owed.ehr,
        referral=owed.referral,
        recipient=(owed.referrer or {}).get("reference"),
    )
    return about, message


def _message(
    work: Work, session: Session, scope: Scope, owed: Obligation, answer: TransitionRow, delivery: str, at: datetime
) -> Enclosure | None:
    practice, kept = practice_of(work.config, scope.practice_id), _kept(work, session, scope, owed)
    booked = kept.fact(Appointment, answer.evidence)
    expected = booked.start.start(practice.zone) if booked is not None and booked.start is not None else None
    return status_message(
        known_as(kept, owed.referral),
        patient_of(kept, owed),
        practice.oid,
        delivery,
        at,
        is_accepted=answer.code == ACCEPTED,
        expected=expected,
    )


def _kept(work: Work, session: Session, scope: Scope, owed: Obligation) -> Kept:
    return Kept(session, scope, owed.ehr, work.config.ehr[owed.ehr].base_url)
