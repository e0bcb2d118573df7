"""Accounts of the people who sign in or are told: made, changed, disabled."""

from __future__ import annotations

from dataclasses import dataclass

from loopclose.clock import Clock
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


def add_user(db: Database, scope: Scope, account: Account, password: str | None = None) -> None:
    """Add a user, or change and enable the one with that e-mail; without a password the one they have stays.

    Raises ``UsageError`` for a role that there is not, and for a password that is too short.
    """
    if account.role not in ROLES:
        raise UsageError(f"There is no role {account.role!r}: one of {', '.join(ROLES)} is expected.")
    email = account.email.lower()
    key = natural_id(scope.practice_id, "user", email)
    given = hash_password(password) if password is not None else None
    with db.write() as session:
        before = session.get(User, (scope.practice_id, key))
        session.merge(
            User(
                practice_id=scope.practice_id,
                id=key,
                email=email,
                name=account.name or account.email.split("@")[0],
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
        users.end_sessions(session, scope, found.id, clock())
