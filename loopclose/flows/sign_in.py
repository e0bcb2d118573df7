"""Signing in and out: passwords, one-time links, and the sessions they open."""

from __future__ import annotations

import hashlib
import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cache

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

from loopclose.clock import Clock
from loopclose.errors import UsageError
from loopclose.store import audit_log, users
from loopclose.store.base import Scope
from loopclose.store.engine import Database
from loopclose.store.people import SignInLink, User, UserSession

LINK_LASTS = timedelta(hours=12)
SEEN_EVERY = timedelta(minutes=1)
"""How often a session in use is noted: not at every request."""
LONGEST = timedelta(hours=12)
"""After which even a session in use ends: about a working day."""
_hasher = PasswordHasher()


@dataclass(frozen=True)
class SignedIn:
    """Who is signed in, where."""

    scope: Scope
    user: User
    token: str
    ends_at: datetime | None = None
    """When the session ends unless it is used again; None where it has just begun."""
    is_last: bool = False
    """Whether use makes it no longer."""
    proved_at: datetime | None = None
    """When they last showed again who they are, for signing."""
    proved_by: str | None = None


@dataclass(frozen=True)
class Ended:
    """Whose session it was, and why it ended: ``idle``, ``longest`` or ``ended`` by somebody."""

    scope: Scope
    user: User
    why: str


@cache
def _no_hash() -> str:
    """Verified where there is no such user, so that a wrong e-mail takes as long as a wrong password."""
    return _hasher.hash(secrets.token_urlsafe(16))


def hash_password(password: str) -> str:
    """An argon2id hash to keep; raises ``UsageError`` for a password shorter than 12 characters."""
    if len(password) < 12:
        raise UsageError("The password is too short: 12 characters or more are expected.")
    return _hasher.hash(password)


def sign_in(db: Database, clock: Clock, email: str, password: str) -> SignedIn | None:
    """Open a session for the user with that e-mail and password; None where they do not fit."""
    with db.read() as session:
        candidates = users.by_email(session, email)
    if not candidates:
        _verify(_no_hash(), password)
        return None
    found = next((user for user in candidates if _verify(user.password_hash or _no_hash(), password)), None)
    return open_session(db, clock, found, "sign_in") if found and found.password_hash else None


def fits(user: User, password: str) -> bool:
    """Whether that is the password of a user; without one, none is."""
    return user.password_hash is not None and _verify(user.password_hash, password)


def make_link(db: Database, clock: Clock, scope: Scope, email: str) -> str:
    """A token that signs that user in once, within 12 hours; raises ``UsageError`` without such a user."""
    secret = secrets.token_urlsafe(32)
    with db.write() as session:
        user = users.named(session, scope, email)
        if user is None:
            raise UsageError(f"There is no user {email} in the practice {scope.practice_id}.")
        session.add(
            SignInLink(
                practice_id=scope.practice_id,
                digest=_digest(secret),
                user_id=user.id,
                expires_at=clock() + LINK_LASTS,
                used_at=None,
            )
        )
    return f"{scope.practice_id}.{secret}"


def link_is_good(db: Database, clock: Clock, token: str) -> bool:
    """Whether the link can still be used. Looking at it changes nothing."""
    scope, secret = _taken_apart(token)
    with db.read() as session:
        return users.sign_in_link(session, scope, _digest(secret), clock()) is not None


def use_link(db: Database, clock: Clock, token: str) -> SignedIn | None:
    """Open a session by a one-time link; None where it was used, has expired or never existed."""
    scope, secret = _taken_apart(token)
    digest = _digest(secret)
    with db.write() as session:
        link = users.sign_in_link(session, scope, digest, clock())
        user = users.user(session, scope, link.user_id) if link else None
        if user is None or not users.use_link(session, scope, digest, clock()):
            return None
    return open_session(db, clock, user, "sign_in_by_link")


def open_session(db: Database, clock: Clock, user: User, action: str) -> SignedIn | None:
    """A new session of a user, of which only a digest of its token is kept; None where the account changed meanwhile.

    A password set while the old one was being checked would otherwise leave a session of the old one alive.
    """
    scope, secret, now = Scope(user.practice_id), secrets.token_urlsafe(32), clock()
    with db.write() as session:
        if not users.is_unchanged(session, scope, user):
            return None
        session.add(
            UserSession(
                practice_id=scope.practice_id,
                digest=_digest(secret),
                user_id=user.id,
                created_at=now,
                seen_at=now,
                ended_at=None,
            )
        )
        audit_log.record(session, scope, now, user.email, action, user.id)
    return SignedIn(scope, user, f"{scope.practice_id}.{secret}")


def resume(db: Database, clock: Clock, token: str, idle: timedelta, *, used: bool = True) -> SignedIn | None:
    """Who holds this token; None once it was idle for ``idle``, is a day old, or was ended.

    Where it is not ``used``, but only asked about, it ends no later for that.
    """
    scope, secret = _taken_apart(token)
    digest, now = _digest(secret), clock()
    with db.read() as session:
        row = users.live_session(session, scope, digest, now - idle)
        user = users.user(session, scope, row.user_id) if row else None
    if row is None or user is None or row.created_at < now - LONGEST:
        return None
    seen = row.seen_at
    if used and seen < now - SEEN_EVERY:
        _note_seen(db, scope, digest, now)
        seen = now
    last = row.created_at + LONGEST
    return SignedIn(scope, user, token, min(seen + idle, last), last <= seen + idle, row.proved_at, row.proved_by)


def ended(db: Database, clock: Clock, token: str) -> Ended | None:
    """Whose session that token was, now that it opens nothing any more; None where nobody's, or they are disabled."""
    scope, secret = _taken_apart(token)
    with db.read() as session:
        row = session.get(UserSession, (scope.practice_id, _digest(secret)))
        user = users.user(session, scope, row.user_id) if row else None
    if row is None or user is None:
        return None
    if row.ended_at is not None:
        return Ended(scope, user, "ended")
    return Ended(scope, user, "longest" if row.created_at < clock() - LONGEST else "idle")


def sign_out(db: Database, clock: Clock, token: str) -> None:
    """End the session of this token."""
    scope, secret = _taken_apart(token)
    with db.write() as session:
        row = session.get(UserSession, (scope.practice_id, _digest(secret)))
        if row is not None and row.ended_at is None:
            row.ended_at = clock()


def _note_seen(db: Database, scope: Scope, digest: str, now: datetime) -> None:
    with db.write() as session:
        row = session.get(UserSession, (scope.practice_id, digest))
        if row is not None:
            row.seen_at = max(row.seen_at, now)


def _verify(kept: str, password: str) -> bool:
    try:
        return _hasher.verify(kept, password)
    except (VerificationError, InvalidHashError):
        return False


def _digest(secret: str) -> str:
    return hashlib.sha256(secret.encode()).hexdigest()


def _taken_apart(token: str) -> tuple[Scope, str]:
    practice, _, secret = token.rpartition(".")
    return Scope(practice), secret
