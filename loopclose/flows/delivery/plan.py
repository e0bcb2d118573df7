"""Planning a delivery: the letter is packed and frozen, with its seal, before anything is handed over.

A report whose letter was signed here is planned by itself, to the first address that may be used; a person may send it
to any other of that referrer, or a copy to somebody else.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

import structlog
from sqlalchemy.orm import Session

from loopclose.domain.address_book import usable, wants_none, why_not
from loopclose.domain.channels import CHART
from loopclose.domain.delivering import (
    CANCELLED,
    FAILED,
    FILING,
    INTERIM,
    NOT_OVER,
    NOT_THE_COORDINATORS,
    NOTICE,
    PURPOSE_OF,
    REPORT,
    STATUS,
    WENT_OUT,
    purpose_of,
)
from loopclose.domain.request_answers import TOLD_WITHIN
from loopclose.domain.roles import COORDINATOR
from loopclose.domain.states import BY_LOOPCLOSE
from loopclose.errors import LoopcloseError
from loopclose.flows.delivery.pack import NotPlanned, Target, pack, pack_status
from loopclose.flows.delivery.report import (
    NOTICE_STATES,
    hold_report,
    letter_for,
    released,
    to_coordinator,
    why_not_sent,
)
from loopclose.flows.delivery.status import DIRECT, TOLD_ALREADY, is_due
from loopclose.flows.delivery.ways import Ways
from loopclose.flows.papers.letter import letter_of
from loopclose.flows.site import practice_of
from loopclose.flows.work import Work
from loopclose.outbound.channels.channel import Channel
from loopclose.store import addresses, audit_log, deliveries, drafts, opt_outs, request_answers, signatures
from loopclose.store.base import Scope
from loopclose.store.deliveries import DeliveryRow
from loopclose.store.obligations import Obligation
from loopclose.store.restores import is_doubtful

log = structlog.get_logger()
RESTORED = "It was signed before the database was restored, and may have left since: look, then send it."
OWN_CHART = "The practice's own chart"
NO_ADDRESS = "No address of this referrer may be used: add one, or check one, on the page of the referrer."


def plan_due(work: Work, scope: Scope, ways: Ways) -> int:
    """Plan the letters that were signed here and are not on their way yet; gives how many. One that cannot be packed
    holds up no other.
    """
    with work.db.read() as session:
        waiting = [
            *signatures.to_check(session, scope),
            *signatures.interim(session, scope),
            *drafts.released_notices(session, scope),
            *_to_tell(work, session, scope, ways),
        ]
    planned = 0
    for obligation in waiting if ways else ():
        try:
            planned += plan_next(work, scope, ways, obligation) is not None
        except LoopcloseError as problem:  # said on its page as well
            log.warning(
                "a letter cannot be packed", practice=scope.practice_id, report=obligation, problem=str(problem)
            )
    return planned


def plan_next(work: Work, scope: Scope, ways: Ways, obligation: str) -> str | None:
    """Plan the letter of a report to the first address that may be used and at which it did not fail; None where it is
    on its way, may not leave, or no address is left: then it is the coordinator's, but for an interim report, whose
    report is its author's still.
    """
    with work.db.read() as session:
        owed = session.get(Obligation, (scope.practice_id, obligation))
        target = _next_target(work, session, scope, ways, owed) if owed is not None else None
    if owed is None or target is None:
        return None
    if isinstance(target, str):
        stays = purpose_of(owed.kind, owed.state) in NOT_THE_COORDINATORS
        if owed.assigned_to is None and owed.owner != COORDINATOR and not stays:
            _leave_to_coordinator(work, scope, obligation)
        return None
    return _plan(work, scope, ways, owed, target, BY_LOOPCLOSE)


def plan_to(work: Work, scope: Scope, ways: Ways, obligation: str, address: str, by: str, purpose: str = REPORT) -> str:
    """Plan the letter of a report to one address, as a user asks; gives the delivery, which may be one under way.

    Raises ``NotPlanned`` with the reason.
    """
    with work.db.read() as session:
        owed = session.get(Obligation, (scope.practice_id, obligation))
        row = addresses.address(session, scope, address)
        if owed is None or owed.kind not in PURPOSE_OF:
            raise NotPlanned(f"There is no report {obligation}.")
        purpose = purpose_of(owed.kind, owed.state) if purpose == REPORT else purpose
        if row is None:
            raise NotPlanned("There is no such address: choose one of the address book.")
        letter = letter_for(session, scope, owed, purpose) or ""
        refused = why_not_sent(session, scope, owed, letter, purpose, row.referrer, row.channel)
        if refused is not None:
            raise NotPlanned(refused)
        before = _planned_before(session, scope, obligation, letter)
    if purpose == STATUS and any(one.state in WENT_OUT for one in before):
        raise NotPlanned(TOLD_ALREADY)
    same = [one for one in before if one.address == address and one.purpose == purpose]
    if same and same[-1].state in NOT_OVER:
        return same[-1].id
    return _plan(work, scope, ways, owed, Target(row, purpose, letter, len(same)), by)


def file_copy(work: Work, scope: Scope, channel: Channel, owed: Obligation) -> str | None:
    """Plan a copy of a report's newest signed letter for the chart of its own EHR; None where it may not leave."""
    with work.db.write() as session:
        letter = letter_for(session, scope, owed, FILING)
        if letter is None or why_not_sent(session, scope, owed, letter, FILING, "") is not None:
            return None
        given = {"referrer": f"{CHART}:{owed.ehr}", "name": OWN_CHART, "channel": CHART, "to": owed.ehr}
        key = addresses.add_address(session, scope, given, BY_LOOPCLOSE, work.clock())
        session.flush()
        row = addresses.address(session, scope, key, lock=True)
        if row is None:
            return None
        row.checked_by, row.checked_at = BY_LOOPCLOSE, work.clock()  # there is nobody whose address it could be
        no = len([one for one in _planned_before(session, scope, owed.id, letter) if one.purpose == FILING])
    return _plan(work, scope, {CHART: channel}, owed, Target(row, FILING, letter, no), BY_LOOPCLOSE)


