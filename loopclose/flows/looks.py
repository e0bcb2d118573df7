"""Looking at patient data: each look is audited, and what is searched for is kept out of addresses."""

from __future__ import annotations

import secrets
from datetime import timedelta

from loopclose.clock import Clock
from loopclose.flows.sign_in import SignedIn
from loopclose.store import audit_log, users
from loopclose.store.engine import Database
from loopclose.store.people import SearchKey

FORGET = timedelta(days=1)
"""After which what was searched for is forgotten."""
LONGEST_SEARCH = 200


def note_look(db: Database, clock: Clock, who: SignedIn, action: str, subject: str | None = None) -> None:
    """Note what was looked at (by id, never by name), in a transaction of its own."""
    with db.write() as session:
        audit_log.record(session, who.scope, clock(), who.user.email, action, subject)


def keep_search(db: Database, clock: Clock, who: SignedIn, words: str) -> str:
    """Keep the words somebody looks for; gives the opaque key that stands for them in an address."""
    now, key = clock(), secrets.token_urlsafe(12)
    row = SearchKey(
        practice_id=who.scope.practice_id, key=key, words=words[:LONGEST_SEARCH], user_id=who.user.id, made_at=now
    )
    with db.write() as session:
        users.keep_search(session, who.scope, row, now - FORGET)
    return key
