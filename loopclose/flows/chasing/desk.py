"""The chase desk: a question is noted and answered, the letter goes again to an address that somebody checked."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy.orm import Session

from loopclose.domain.address_book import address_words, wants_none, why_not
from loopclose.domain.chasing import BY_PEOPLE, Chase, Leg
from loopclose.domain.delivering import (
    BEFORE_IT_IS_SIGNED,
    CANCELLED,
    FAILED,
    NOT_OVER,
    NOT_SIGNED,
    RECEIVED,
    REPORT,
    UNSURE,
)
from loopclose.domain.recalling import RECALLED
from loopclose.errors import UsageError
from loopclose.flows.accounts import check_role
from loopclose.flows.delivery.pack import NotPlanned
from loopclose.flows.delivery.plan import NOT_KNOWN, plan_to
from loopclose.flows.delivery.report import letter_signed, why_not_sent
from loopclose.flows.delivery.said import add_address
from loopclose.flows.delivery.ways import Ways
from loopclose.flows.work import Work
from loopclose.store import addresses, audit_log, chases, deliveries, delivery_history, opt_outs
from loopclose.store.addresses import AddressRow
from loopclose.store.base import Scope, natural_id
from loopclose.store.deliveries import DeliveryRow
from loopclose.store.obligations import Obligation

LONGEST = 500
"""Letters of each thing that is noted."""
ALREADY = "It is on its way there already."
FIRST = "Say who asked: a name or an office."


@dataclass(frozen=True)
class Choice:
    """An address to which the letter might go again."""

    row: AddressRow
    why_not: str | None
    """Why nothing may go there now; None where it may."""


def log_call(work: Work, scope: Scope, obligation: str, chase: Chase, by: str, form: str = "") -> bool:
    """Note that somebody of the referrer's side asked; whether that is news. ``form``: which form it was entered in; of
    one form the same caller counts once, however often it is sent. Raises ``UsageError`` with what is missing.
    """
    check_role(work.db, scope, by, "log_chase")
    if chase.how not in BY_PEOPLE:
        raise UsageError(f"How did they ask? One of {', '.join(BY_PEOPLE)} is expected.")
    if not chase.who and not chase.office:
        raise UsageError(FIRST)
    now = work.clock()
    asked = (chase.how, chase.who, chase.office, chase.number)
    key = natural_id(scope.practice_id, "chase", obligation, form or now.isoformat(), by, *asked)
    with work.db.write() as session:
        owed = session.get(Obligation, (scope.practice_id, obligation))
        if owed is None or owed.kind != "report":
            raise UsageError(f"There is no report {obligation}.")
        is_news = chases.note_chase(session, scope, key, obligation, chase, by, now)
        if is_news:
            audit_log.record(session, scope, now, by, "log_chase", obligation, {"how": chase.how})
    return is_news


def send_again(work: Work, scope: Scope, ways: Ways, obligation: str, address: str, by: str) -> str:
    """Have the letter leave once more, to an address of the book that somebody checked; gives the delivery.

    Raises ``NotPlanned`` with the reason, as for an address that nobody compared with the office.
    """
    check_role(work.db, scope, by, "send")
    with work.db.read() as session:
        owed = session.get(Obligation, (scope.practice_id, obligation))
    if owed is not None and owed.state in BEFORE_IT_IS_SIGNED:  # they ask for the report, not for its interim one
        raise NotPlanned(NOT_SIGNED)
    return plan_to(work, scope, ways, obligation, address, by)


def dictated(work: Work, scope: Scope, obligation: str, channel: str, to: str, by: str) -> AddressRow:
    """Keep an address that somebody named on the telephone. It is not used before it is checked: whoever calls may be
    anybody, so the office is called back at a number that was known before. Raises ``UsageError``.
    """
    with work.db.read() as session:
        owed = session.get(Obligation, (scope.practice_id, obligation))
    if owed is None or owed.kind != "report":
        raise UsageError(f"There is no report {obligation}.")
    if owed.referrer_key is None:
        raise UsageError("Nobody is known who referred, so no address can be theirs.")
    given = {"referrer": owed.referrer_key, "name": owed.referrer_name or "", "channel": channel, "to": to}
    key = add_address(work, scope, given, by)
    with work.db.read() as session:
        found = addresses.address(session, scope, key)
    if found is None:
        raise UsageError("There is no such address.")
    return found


def choices(session: Session, scope: Scope, ways: Ways, owed: Obligation, now: datetime) -> Sequence[Choice]:
    """The addresses of who gets a report, those that may be used first; closed ones are left out."""
    rows = addresses.addresses_of(session, scope, owed.referrer_key or "")
    out, letter = opt_outs.opted_out(session, scope, owed.referrer_key or ""), letter_signed(session, scope, owed.id)
    before = deliveries.deliveries_of(session, scope, [owed.id]).get(owed.id, [])
    stands = {one.address: one.state for one in before if one.letter == letter and one.purpose == REPORT}
    found = [
        Choice(
            row,
            why_not(row.entry, now, set(ways))
            or wants_none(row.channel, is_copy=False, opted_out=out)
            or _why_not_there(stands.get(row.id)),
        )
        for row in rows
        if row.closed_at is None
    ]
    return sorted(found, key=lambda one: one.why_not is not None)


def _why_not_there(state: str | None) -> str | None:
    """Why a letter is not sent once more to where a delivery of it is in ``state``: it would arrive twice."""
    if state == UNSURE:
        return NOT_KNOWN
    return ALREADY if state in NOT_OVER else None


def why_not_again(session: Session, scope: Scope, owed: Obligation) -> str | None:
    """Why the letter of a report cannot be sent now, wherever it went; None where it can."""
    letter = letter_signed(session, scope, owed.id) or ""
    return why_not_sent(session, scope, owed, letter, REPORT, owed.referrer_key or "")


def last_leg(rows: Sequence[DeliveryRow], purpose: str = REPORT) -> DeliveryRow | None:
    """Of the deliveries of a report, or of its interim one, to the referrer what is said of it: one that arrived, else
    the last that did not fail, else the last. What was taken back before it left is not counted.
    """
    out = [one for one in rows if one.purpose == purpose and one.state != CANCELLED]
    arrived = [one for one in out if one.state == RECEIVED]
    return next(iter((arrived or [one for one in out if one.state != FAILED] or out)[::-1]), None)


def legs(
    session: Session, scope: Scope, obligations: Sequence[str], purpose: str = REPORT
) -> Mapping[str, tuple[Leg, str | None]]:
    """By report that was sent, or is on its way: how, and the short code that is printed on the letter. Of a letter
    that was called back neither whom it went to nor its code. ``purpose``: ``REPORT``, or ``INTERIM`` for the interim
    report that went before.
    """
    found = deliveries.deliveries_of(session, scope, obligations)
    last = {key: one for key, rows in found.items() if (one := last_leg(rows, purpose)) is not None}
    events = delivery_history.events_of(session, scope, [one.id for one in last.values()])
    back = {key for key, one in last.items() if any(event.what == RECALLED for event in events.get(one.id, ()))}
    return {
        key: (
            Leg(
                one.channel,
                one.name,
                address_words(one.to, one.channel),
                RECALLED if key in back else one.state,
                one.planned_at,
                one.sent_at,
                one.received_at,
            ),
            None if key in back else one.code,
        )
        for key, one in last.items()
    }
