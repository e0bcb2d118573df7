"""A try to sign in from somewhere: wrong ones are counted, audited, and make the next wait longer."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from ipaddress import IPv6Address, ip_address, ip_network
from typing import TypeVar

from sqlalchemy.orm import Session

from loopclose.clock import Clock
from loopclose.domain.sign_in_delays import NONE, wait
from loopclose.flows.sign_in import SignedIn, sign_in
from loopclose.store import audit_log, sign_in_tries, users
from loopclose.store.base import Scope
from loopclose.store.engine import Database
from loopclose.store.people import User

Found = TypeVar("Found")
UNKNOWN = "unknown account"
"""Who tried, in the audit, where the account is not known: what was typed may be a password in the wrong field."""


@dataclass(frozen=True)
class Refused:
    """Nobody was signed in."""

    wait: timedelta
    """How long until another try is looked at."""
    checked: bool
    """Whether the password was looked at: it does not fit then."""


def try_to_sign_in(db: Database, clock: Clock, email: str, password: str, address: str) -> SignedIn | Refused:
    """Open a session where e-mail and password fit, unless too many wrong ones went before."""
    return tried(db, clock, email, address, "sign_in_failed", lambda: sign_in(db, clock, email, password))


def tried(
    db: Database, clock: Clock, email: str, address: str, action: str, look: Callable[[], Found | None]
) -> Found | Refused:
    """What ``look`` finds, unless too many wrong tries went before; ``action`` tells a wrong one in the audit.

    The try is counted as wrong before anything is looked at, so that many at once do not slip through.
    """
    now, place = clock(), network_of(address)
    with db.write() as session:
        known = users.of_email(session, email)
        account = known[0].email.lower() if known else _bucket(email)
        sign_in_tries.queue_up(session, account)
        left = wait(sign_in_tries.past(session, account, place, now), now)
        if left > NONE:
            return Refused(left, checked=False)
        sign_in_tries.note_wrong(session, account, place, now)
    found = look()
    with db.write() as session:
        if found:
            sign_in_tries.note_right(session, account, place, now)
            return found
        left = wait(sign_in_tries.past(session, account, place, now), now)
        _audit(session, known, now, action, {"address": address[:64], "wait_seconds": int(left.total_seconds())})
    return Refused(left, checked=True)


def network_of(address: str) -> str:
    """Whose address it is: one IPv4 address, or the /64 network that one holder of IPv6 addresses has."""
    try:
        found = ip_address(address)
    except ValueError:
        return address[:64]
    if isinstance(found, IPv6Address):
        return str(found.ipv4_mapped or ip_network((found, 64), strict=False))
    return str(found)


def _audit(session: Session, found: Sequence[User], now: datetime, action: str, detail: dict[str, object]) -> None:
    for user in found:
        audit_log.record(session, Scope(user.practice_id), now, user.email, action, user.id, detail)
    if not found:
        for practice in users.practices(session):
            audit_log.record(session, Scope(practice), now, UNKNOWN, action, None, detail)


def _bucket(email: str) -> str:
    """One of 4,096 names that unknown accounts share: too few to tell from it what was typed."""
    return f"unknown {hashlib.sha256(email.strip().lower().encode()).hexdigest()[:3]}"
