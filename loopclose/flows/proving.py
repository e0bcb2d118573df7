"""Whoever signs shows again who they are, and that holds five minutes in that browser alone.

By their password, by a code of their authenticator, or by signing in anew at their provider. Wrong tries count, and
slow the next ones down, as wrong tries to sign in do.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from datetime import datetime

from loopclose.clock import Clock
from loopclose.domain.signing import HOLDS_FOR
from loopclose.flows.second_factor import Authenticator
from loopclose.flows.sign_in import SignedIn, fits
from loopclose.flows.sign_in_tries import Refused, tried
from loopclose.store import audit_log, users
from loopclose.store.engine import Database

WAYS = {
    "password": "the password",
    "code": "a code of the authenticator",
    "provider": "signing in anew at the provider",
}
"""By which somebody shows again who they are, by code."""


@dataclass(frozen=True)
class Proof:
    """Somebody showed again who they are."""

    by: str
    at: datetime

    def holds(self, now: datetime) -> bool:
        """Whether it is of the last five minutes."""
        return self.at <= now < self.at + HOLDS_FOR


def proof_of(who: SignedIn, now: datetime) -> Proof | None:
    """The proof that holds in that browser; None where there is none, or not any more."""
    if who.proved_at is None or who.proved_by is None:
        return None
    found = Proof(who.proved_by, who.proved_at)
    return found if found.holds(now) else None


def prove_by_password(db: Database, clock: Clock, who: SignedIn, password: str, address: str) -> Proof | Refused:
    """By the password of whoever is signed in."""
    found = tried(db, clock, who.user.email, address, "proof_refused", lambda: fits(who.user, password))
    return found if isinstance(found, Refused) else note_proof(db, clock, who, "password")


def prove_by_code(
    db: Database, clock: Clock, who: SignedIn, code: str, address: str, authenticator: Authenticator
) -> Proof | Refused:
    """By a code of their authenticator, each of which counts once."""
    found = tried(db, clock, who.user.email, address, "proof_refused", lambda: authenticator.takes(who, code))
    return found if isinstance(found, Refused) else note_proof(db, clock, who, "code")


def note_proof(db: Database, clock: Clock, who: SignedIn, by: str) -> Proof:
    """Keep with that browser's session that somebody showed who they are, and how."""
    now = clock()
    with db.write() as session:
        users.note_proved(session, who.scope, _digest(who.token), now, by)
        audit_log.record(session, who.scope, now, who.user.email, "proved", who.user.id, {"by": by})
    return Proof(by, now)


def _digest(token: str) -> str:
    return hashlib.sha256(token.rpartition(".")[2].encode()).hexdigest()
