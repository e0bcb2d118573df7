"""Handing over what is planned: each delivery on its own, claimed before it leaves, and what became of it written down.

The attempt is written before it is made. Whoever finds a delivery whose process died knows that it may have left: the
same bytes go again under the same id where the channel drops the repeat, and else nobody sends it before it is known.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

import structlog
from sqlalchemy.orm import Session

from loopclose.clock import Clock, system_clock
from loopclose.domain.address_book import why_not
from loopclose.domain.channels import IN_CHARTS
from loopclose.domain.delivering import (
    CANCELLED,
    FAILED,
    SENDING,
    SENT,
    TO_SEND,
    UNSURE,
    WAITING,
    After,
    Try,
    after_death,
    after_try,
)
from loopclose.flows.delivery.plan import leave_next, plan_next
from loopclose.flows.delivery.report import hold_report, note_sent, why_not_sent
from loopclose.flows.delivery.seals import fits
from loopclose.flows.delivery.ways import Ways
from loopclose.flows.web_key import web_key
from loopclose.flows.work import Work
from loopclose.outbound.channels.channel import Channel, Parcel, Taken
from loopclose.outbound.mail import SendError
from loopclose.store import addresses, deliveries, delivery_history, written
from loopclose.store.base import Scope
from loopclose.store.deliveries import DeliveryRow
from loopclose.store.leases import Held, hold, is_dead
from loopclose.store.obligations import Obligation
from loopclose.store.restores import is_doubtful

log = structlog.get_logger()
CLAIM_LASTS = timedelta(minutes=15)
"""Longer than handing over one letter can take: then a claim of another machine's process is taken over."""
ASK_AGAIN = timedelta(minutes=2)
"""How long after a channel took a letter it is first asked how that went."""
NOT_OURS = (
    "What is kept of it is not what Loopclose packed, so it is not sent: send the letter again, and tell whoever runs "
    "Loopclose."
)
RESTORED = "It was planned before the database was restored, and may have left since."
DIED = "The process ended while it was handed over, so it may have left or not."
BY = "loopclose"


@dataclass(frozen=True)
class Sender:
    """What handing over needs."""

    work: Work
    scope: Scope
    ways: Ways
    lease: Held
    wall: Clock = system_clock
    """Claims are held by wall-clock time, as leases are."""


def send_due(work: Work, scope: Scope, ways: Ways, wall: Clock = system_clock) -> int:
    """Hand over whatever is due; gives how many a channel took.

    Raises ``TemporaryProblem`` while another process is at it.
    """
    with hold(work.db, f"deliveries:{scope.practice_id}", wall) as lease:
        sender, taken = Sender(work, scope, ways, lease, wall), 0
        with work.db.read() as session:
            queue = deliveries.to_send(session, scope, work.clock())
        for key in queue:
            lease.check()
            taken += send_one(sender, key)
        return taken


def send_one(sender: Sender, key: str) -> bool:
    """Hand over one delivery, if nothing speaks against it now; whether its channel took it."""
    work, scope = sender.work, sender.scope
    claimed = _claim(sender, key)
    if claimed is None:
        _go_on(sender, key)
        return False
    row, no = claimed
    tried, taken = _hand_over(sender.ways[row.channel], row, no)
    after = after_try(row.channel, row.tries + 1, tried, work.clock(), is_urgent=row.urgent)
    _settle(sender, row, no, after, taken)
    log.info("letter handed over", practice=scope.practice_id, delivery=key, channel=row.channel, state=after.state)
    _go_on(sender, key)
    return tried.taken


def _claim(sender: Sender, key: str) -> tuple[DeliveryRow, int] | None:
    """The delivery with the number of the try, unless it is not to leave: then why not is written down."""
    work, scope = sender.work, sender.scope
    claimed: tuple[DeliveryRow, int] | None = None

    def take(session: Session) -> None:
        nonlocal claimed
        claimed = None
        first = deliveries.delivery(session, scope, key)
        owed = hold_report(session, scope, first.obligation) if first is not None else None
        row = deliveries.delivery(session, scope, key, lock=True)
        if row is None or row.state not in TO_SEND or not _is_free(row, sender.wall()):
            return
        doubt = _doubt(session, scope, row)
        if doubt is not None:
            row.state, row.error, row.try_after = UNSURE, doubt, None
            delivery_history.add_event(session, scope, key, UNSURE, "loopclose", BY, work.clock(), work.clock(), doubt)
            return
        refused = NOT_OURS if not fits(web_key(work.config).value, row) else None
        address = addresses.address(session, scope, row.address)
        if refused is None and owed is not None and address is not None:
            refused = why_not_sent(session, scope, owed, row.letter, row.purpose, address.referrer, row.channel)
            refused = refused or why_not(address.entry, work.clock(), set(sender.ways))
            refused = refused or (NOT_OURS if (address.to, address.channel) != (row.to, row.channel) else None)
        elif refused is None:
            refused = NOT_OURS
        if refused is not None:
            row.state, row.error, row.try_after = CANCELLED, refused, None
            delivery_history.add_event(
                session, scope, key, "cancelled", "loopclose", BY, work.clock(), work.clock(), refused
            )
            return
        session.flush()
        if deliveries.claim(session, scope, row, sender.lease.holder, sender.wall()):
            claimed = row, delivery_history.begin_attempt(session, scope, key, work.clock())

    work.db.in_write(take)
    return claimed


