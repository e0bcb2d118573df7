"""What signed letters wait for: one condition of the database, for a list and for its counts."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, and_, case, exists, func, literal, null, or_, select
from sqlalchemy.orm import Session

from loopclose.domain.address_book import ON_PAPER, PAPER, UNUSED
from loopclose.domain.delivering import BEFORE_IT_IS_SIGNED, FAILED, FILING, INTERIM, NOT_OVER, REPORT, UNSURE
from loopclose.domain.letter_waits import (
    FOR_A_PERSON,
    NO_ADDRESS,
    UNCHECKED,
    UNDELIVERED,
    UNDERWAY,
    UNKNOWN,
    USABLE,
)
from loopclose.domain.recalling import RECALLED
from loopclose.store.addresses import AddressRow
from loopclose.store.base import Scope, chunks, mine
from loopclose.store.conditions import just, one_of
from loopclose.store.deliveries import DeliveryRow
from loopclose.store.delivery_history import DeliveryEvent
from loopclose.store.lateness import is_in
from loopclose.store.obligations import Obligation
from loopclose.store.opt_outs import OptOutRow
from loopclose.store.signatures import SignatureRow

LEAVES_WITHIN = timedelta(hours=1)
"""A letter that may leave and has not so long after it was signed waits for somebody who sends it."""


@dataclass(frozen=True)
class Waiting:
    """One signed letter that waits for a person."""

    obligation: str
    code: str
    """One of ``domain.letter_waits.FOR_A_PERSON``."""
    due_at: datetime
    referrer: str | None
    """What they are called."""
    is_interim: bool = False
    """Whether it is an interim report, and the report itself is not signed yet."""


def waits_for(now: datetime) -> ColumnElement[str | None]:
    """A code of ``domain.letter_waits.NEXT`` for a report that was signed here and is not sent; NULL for all else.

    What was signed in the EHR alone is not sent by Loopclose.
    """
    of_it = (just(DeliveryRow.purpose, REPORT),)
    return case(
        (or_(Obligation.kind != "report", Obligation.state != "signed", Obligation.guessed), null()),
        (~_signed_here(), null()),
        (_delivery(*of_it, just(DeliveryRow.state, UNSURE)), UNKNOWN),
        (_delivery(*of_it, one_of(DeliveryRow.state, sorted(NOT_OVER))), UNDERWAY),
        *_not_on_its_way(now, *of_it),
        else_=NO_ADDRESS,
    )


def _not_on_its_way(now: datetime, *of_it: ColumnElement[bool]) -> list[tuple[ColumnElement[bool], str]]:
    """What a letter waits for that is neither on its way nor out; ``of_it``: which deliveries are of it."""
    tried = _delivery(*of_it, just(DeliveryRow.state, FAILED), DeliveryRow.address == AddressRow.id)
    return [
        (_address(_may_be_used(now), ~tried), USABLE),
        (_delivery(*of_it, just(DeliveryRow.state, FAILED)), UNDELIVERED),
        (_address(), UNCHECKED),
    ]


def _signed_here() -> ColumnElement[bool]:
    same = and_(SignatureRow.practice_id == Obligation.practice_id, SignatureRow.obligation == Obligation.id)
    return exists().where(same, SignatureRow.counts).correlate(Obligation)


def _delivery(*more: ColumnElement[bool]) -> ColumnElement[bool]:
    same = and_(DeliveryRow.practice_id == Obligation.practice_id, DeliveryRow.obligation == Obligation.id)
    found = select(literal(1)).where(same, *more).limit(1)
    # of an EXISTS PostgreSQL would read the whole table once, into a hash
    return found.correlate(Obligation, AddressRow).scalar_subquery().is_not(None)


def _address(*more: ColumnElement[bool]) -> ColumnElement[bool]:
    """Whether an address of the referrer is open, and of a channel that their office wants."""
    same = and_(AddressRow.practice_id == Obligation.practice_id, AddressRow.referrer == Obligation.referrer_key)
    out = and_(OptOutRow.practice_id == AddressRow.practice_id, OptOutRow.referrer == AddressRow.referrer)
    paper = and_(OptOutRow.what == PAPER, AddressRow.channel.in_(sorted(ON_PAPER)))
    unwanted = exists().where(out, OptOutRow.ended_at.is_(None), or_(OptOutRow.what == AddressRow.channel, paper))
    open_ones = (same, AddressRow.closed_at.is_(None), ~unwanted.correlate(AddressRow))
    return exists().where(*open_ones, *more).correlate(Obligation)


def _may_be_used(now: datetime) -> ColumnElement[bool]:
    """As ``domain.address_book.why_not`` says it, but for what is configured."""
    fresh = or_(AddressRow.checked_at >= now - UNUSED, AddressRow.used_at >= now - UNUSED)
    return and_(AddressRow.checked_at.is_not(None), fresh)


def waiting_for_a_person(session: Session, scope: Scope, now: datetime, *, automatic: bool = True) -> Sequence[Waiting]:
    """Signed reports whose letter does not go on by itself, and signed interim reports: by what they wait
    for, then the longest due first.

    ``automatic``: whether letters leave by themselves here (``[delivery] automatic``).
    """
    same = (SignatureRow.practice_id == Obligation.practice_id, SignatureRow.obligation == Obligation.id)
    at = select(func.max(SignatureRow.at)).where(*same, SignatureRow.counts).correlate(Obligation).scalar_subquery()
    asked = select(Obligation.id, waits_for(now), Obligation.due_at, Obligation.referrer_name, at).where(
        mine(Obligation, scope), is_in("signed"), just(Obligation.kind, "report"), _signed_here()
    )
    found = []
    for key, code, due_at, name, signed_at in session.execute(asked).all():
        if code in FOR_A_PERSON and not _leaves_by_itself(code, signed_at, now, automatic):
            found.append(Waiting(key, code, due_at, name))
    found += _interim_waiting(session, scope, now, automatic=automatic)
    return sorted(found, key=lambda one: (FOR_A_PERSON.index(one.code), one.due_at, one.obligation))


def _interim_waiting(session: Session, scope: Scope, now: datetime, *, automatic: bool) -> list[Waiting]:
    """Interim reports that were signed and do not go on by themselves. One that somebody took back waits for nobody,
    and of one of which nobody knows, or that did not arrive, its delivery says so (``others_to_look_at``).
    """
    sign = SignatureRow
    same = (sign.practice_id == Obligation.practice_id, sign.obligation == Obligation.id, sign.interim)
    letter = select(sign.letter).where(*same).order_by(sign.no.desc()).limit(1).correlate(Obligation).scalar_subquery()
    at = select(func.max(sign.at)).where(*same).correlate(Obligation).scalar_subquery()
    of_it = (just(DeliveryRow.purpose, INTERIM), DeliveryRow.letter == letter)
    code = case((or_(Obligation.guessed, _delivery(*of_it)), null()), *_not_on_its_way(now, *of_it), else_=NO_ADDRESS)
    asked = select(Obligation.id, code, Obligation.due_at, Obligation.referrer_name, at).where(
        mine(Obligation, scope),
        just(Obligation.kind, "report"),
        one_of(Obligation.state, sorted(BEFORE_IT_IS_SIGNED)),
        Obligation.id.in_(select(sign.obligation).where(mine(sign, scope), sign.interim)),
    )
    found = []
    for key, waits, due_at, name, signed_at in session.execute(asked).all():
        if waits is not None and not _leaves_by_itself(waits, signed_at, now, automatic):
            found.append(Waiting(key, waits, due_at, name, is_interim=True))
    return found


def _leaves_by_itself(code: str, signed_at: datetime, now: datetime, automatic: bool) -> bool:
    return automatic and code == USABLE and signed_at > now - LEAVES_WITHIN


def codes_of(session: Session, scope: Scope, obligations: Collection[str], now: datetime) -> dict[str, str]:
    """By report, of those: what its letter waits for, where it was signed here and is not sent."""
    found: dict[str, str] = {}
    for batch in chunks(sorted(obligations)):
        asked = select(Obligation.id, waits_for(now)).where(mine(Obligation, scope), Obligation.id.in_(batch))
        found |= {key: code for key, code in session.execute(asked) if code is not None}
    return found


def count_signed_here(session: Session, scope: Scope) -> int:
    """How many reports were signed here and are not sent."""
    asked = select(Obligation.id).where(mine(Obligation, scope), is_in("signed"), just(Obligation.kind, "report"))
    return len(session.scalars(asked.where(_signed_here())).all())


def others_to_look_at(session: Session, scope: Scope, since: datetime, until: datetime) -> Sequence[DeliveryRow]:
    """Letters for which no signed report waits: those of which nobody knows whether they left, and copies and
    corrections planned in the period that did not arrive and were not sent there again; the oldest first. Copies for
    the practice's own chart are no letters, and what was called back is not to be sent again.
    """
    row = DeliveryRow
    unsure = select(row).where(
        mine(row, scope), one_of(row.state, sorted(NOT_OVER)), just(row.state, UNSURE), row.purpose != FILING
    )
    failed = select(row).where(
        mine(row, scope),
        row.planned_at > since,
        row.planned_at <= until,
        just(row.state, FAILED),
        row.purpose.not_in((REPORT, FILING)),
        row.followed_by.is_(None),
        ~went_again(),
        ~_called_back(),
    )
    found = [*session.scalars(unsure), *session.scalars(failed)]
    return sorted(found, key=lambda one: (one.planned_at, one.id))


def went_again() -> ColumnElement[bool]:
    """Whether the same letter was sent to the same recipient again, or another was, after this one."""
    other: Any = DeliveryRow.__table__.alias("later")
    again = exists().where(
        other.c.practice_id == DeliveryRow.practice_id,
        other.c.obligation == DeliveryRow.obligation,
        other.c.referrer == DeliveryRow.referrer,
        other.c.planned_at > DeliveryRow.planned_at,
    )
    return again.correlate(DeliveryRow)


def _called_back() -> ColumnElement[bool]:
    """Whether a delivery was called back."""
    same = and_(DeliveryEvent.practice_id == DeliveryRow.practice_id, DeliveryEvent.delivery == DeliveryRow.id)
    return exists().where(same, DeliveryEvent.what == RECALLED).correlate(DeliveryRow)
