"""What a page says of the letter of one report: where it is, what comes next, and to which addresses it can go."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy.orm import Session

from loopclose.domain.address_book import usable, wants_none, why_not
from loopclose.domain.channels import IN_BOOK
from loopclose.domain.delivering import (
    FAILED,
    FILING,
    NOT_OVER,
    PURPOSE_OF,
    REPORT,
    STATUS,
    WENT_OUT,
    purpose_of,
)
from loopclose.flows.delivery.next_of import Next, is_recalled, next_of
from loopclose.flows.delivery.report import is_to_referrer, letter_for, why_not_sent
from loopclose.flows.delivery.said import POSSIBLE
from loopclose.flows.delivery.status import DIRECT
from loopclose.flows.delivery.suggestions import CaresFor, Suggestion, cares_for, suggest
from loopclose.flows.delivery.ways import Ways, can_send
from loopclose.store import addresses, deliveries, delivery_history, opt_outs
from loopclose.store.addresses import AddressRow
from loopclose.store.base import Scope
from loopclose.store.deliveries import DeliveryRow
from loopclose.store.delivery_history import DeliveryAttempt, DeliveryEvent
from loopclose.store.obligations import Obligation

TRIES = 10
"""How many of its tries a delivery is shown with, the last of them."""


@dataclass(frozen=True)
class Parcel:
    """One delivery with all that a page says of it."""

    row: DeliveryRow
    events: Sequence[DeliveryEvent]
    tries: Sequence[DeliveryAttempt]
    """The last of them."""
    next: Next
    can_be_said: tuple[str, ...]
    """Codes of ``said.WORDS``."""
    office: str = ""
    """Which office its address is of, where somebody said so."""

    @property
    def proof(self) -> DeliveryEvent | None:
        """What shows that it was sent or arrived: the newest that does."""
        return next((one for one in reversed(self.events) if one.what in ("received", "transmitted")), None)

    @property
    def is_recalled(self) -> bool:
        """Whether it left, or may have, and was called back."""
        return is_recalled(self.row, self.events)


@dataclass(frozen=True)
class Place:
    """One address, and why nothing can be sent there now."""

    row: AddressRow
    why_not: str | None
    has_failed: bool = False
    """Whether this letter did not arrive there."""
    is_unwanted: bool = False
    """Whether what their office said is the only reason: comparing the address with them does not change it."""


@dataclass(frozen=True)
class OnItsWay:
    """All of it."""

    parcels: Sequence[Parcel]
    """Letters to somebody, the newest first."""
    filings: Sequence[DeliveryRow]
    """Copies for the practice's own chart, the newest first: letters to nobody."""
    hindrance: str | None
    """Why the letter may go nowhere; None where it may."""
    preferred: AddressRow | None
    """Where it goes with one button: the first usable at which it did not fail."""
    places: Sequence[Place]
    """Of the referrer, without closed ones."""
    others: Sequence[AddressRow]
    """Usable addresses of others, for copies: of the primary care physician first."""
    unwanted: Sequence[Place]
    """Of those the ones whose office wants no copy there, with what it said."""
    suggestions: Sequence[Suggestion]
    cares_for: CaresFor | None
    of_physician: Sequence[Place]
    """Where copies for the primary care physician could go, without closed ones."""
    is_under_way: bool
    """Whether the letter that may leave now is on its way, or went out."""
    can_go_again: bool
    """Whether it went out, and nothing of it is still on its way: sent again, it arrives twice on purpose."""
    has_ways: bool
    """Whether any channel is configured."""
    purpose: str
    """For what the letter that may leave now is sent: a key of ``domain.delivering.PURPOSES``."""


