"""Where the letter of something owed would go next, by the address book and by what became of it so far."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy.orm import Session

from loopclose.domain.address_book import usable, wants_none
from loopclose.domain.delivering import CANCELLED, FAILED, INTERIM, NOTICE, STATUS, TO_REFERRER, purpose_of
from loopclose.domain.recalling import is_of_its_words
from loopclose.domain.request_answers import TOLD_WITHIN
from loopclose.flows.delivery.pack import Target
from loopclose.flows.delivery.report import NOTICE_STATES, is_to_referrer, letter_for, released, why_not_sent
from loopclose.flows.delivery.status import DIRECT, is_due
from loopclose.flows.delivery.ways import Ways
from loopclose.flows.site import practice_of
from loopclose.flows.work import Work
from loopclose.store import addresses, deliveries, opt_outs, request_answers, signatures
from loopclose.store.base import Scope
from loopclose.store.deliveries import DeliveryRow
from loopclose.store.obligations import Obligation
from loopclose.store.restores import is_doubtful

RESTORED = "It was signed before the database was restored, and may have left since: look, then send it."
CALLED_BACK = "It was called back for what it says: if that is right after all, say to which address it goes."
NO_ADDRESS = "No address of this referrer may be used: add one, or check one, on the page of the referrer."


def to_tell(work: Work, session: Session, scope: Scope, ways: Ways) -> Sequence[str]:
    """Answers to requests that are news still, where word of them can leave at all."""
    if DIRECT not in ways or practice_of(work.config, scope.practice_id).oid is None:
        return ()
    return request_answers.answered_since(session, scope, work.clock() - TOLD_WITHIN)


def next_target(
    work: Work, session: Session, scope: Scope, ways: Ways, owed: Obligation, *, is_asked: bool = False
) -> Target | str | None:
    """The first address that may be used and at which it did not fail; None where it is on its way or may not leave by
    itself, and a sentence where a person has to do something first. ``is_asked``: by a person, for whom it may go where
    it was taken back before it left.
    """
    purpose = purpose_of(owed.kind, owed.state)
    before_it = {NOTICE: tuple(NOTICE_STATES), INTERIM: (owed.state,), STATUS: ("confirmed",)}.get(purpose, ())
    if owed.state not in ("signed", *before_it):
        return None
    rows = {one.id: one for one in addresses.addresses_of(session, scope, owed.referrer_key or "")}
    if not rows and not owed.guessed:  # most of those that wait: they are looked at every minute
        return NO_ADDRESS
    letter = letter_for(session, scope, owed, purpose)
    if letter is None:
        return None
    before = planned_before(session, scope, owed, letter, purpose)
    if any(one.state not in (FAILED, CANCELLED) for one in before):
        return None
    if any(is_of_its_words(one.error or "") for one in before):
        return CALLED_BACK
    if is_doubtful(session, _signed_at(session, scope, owed)):
        return RESTORED
    if purpose == STATUS and not is_due(work, session, scope, owed):
        return None
    if why_not_sent(session, scope, owed, letter, purpose, owed.referrer_key or "") is not None:
        return None
    tried = {one.address for one in before if one.state == FAILED or not is_asked}
    out = opt_outs.opted_out(session, scope, owed.referrer_key or "")
    open_ways = {one for one in ways if wants_none(one, is_copy=False, opted_out=out) is None}
    open_ways &= {DIRECT} if purpose == STATUS else open_ways
    entries = usable((row.entry for row in rows.values()), work.clock(), open_ways)
    left = [one for one in entries if one.id not in tried]
    if not left:
        return NO_ADDRESS
    return Target(rows[left[0].id], purpose, letter, sum(one.address == left[0].id for one in before))


def _signed_at(session: Session, scope: Scope, owed: Obligation) -> datetime:
    notice = released(session, scope, owed.id)
    if notice is not None and notice.signed_at is not None:
        return notice.signed_at
    answer = request_answers.answer_of(session, scope, owed)
    if answer is not None:
        return answer.detected_at
    return signatures.signatures_of(session, scope, owed.id)[-1].at


def planned_before(
    session: Session, scope: Scope, owed: Obligation, letter: str, purpose: str
) -> list[DeliveryRow]:  # fmt: skip
    """Deliveries of that very letter for that purpose, the oldest first: of what is for the referrer alone those to
    whoever that is now.
    """
    found = deliveries.deliveries_of(session, scope, [owed.id]).get(owed.id, [])
    found = [one for one in found if (one.letter, one.purpose) == (letter, purpose)]
    return [one for one in found if purpose not in TO_REFERRER or is_to_referrer(owed, one)]
