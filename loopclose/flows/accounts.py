"""Accounts of the people who sign in or are told: made, changed, disabled."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy.orm import Session

from loopclose.clock import Clock, system_clock
from loopclose.domain.addresses import BadAddress, parse_address
from loopclose.domain.roles import ROLES, may, refused
from loopclose.errors import UsageError
from loopclose.flows.sign_in import hash_password
from loopclose.store import users
from loopclose.store.base import Scope, natural_id
from loopclose.store.engine import Database
from loopclose.store.people import User


@dataclass(frozen=True)
class Account:
    """Who somebody is, and in which of the roles (``domain.roles.ROLES``)."""

    email: str
    role: str
    name: str | None = None
    """As shown on the screens; the e-mail's first part otherwise."""
    reference: str | None = None
    """``Practitioner/id`` or NPI of a clinician."""


def add_user(
    db: Database, scope: Scope, account: Account, password: str | None = None, clock: Clock = system_clock
) -> None:
    """Add a user, or change and enable the one with that e-mail; without a password the one they have stays.

    A new password or another role ends what was signed in by the old: sessions, and links not used yet.
    Raises ``UsageError`` for a role that there is not, a password that is too short, or an address that no mail can
    be sent to.
    """
    if account.role not in ROLES:
        raise UsageError(f"There is no role {account.role!r}: one of {', '.join(ROLES)} is expected.")
    email = account.email.strip().lower()
    try:
        parse_address(email)
    except BadAddress as problem:
        raise UsageError(str(problem)) from problem
    key = natural_id(scope.practice_id, "user", email)
    given = hash_password(password) if password is not None else None
    with db.write() as session:
        before = session.get(User, (scope.practice_id, key), with_for_update=True)
        if before is not None and (given is not None or before.role != account.role or before.disabled):
            _turn_out(session, scope, key, clock())
        session.merge(
            User(
                practice_id=scope.practice_id,
                id=key,
                email=email,
                name=account.name or email.split("@")[0],
                role=account.role,
                reference=account.reference,
                password_hash=given or (before.password_hash if before else None),
                disabled=False,
            )
        )


def check_role(db: Database, scope: Scope, email: str, action: str) -> None:
    """Whether the user with that e-mail may do it; raises ``UsageError`` that says who may, or that nobody has it."""
    with db.read() as session:
        found = users.named(session, scope, email)
    if found is None:
        raise UsageError(f"There is no user {email} in the practice {scope.practice_id}.")
    if not may(found.role, action):
        raise UsageError(refused(found.role, action))


def disable_user(db: Database, clock: Clock, scope: Scope, email: str) -> None:
    """Disable a user and end their sessions; raises ``UsageError`` where nobody has that e-mail."""
    with db.write() as session:
        found = users.named(session, scope, email)
        if found is None:
            raise UsageError(f"There is no user {email}.")
        found.disabled = True
        _turn_out(session, scope, found.id, clock())


def _turn_out(session: Session, scope: Scope, user_id: str, now: datetime) -> None:
    """Whoever is signed in as that user, or could be by a link, has to sign in anew."""
    users.end_sessions(session, scope, user_id, now)
    users.void_links(session, scope, user_id, now)
