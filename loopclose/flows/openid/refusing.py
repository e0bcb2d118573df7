"""A sign-in by a provider's word that went wrong: audited, counted by address, and looked at no more after many."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from sqlalchemy.orm import Session

from loopclose.clock import Clock
from loopclose.domain.sign_in_delays import Past, wait
from loopclose.flows.sign_in_tries import UNKNOWN, network_of
from loopclose.store import audit_log, sign_in_tries, users
from loopclose.store.base import Scope
from loopclose.store.engine import Database

ACCOUNT = "by a provider"
"""As whose wrong tries they are counted: whose they are is not known."""


def left_to_wait(db: Database, clock: Clock, address: str) -> timedelta:
    """How long until a sign-in from there is looked at again: as many may go wrong as by password."""
    now = clock()
    with db.read() as session:
        return _wait(session, network_of(address), now)


def note_refused(
    db: Database, clock: Clock, scope: Scope | None, action: str, address: str, detail: dict[str, Any]
) -> None:
    """One row of the audit, of that practice or of all, and one more wrong try from there.

    ``action``: ``sign_in_refused``, or ``sign_in_unknown`` for an identity that is nobody's account.
    """
    now, place = clock(), network_of(address)
    with db.write() as session:
        sign_in_tries.note_wrong(session, ACCOUNT, place, now)
        of = [scope.practice_id] if scope is not None else users.practices(session)
        for practice in of:
            audit_log.record(session, Scope(practice), now, UNKNOWN, action, None, {**detail, "address": address[:64]})


def _wait(session: Session, place: str, now: datetime) -> timedelta:
    past = sign_in_tries.past(session, ACCOUNT, place, now)
    return wait(Past(by_address=past.by_address), now)
