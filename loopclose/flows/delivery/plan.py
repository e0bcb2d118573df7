"""Planning a delivery: the letter is packed and frozen, with its seal, before anything is handed over.

A report whose letter was signed here is planned by itself, to the first address that may be used; a person may send it
to any other of that referrer, or a copy to somebody else.
"""

from __future__ import annotations

import structlog
from sqlalchemy.orm import Session

from loopclose.domain.address_book import why_not
from loopclose.domain.channels import CHART
from loopclose.domain.delivering import (
    CANCELLED,
    FAILED,
    FILING,
    INTERIM,
    NOT_OVER,
    NOT_THE_COORDINATORS,
    PURPOSE_OF,
    REPORT,
    STATUS,
    UNSURE,
    WENT_OUT,
    purpose_of,
)
from loopclose.domain.roles import COORDINATOR
from loopclose.domain.states import BY_LOOPCLOSE
from loopclose.errors import LoopcloseError
from loopclose.flows.delivery.next_target import NO_ADDRESS, next_target, planned_before, to_tell
from loopclose.flows.delivery.pack import NotPlanned, Target, pack, pack_status
from loopclose.flows.delivery.report import (
    hold_report,
    letter_for,
    to_coordinator,
    why_not_sent,
)
from loopclose.flows.delivery.status import TOLD_ALREADY
from loopclose.flows.delivery.ways import Ways
from loopclose.flows.papers.letter import letter_of
from loopclose.flows.papers.sheet import refuse_changed
from loopclose.flows.work import Work
from loopclose.outbound.channels.channel import Channel
from loopclose.store import addresses, audit_log, deliveries, drafts, signatures
from loopclose.store.base import Scope
from loopclose.store.obligations import Obligation

log = structlog.get_logger()
OWN_CHART = "The practice's own chart"
NOT_KNOWN = "Nobody knows whether it left for there: say what is known of that delivery first."
SENT_BEFORE = "It was sent before, and not from here: say to which address it goes again."


def plan_due(work: Work, scope: Scope, ways: Ways) -> int:
    """Plan the letters that were signed here and are not on their way yet; gives how many. One that cannot be packed
    holds up no other.
    """
    with work.db.read() as session:
        waiting = [
            *signatures.to_check(session, scope),
            *signatures.interim(session, scope),
            *drafts.released_notices(session, scope),
            *to_tell(work, session, scope, ways),
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
    owed, target = _look(work, scope, ways, obligation)
    if owed is None or target is None:
        return None
    if isinstance(target, str):
        if purpose_of(owed.kind, owed.state) not in NOT_THE_COORDINATORS:
            _leave_to_coordinator(work, scope, owed)
        return None
    return _plan(work, scope, ways, owed, target, BY_LOOPCLOSE)


def leave_next(work: Work, scope: Scope, ways: Ways, obligation: str) -> None:
    """Where letters leave only when somebody sends them: what is left to send of a report is the coordinator's."""
    owed, target = _look(work, scope, ways, obligation)
    if owed is not None and target is not None:
        _leave_to_coordinator(work, scope, owed)


def _look(work: Work, scope: Scope, ways: Ways, obligation: str) -> tuple[Obligation | None, Target | str | None]:
    """A report, and where its letter would go next; a sentence where no address is left."""
    with work.db.read() as session:
        owed = session.get(Obligation, (scope.practice_id, obligation))
        return owed, next_target(work, session, scope, ways, owed) if owed is not None else None


def plan_asked(work: Work, scope: Scope, ways: Ways, obligation: str, by: str) -> str:
    """Plan the letter of a report to the first address that may be used, as a user asks; gives the delivery, which may
    be one that is under way or went out.

    Raises ``NotPlanned`` with the reason, and nothing is written then; ``DatabaseError`` for a letter that was changed
    after it was signed.
    """
    with work.db.read() as session:
        owed = session.get(Obligation, (scope.practice_id, obligation))
        if owed is None or owed.kind not in PURPOSE_OF:
            raise NotPlanned(f"There is no report {obligation}.")
        refuse_changed(session, scope, obligation)
        purpose = purpose_of(owed.kind, owed.state)
        letter = letter_for(session, scope, owed, purpose) or ""
        refused = why_not_sent(session, scope, owed, letter, purpose, owed.referrer_key or "")
        if refused is not None:
            raise NotPlanned(refused)
        before = planned_before(session, scope, owed, letter, purpose)
        live = [one.id for one in before if one.state not in (FAILED, CANCELLED)]
        target = None if live else next_target(work, session, scope, ways, owed, is_asked=True)
    if live:
        return live[-1]
    if not isinstance(target, Target):
        raise NotPlanned(target or SENT_BEFORE)
    return _plan(work, scope, ways, owed, target, by)


def plan_to(work: Work, scope: Scope, ways: Ways, obligation: str, address: str, by: str, purpose: str = REPORT) -> str:
    """Plan the letter of a report to one address, as a user asks; gives the delivery, which may be one under way.

    Raises ``NotPlanned`` with the reason; ``DatabaseError`` for a letter that was changed after it was signed.
    """
    with work.db.read() as session:
        refuse_changed(session, scope, obligation)
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
        before = planned_before(session, scope, owed, letter, purpose)
    if purpose == STATUS and any(one.state in WENT_OUT for one in before):
        raise NotPlanned(TOLD_ALREADY)
    same = [one for one in before if one.address == address]
    if same and same[-1].state == UNSURE:
        raise NotPlanned(NOT_KNOWN)
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
        no = len(planned_before(session, scope, owed, letter, FILING))
    return _plan(work, scope, {CHART: channel}, owed, Target(row, FILING, letter, no), BY_LOOPCLOSE)


def _leave_to_coordinator(work: Work, scope: Scope, first: Obligation) -> None:
    if first.assigned_to is not None or first.owner == COORDINATOR:
        return
    with work.db.write() as session:
        owed = hold_report(session, scope, first.id)
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
