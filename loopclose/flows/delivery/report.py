"""The report behind a delivery: whether its letter may go, and what a delivery makes of it.

Everything here happens in the transaction of its caller, which holds the report as judging does.
"""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from loopclose.domain.address_book import wants_none
from loopclose.domain.delivering import (
    BEFORE_IT_IS_SIGNED,
    COPY,
    CORRECTION,
    INTERIM,
    NEWER,
    NOTICE,
    PURPOSE_OF,
    REPORT,
    REPORTED,
    STATUS,
    WENT_OUT,
    Standing,
    hindrance,
)
from loopclose.domain.readdressed import TRANSMITTED, known_as
from loopclose.domain.roles import COORDINATOR
from loopclose.domain.states import BOUNCED, BY_LOOPCLOSE, Transition
from loopclose.drafting.keeping import digest
from loopclose.drafting.paper import NOTICE as NOTICE_PAPER
from loopclose.flows.delivery.status import status_letter, why_not_told
from loopclose.flows.holders import holders
from loopclose.flows.papers.sheet import signed_here
from loopclose.store import decisions, deliveries, drafts, holds, letter_changes, opt_outs, persons
from loopclose.store.base import Scope, mine
from loopclose.store.deliveries import DeliveryRow
from loopclose.store.obligations import Document, Obligation

NOTICE_STATES = {"owed": "signed", "drafted": "signed"}
"""Of a missed visit whose notice was released: as the rules of sending know it."""


def hold_report(session: Session, scope: Scope, obligation: str) -> Obligation | None:
    """A report, or a missed visit, with its person's records held first, as judging holds them; None where there is
    none.
    """
    first = session.get(Obligation, (scope.practice_id, obligation))
    if first is None or first.kind not in PURPOSE_OF:
        return None
    persons.records_of(session, scope, first.ehr, [first.person])
    return decisions.obligation_held(session, scope, obligation)


def letter_signed(session: Session, scope: Scope, obligation: str) -> str | None:
    """The SHA-256 of the newest letter of a report that was signed here and is what was signed, or of the notice of a
    missed visit that was released; else None.
    """
    if (notice := released(session, scope, obligation)) is not None:
        return notice.sha256
    found = signed_here(session, scope, obligation)
    if found is None or found.problems:
        return None
    return next((one.letter for one in reversed(found.signatures) if one.counts), None)


def letter_for(session: Session, scope: Scope, owed: Obligation, purpose: str) -> str | None:
    """The SHA-256 of the letter of something owed that may leave for that purpose, as it was signed; else None.

    An interim report leaves until the report itself is signed; of several the newest does.
    """
    if purpose == STATUS:
        return status_letter(session, scope, owed)
    if purpose != INTERIM:
        return letter_signed(session, scope, owed.id)
    found = signed_here(session, scope, owed.id) if owed.kind == "report" else None
    if found is None or found.problems or found.counts:
        return None
    return next((one.letter for one in reversed(found.signatures) if one.interim), None)


def released(session: Session, scope: Scope, obligation: str) -> Document | None:
    """The notice of a missed visit that somebody released, and that is what was released; None where there is none."""
    if drafts.missed(session, scope, obligation) is None:
        return None
    notice = drafts.papers(session, scope, obligation, signed=True).get(NOTICE_PAPER)
    return notice if notice is not None and digest(notice.body) == notice.sha256 else None


def why_not_sent(
    session: Session, scope: Scope, owed: Obligation, letter: str, purpose: str, address_of: str, channel: str = ""
) -> str | None:
    """Why that letter of a report is not sent to an address of ``address_of`` now; None where it may be. ``channel``:
    by which; what its office does not want is looked at with it.
    """
    if purpose == INTERIM and owed.state in ("signed", "sent", "confirmed"):
        return REPORTED
    if purpose == STATUS and (refused := why_not_told(session, scope, owed, letter, channel)):
        return refused
    signed = letter_for(session, scope, owed, purpose)
    on_hold = bool(holds.standing_of(session, scope, owed))
    state = _as_signed(owed, purpose)
    report = Standing(state, signed is not None, on_hold, owed.guessed, owed.referrer_key)
    refused = hindrance(report, purpose, address_of) or (NEWER if signed != letter else None)
    wants = opt_outs.opted_out(session, scope, address_of) if channel and refused is None else {}
    return refused or wants_none(channel, is_copy=purpose == COPY, opted_out=wants)


def is_to_referrer(owed: Obligation, row: DeliveryRow) -> bool:
    """Whether a delivery is to whoever referred, as that is known now."""
    return row.referrer in known_as(owed.ehr, owed.referrer_key, owed.referrer)