def on_its_way(session: Session, scope: Scope, ways: Ways, owed: Obligation, now: datetime) -> OnItsWay | None:
    """What is known of the letter of a report, or of the notice of a missed visit; None where nothing was signed or
    released here and nothing was sent.
    """
    every = deliveries.deliveries_of(session, scope, [owed.id]).get(owed.id, [])
    rows = [row for row in every if row.purpose != FILING]
    if owed.kind not in PURPOSE_OF:
        return None
    purpose = purpose_of(owed.kind, owed.state)
    letter = letter_for(session, scope, owed, purpose)
    if letter is None and not every:
        return None
    book = addresses.addresses_of(session, scope, owed.referrer_key) if owed.referrer_key else []
    if purpose == STATUS:
        book = [row for row in book if row.channel == DIRECT]
    events = delivery_history.events_of(session, scope, [row.id for row in rows])
    out = opt_outs.opted_out(session, scope, owed.referrer_key or "")
    wanted = {one for one in ways if one in IN_BOOK and wants_none(one, is_copy=False, opted_out=out) is None}
    entries = usable([row.entry for row in book], now, wanted)
    current = [row for row in rows if (row.purpose, row.letter) == (purpose, letter) and is_to_referrer(owed, row)]
    failed_at = {row.address for row in current if row.state == FAILED}
    left = [one.id for one in entries if one.id not in failed_at]
    by_id = {row.id: row for row in book}
    physician = cares_for(session, scope, owed) if purpose == REPORT else None
    others, unwanted = _others(session, scope, ways, owed, now, physician) if purpose == REPORT else ([], [])
    hindrance = why_not_sent(session, scope, owed, letter or "", purpose, owed.referrer_key or "")
    onward = "over" if hindrance is not None else "choose" if left else "find"
    return OnItsWay(
        parcels=[_parcel(session, scope, row, rows, events.get(row.id, ()), onward) for row in reversed(rows)],
        filings=[row for row in reversed(every) if row.purpose == FILING],
        hindrance=hindrance,
        preferred=by_id[left[0]] if left else None,
        places=[_place(row, ways, out, now, failed_at) for row in book if row.closed_at is None],
        others=others,
        unwanted=unwanted,
        suggestions=_suggested(session, scope, owed, book, now),
        cares_for=physician,
        of_physician=_of_physician(session, scope, ways, physician, now),
        is_under_way=any(row.state in NOT_OVER | WENT_OUT for row in current),
        can_go_again=purpose != STATUS
        and any(row.state in WENT_OUT for row in current)
        and not any(row.state in NOT_OVER for row in rows),
        has_ways=can_send(ways),
        purpose=purpose,
    )


def _suggested(
    session: Session, scope: Scope, owed: Obligation, book: Sequence[AddressRow], now: datetime
) -> Sequence[Suggestion]:
    found = suggest(session, scope, [owed], book, now.date()) if owed.referrer_key else []
    return [one for one in found if owed.kind != "answer" or one.channel == DIRECT]


def _place(row: AddressRow, ways: Ways, out: Mapping[str, str], now: datetime, failed_at: Collection[str]) -> Place:
    return place_of(row, ways, out, now, has_failed=row.id in failed_at)


def place_of(
    row: AddressRow, ways: Collection[str], out: Mapping[str, str], now: datetime, *, has_failed: bool = False
) -> Place:
    """An address with why no report can be sent there now. ``out``: what its office does not want, by code."""
    reason = why_not(row.entry, now, set(ways))
    unwanted = wants_none(row.channel, is_copy=False, opted_out=out)
    return Place(row, reason or unwanted, has_failed, is_unwanted=reason is None and unwanted is not None)


def _of_physician(session: Session, scope: Scope, ways: Ways, physician: CaresFor | None, now: datetime) -> list[Place]:
    rows = addresses.addresses_of(session, scope, physician.key) if physician is not None else []
    return [Place(row, why_not(row.entry, now, set(ways))) for row in rows if row.closed_at is None]


def _others(
    session: Session, scope: Scope, ways: Ways, owed: Obligation, now: datetime, physician: CaresFor | None
) -> tuple[list[AddressRow], list[Place]]:
    """Usable addresses of others; and those of them whose office wants no copy there."""
    first = physician.key if physician is not None else None
    book = [
        row
        for row in addresses.all_addresses(session, scope)
        if row.referrer != owed.referrer_key and row.channel in IN_BOOK
    ]
    fine = [row for row in book if why_not(row.entry, now, set(ways)) is None]
    said = opt_outs.all_opted_out(session, scope)
    words = {row.id: wants_none(row.channel, is_copy=True, opted_out=said.get(row.referrer, {})) for row in fine}
    wanted = [row for row in fine if words[row.id] is None]
    return sorted(wanted, key=lambda row: row.referrer != first), [
        Place(row, words[row.id]) for row in fine if words[row.id] is not None
    ]


def _parcel(
    session: Session,
    scope: Scope,
    row: DeliveryRow,
    rows: Sequence[DeliveryRow],
    events: Sequence[DeliveryEvent],
    onward: str,
) -> Parcel:
    tries = delivery_history.attempts_of(session, scope, row.id)
    filed = row.purpose == FILING and row.state in WENT_OUT  # it goes to nobody, so nobody can say that it arrived
    recalled = is_recalled(row, events)
    can = () if filed or recalled else tuple(code for code, states in POSSIBLE.items() if row.state in states)
    address = addresses.address(session, scope, row.address)
    follows = Next("recalled") if recalled else next_of(row, rows, onward)
    return Parcel(row, events, tries[-TRIES:], follows, can, (address.location or "") if address else "")