def _to_tell(work: Work, session: Session, scope: Scope, ways: Ways) -> Sequence[str]:
    """Answers to requests that are news still, where word of them can leave at all."""
    if DIRECT not in ways or practice_of(work.config, scope.practice_id).oid is None:
        return ()
    return request_answers.answered_since(session, scope, work.clock() - TOLD_WITHIN)


def _next_target(work: Work, session: Session, scope: Scope, ways: Ways, owed: Obligation) -> Target | str | None:
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
    before = [one for one in _planned_before(session, scope, owed.id, letter) if one.purpose == purpose]
    if any(one.state not in (FAILED, CANCELLED) for one in before):
        return None
    if is_doubtful(session, _signed_at(session, scope, owed)):
        return RESTORED
    if purpose == STATUS and not is_due(work, session, scope, owed):
        return None
    if why_not_sent(session, scope, owed, letter, purpose, owed.referrer_key or "") is not None:
        return None
    tried = {one.address for one in before}
    out = opt_outs.opted_out(session, scope, owed.referrer_key or "")
    open_ways = {one for one in ways if wants_none(one, is_copy=False, opted_out=out) is None}
    open_ways &= {DIRECT} if purpose == STATUS else open_ways
    entries = usable((row.entry for row in rows.values()), work.clock(), open_ways)
    left = [one for one in entries if one.id not in tried]
    return Target(rows[left[0].id], purpose, letter, 0) if left else NO_ADDRESS


def _signed_at(session: Session, scope: Scope, owed: Obligation) -> datetime:
    notice = released(session, scope, owed.id)
    if notice is not None and notice.signed_at is not None:
        return notice.signed_at
    answer = request_answers.answer_of(session, scope, owed)
    if answer is not None:
        return answer.detected_at
    return signatures.signatures_of(session, scope, owed.id)[-1].at


def _planned_before(session: Session, scope: Scope, obligation: str, letter: str) -> list[DeliveryRow]:
    found = deliveries.deliveries_of(session, scope, [obligation]).get(obligation, [])
    return [one for one in found if one.letter == letter]


def _leave_to_coordinator(work: Work, scope: Scope, obligation: str) -> None:
    with work.db.write() as session:
        owed = hold_report(session, scope, obligation)
        if owed is not None:
            to_coordinator(owed)


def _plan(work: Work, scope: Scope, ways: Ways, owed: Obligation, target: Target, by: str) -> str:
    """Pack the letter, which takes a moment, and keep it in a transaction that looks at everything again."""
    channel = ways.get(target.address.channel)
    reason = why_not(target.address.entry, work.clock(), set(ways))
    if channel is None or reason is not None:
        raise NotPlanned(reason or NO_ADDRESS)
    if target.purpose == STATUS:
        row = pack_status(work, scope, channel, owed, target, by)
    else:
        letter = letter_of(work, scope, owed.id, interim=target.purpose == INTERIM)
        if letter is None or letter.header.signature is None:
            raise NotPlanned("Nothing of it is signed here.")
        row = pack(work, scope, channel, owed, target, letter, by)

    def keep(session: Session) -> None:
        again = hold_report(session, scope, owed.id)
        address = addresses.address(session, scope, target.address.id, lock=True)
        if again is None or address is None:
            raise NotPlanned(NO_ADDRESS)
        refused = why_not_sent(session, scope, again, target.letter, target.purpose, address.referrer, address.channel)
        refused = refused or why_not(address.entry, work.clock(), set(ways))
        if refused is not None:
            raise NotPlanned(refused)
        if deliveries.delivery(session, scope, row.id) is None:
            session.add(row)
            detail = {"delivery": row.id, "channel": row.channel, "purpose": row.purpose, "letter": row.letter}
            audit_log.record(session, scope, work.clock(), by, "send", owed.id, detail)

    work.db.in_write(keep)
    return target.key(scope, owed.id)