def _as_signed(owed: Obligation, purpose: str) -> str:
    """The state as the rules of sending know it: what was released, or signed as an interim report, is signed."""
    if purpose == INTERIM:
        return "signed" if owed.state in BEFORE_IT_IS_SIGNED else owed.state
    return NOTICE_STATES.get(owed.state, owed.state) if owed.kind == "no_show" else owed.state


def note_sent(session: Session, scope: Scope, owed: Obligation, row: DeliveryRow, at: datetime, now: datetime) -> None:
    """A delivery of the report was transmitted: the report is sent, from the first one to its referrer on."""
    if row.purpose in (REPORT, COPY, CORRECTION):
        _note_corrected(session, scope, owed, row, at, now)
    if row.purpose == NOTICE and owed.state in NOTICE_STATES:
        _step(session, scope, owed, Transition(owed.state, "confirmed", at, BY_LOOPCLOSE, row.id, "notice_sent"), now)
        owed.alert_after = None
    if row.purpose != REPORT or owed.state != "signed" or not is_to_referrer(owed, row):
        return
    _step(session, scope, owed, Transition("signed", "sent", at, BY_LOOPCLOSE, row.id, TRANSMITTED), now)
    owed.sent_at, owed.on_time, owed.alert_after = at, at <= owed.due_at, None


def _note_corrected(
    session: Session, scope: Scope, owed: Obligation, row: DeliveryRow, at: datetime, now: datetime
) -> None:
    """A letter was transmitted: where it is the corrected one, and everybody who had an older one has it now, the
    correction is done."""
    open_ones = letter_changes.open_corrections(session, scope, owed.id)
    done = [one for one in open_ones if letter_changes.is_signed_anew(session, scope, one.id)]
    if not done or row.letter != letter_signed(session, scope, owed.id):
        return
    got = holders(session, scope, owed.id)
    newer = {one.address for one in got if one.letter == row.letter and one.state in WENT_OUT} | {row.address}
    if any(one.letter != row.letter and one.address not in newer for one in got):
        return
    for one in done:
        step = Transition(one.state, "confirmed", at, BY_LOOPCLOSE, row.id, "corrected_letter_sent")
        decisions.add_step(session, scope, one.id, step, now)
        one.state, one.alert_after = "confirmed", None


def note_received(
    session: Session, scope: Scope, owed: Obligation, row: DeliveryRow, at: datetime, by: str, words: str, now: datetime
) -> None:
    """A delivery of the report arrived, as something or somebody proves."""
    note_sent(session, scope, owed, row, at, now)
    if row.purpose == REPORT and owed.state == "sent" and is_to_referrer(owed, row):
        _step(session, scope, owed, Transition("sent", "confirmed", at, by, row.id, "receipt", words or None), now)


def note_bounced(session: Session, scope: Scope, owed: Obligation, row: DeliveryRow, words: str, now: datetime) -> None:
    """What had been transmitted did not arrive: where nothing else of the report went out, it is unsent again, with the
    deadline that it had."""
    found = deliveries.deliveries_of(session, scope, [owed.id]).get(owed.id, ())
    others = [one for one in found if one.id != row.id and is_to_referrer(owed, one)]
    before = {REPORT: ("sent", "confirmed"), NOTICE: ("confirmed",)}.get(row.purpose, ())
    if owed.state not in before or any(one.state in WENT_OUT and one.purpose == row.purpose for one in others):
        return
    again = "signed" if row.purpose == REPORT else "owed"
    _step(session, scope, owed, Transition(owed.state, again, now, BY_LOOPCLOSE, row.id, BOUNCED, words), now)
    owed.sent_at = owed.on_time = None
    owed.alert_after = now
    _await_receipt(session, scope, owed, words, now)


def _await_receipt(session: Session, scope: Scope, owed: Obligation, words: str, now: datetime) -> None:
    """What was taken for the receipt of a report was none: it is awaited again."""
    about = (Obligation.visit == owed.visit, Obligation.referral == owed.referral)
    these = (mine(Obligation, scope), Obligation.ehr == owed.ehr, Obligation.person == owed.person, *about)
    asked = select(Obligation.id).where(*these, Obligation.kind == "receipt", Obligation.state == "confirmed")
    for key in session.scalars(asked).all():
        receipt = decisions.obligation_held(session, scope, key)
        if receipt is not None:
            _step(
                session, scope, receipt, Transition("confirmed", "owed", now, BY_LOOPCLOSE, None, BOUNCED, words), now
            )


def to_coordinator(owed: Obligation) -> None:
    """No address is left: it is the coordinator's move, unless somebody was given it by name."""
    if owed.assigned_to is None:
        owed.owner = COORDINATOR


def _step(session: Session, scope: Scope, owed: Obligation, step: Transition, now: datetime) -> None:
    decisions.add_step(session, scope, owed.id, step, now)
    owed.state = step.to_state
    persons.touch_persons(session, scope, owed.ehr, [owed.person])
