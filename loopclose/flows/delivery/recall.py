"""Calling a letter back: what has not left does not leave, and who got it is listed for whoever calls them.

The sheet is made of what is kept of each delivery, at any time later, too: who got what, when, by which channel.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy.orm import Session

from loopclose.domain.delivering import (
    BEFORE_IT_IS_SIGNED,
    CANCELLED,
    COPY,
    FAILED,
    FILING,
    PLANNED,
    PURPOSE_OF,
    SENDING,
    WAITING,
)
from loopclose.domain.holds import Ground
from loopclose.domain.recalling import CLOSES_ADDRESS, HOLDS_REPORT, REASONS, RECALLED, called_back
from loopclose.domain.states import BOUNCED, HELD, Transition
from loopclose.errors import UsageError
from loopclose.flows.accounts import check_role
from loopclose.flows.delivery.report import hold_report, is_to_referrer
from loopclose.flows.delivery.send import judge_report
from loopclose.flows.work import Work
from loopclose.store import addresses, audit_log, decisions, deliveries, delivery_history, holds
from loopclose.store.base import Scope
from loopclose.store.deliveries import DeliveryRow
from loopclose.store.delivery_history import DeliveryEvent
from loopclose.store.obligations import Obligation


@dataclass(frozen=True)
class Got:
    """One recipient of a letter that was called back."""

    row: DeliveryRow
    events: tuple[DeliveryEvent, ...]

    @property
    def recalled(self) -> DeliveryEvent | None:
        """When it was called back, by whom and why."""
        return next((one for one in reversed(self.events) if one.what == RECALLED), None)


def recall(
    work: Work, scope: Scope, obligation: str, code: str, by: str, words: str = "", only: str | None = None
) -> int:
    """Call the letters of a report back, or one delivery (``only``); gives how many had left.

    Raises ``UsageError`` with the reason where that cannot be done.
    """
    check_role(work.db, scope, by, "send")
    if code not in REASONS:
        raise UsageError(f"Why is it called back? One of {', '.join(REASONS)} is expected.")
    gone = 0

    def write(session: Session) -> None:
        nonlocal gone
        owed = hold_report(session, scope, obligation)
        if owed is None:
            raise UsageError(f"There is no report {obligation}.")
        found = deliveries.deliveries_of(session, scope, [obligation]).get(obligation, [])
        these = [one for one in found if only in (None, one.id) and one.state not in (CANCELLED, FAILED)]
        if not these:
            raise UsageError("Nothing of it left, and nothing is on its way.")
        now = work.clock()
        gone = sum(_call_back(session, scope, one, code, by, words, now) for one in these)
        _reopen(session, scope, owed, code, by, words, now)
        detail = {"code": code, "deliveries": [one.id for one in these]}
        audit_log.record(session, scope, now, by, "recall", obligation, detail)

    work.db.in_write(write)
    judge_report(work, scope, obligation)
    return gone


def _call_back(session: Session, scope: Scope, row: DeliveryRow, code: str, by: str, words: str, now: datetime) -> bool:
    """One delivery; whether it had left, or may have."""
    stays = row.state in (PLANNED, WAITING)
    if row.state == SENDING:
        raise UsageError("It is being handed over right now: call it back in a minute.")
    why = called_back(code, words)
    row.state, row.error, row.try_after, row.confirm = CANCELLED if stays else FAILED, why, None, None
    delivery_history.add_event(session, scope, row.id, RECALLED, "person", by, now, now, why)
    if code in CLOSES_ADDRESS and row.purpose not in (COPY, FILING):  # of a copy, or our own chart, it is right
        addresses.close(session, scope, row.address, by, REASONS[code], now)
    return not stays


def _reopen(session: Session, scope: Scope, owed: Obligation, code: str, by: str, words: str, now: datetime) -> None:
    """The report is unsent again, unless a letter of it is with the right one; or held, until somebody looked, as well
    where only an interim report of it had left. A missed visit is to be told again where its notice went astray.
    """
    got = [one for one in deliveries.who_got(session, scope, owed.id) if one.purpose == PURPOSE_OF[owed.kind]]
    right = [one for one in got if one.state not in (FAILED, CANCELLED) and is_to_referrer(owed, one)]
    if owed.kind == "no_show" and got and not right and owed.state == "confirmed" and code not in HOLDS_REPORT:
        step = Transition("confirmed", "owed", now, by, code=BOUNCED, note=REASONS[code])
        decisions.add_step(session, scope, owed.id, step, now)
        owed.state, owed.alert_after = "owed", now
    if owed.kind != "report":
        return
    state = HELD if code in HOLDS_REPORT else "signed"
    went_out = ("signed", "sent", "confirmed", *(BEFORE_IT_IS_SIGNED if state == HELD else ()))
    if owed.state not in went_out or (state == "signed" and (right or owed.state == "signed")):
        return
    if state == HELD:
        holds.add_holds(session, scope, owed.id, [Ground("other")], by, now, words.strip() or REASONS[code])
    step = Transition(owed.state, state, now, by, code=BOUNCED, note=REASONS[code])
    decisions.add_step(session, scope, owed.id, step, now)
    owed.state, owed.sent_at, owed.on_time, owed.alert_after = state, None, None, now


def sheet(session: Session, scope: Scope, obligation: str) -> list[Got]:
    """Who got letters of a report that were called back, the first first."""
    found = deliveries.deliveries_of(session, scope, [obligation]).get(obligation, [])
    events = delivery_history.events_of(session, scope, [one.id for one in found])
    got = [Got(one, tuple(events.get(one.id, ()))) for one in found]
    return [one for one in got if one.recalled is not None]