def _doubt(session: Session, scope: Scope, row: DeliveryRow) -> str | None:
    """Why a delivery may have left already, where a repeat is not to be risked."""
    if row.state == SENDING and after_death(row.channel) == UNSURE:
        return DIED
    if is_doubtful(session, row.planned_at):
        known = delivery_history.events_of(session, scope, [row.id]).get(row.id, [])
        if not any(one.what == "absent" and not is_doubtful(session, one.heard_at) for one in known):
            return RESTORED
    return None


def _is_free(row: DeliveryRow, now: datetime) -> bool:
    """Whether nobody who lives is handing it over."""
    if row.state != SENDING or row.claimed_by is None or row.claimed_at is None:
        return True
    return is_dead(row.claimed_by) or now - row.claimed_at > CLAIM_LASTS


def _hand_over(channel: Channel, row: DeliveryRow, no: int) -> tuple[Try, Taken | None]:
    try:
        taken = channel.send(Parcel(row.id, row.to, row.content, row.remote, row.ehr, attempt=no))
    except SendError as problem:
        return Try(
            False, error=str(problem), final=problem.final, at_server=problem.at_server, unknown=problem.unknown
        ), None
    return Try(True, is_sent=taken.is_sent), taken


def _settle(sender: Sender, row: DeliveryRow, no: int, after: After, taken: Taken | None) -> None:
    """Write down what became of a try: what a channel took stays taken, whoever holds the claim by now."""
    work, scope, now = sender.work, sender.scope, sender.work.clock()
    values = {"state": after.state, **after.values}
    if row.channel not in IN_CHARTS:  # an earlier try's name is not this one's
        values["remote"] = None
    if taken is not None:
        values |= {"remote": taken.remote or row.remote, "note": taken.note, "ask_after": now + ASK_AGAIN}
    if after.state == UNSURE:
        values["ask_after"] = now + ASK_AGAIN

    def write(session: Session) -> None:
        owed = hold_report(session, scope, row.obligation)
        holds = deliveries.settle(session, scope, row.id, sender.lease.holder, values)
        delivery_history.end_attempt(session, scope, row.id, no, now, after.values.get("error"), after.state)
        if not holds and taken is None:
            return
        if not holds:  # taken over meanwhile: that it was accepted stands all the same
            found = deliveries.delivery(session, scope, row.id, lock=True)
            for name, value in values.items() if found is not None else ():
                setattr(found, name, value)
        addresses.note_used(session, scope, row.address, now)
        if taken is not None and taken.remote and row.channel in IN_CHARTS:
            written.note_written(session, scope, row.ehr, row.id, taken.remote.split(), written.LETTER, now)
        if after.state == SENT:
            delivery_history.add_event(session, scope, row.id, "transmitted", "channel", BY, now, now)
            if owed is not None:
                note_sent(session, scope, owed, row, now, now)
        elif after.state in (FAILED, UNSURE):
            words = str(after.values.get("error") or "")
            delivery_history.add_event(session, scope, row.id, after.state, "channel", BY, now, now, words)

    work.db.in_write(write)


def _go_on(sender: Sender, key: str) -> None:
    """Judge again whoever is touched, and plan the next address where this one failed."""
    work, scope = sender.work, sender.scope
    with work.db.read() as session:
        row = deliveries.delivery(session, scope, key)
    if row is None or row.state in (SENDING, WAITING):
        return
    judge_report(work, scope, row.obligation)
    if row.state in (FAILED, CANCELLED):
        follow(work, scope, sender.ways, row)


def judge_report(work: Work, scope: Scope, obligation: str) -> None:
    """Judge the person of a report again: what follows from its letter follows at once."""
    with work.db.read() as session:
        owed = session.get(Obligation, (scope.practice_id, obligation))
    if owed is not None:
        work.judge(scope, owed.ehr, [owed.person])


def follow(work: Work, scope: Scope, ways: Ways, row: DeliveryRow) -> None:
    """After a failure: the next address by itself, where there is one; else it is the coordinator's, as everything is
    where letters leave only when somebody sends them.
    """
    if not work.config.delivery.automatic:
        leave_next(work, scope, ways, row.obligation)
        return
    following = plan_next(work, scope, ways, row.obligation)
    if following is None:
        return
    with work.db.write() as session:
        failed = deliveries.delivery(session, scope, row.id, lock=True)
        if failed is not None:
            failed.followed_by = following
