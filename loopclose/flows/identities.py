"""Whose account a presented identity is: assigned and taken back by command, and never guessed by e-mail or name."""

from __future__ import annotations

import re
import shlex
from dataclasses import dataclass

from sqlalchemy.orm import Session

from loopclose.clock import Clock
from loopclose.config.sections import Config
from loopclose.errors import UsageError
from loopclose.flows.openid.coming import Presented
from loopclose.flows.openid.refusals import SignInRefused
from loopclose.flows.sign_in import SignedIn, open_session
from loopclose.store import audit_log, identities, users
from loopclose.store.base import Scope
from loopclose.store.engine import Database
from loopclose.store.people import User

_SOMEBODY = re.compile(r"(Practitioner|PractitionerRole|Person)/[A-Za-z0-9.\-]{1,64}")
LONGEST_ISSUER, LONGEST_SUBJECT = 500, 255


@dataclass(frozen=True)
class Identity:
    """A name of somebody, at a provider or in an EHR."""

    issuer: str
    subject: str

    @classmethod
    def given(cls, issuer: str | None, subject: str | None, ehr: str | None, fhir_user: str | None) -> Identity:
        """As a command names it; raises ``UsageError`` where it names neither whole, or both."""
        if issuer and subject and not ehr and not fhir_user:
            if len(issuer) > LONGEST_ISSUER or len(subject) > LONGEST_SUBJECT:
                raise UsageError("That is longer than any issuer or subject is.")
            return cls(issuer, subject)
        if ehr and fhir_user and not issuer and not subject:
            if not _SOMEBODY.fullmatch(fhir_user):
                raise UsageError(f"{fhir_user!r} is nobody of staff: a reference such as Practitioner/123 is expected.")
            return cls(f"ehr:{ehr}", fhir_user)
        raise UsageError("Say who it is: either --issuer and --sub, or --ehr and --fhir-user.")


def identity_of_ehr(presented: Presented) -> Identity | None:
    """The one by which an EHR names somebody of its own."""
    return Identity(f"ehr:{presented.ehr}", presented.fhir_user) if presented.ehr and presented.fhir_user else None


def add_identity(db: Database, clock: Clock, scope: Scope, email: str, identity: Identity) -> None:
    """Whoever presents that identity is that user from now on.

    Raises ``UsageError`` where there is no such user, or it is somebody else's already.
    """
    with db.write() as session:
        user = _user(session, scope, email)
        other = identities.user_of(session, scope, identity.issuer, identity.subject)
        if other is not None and other.id != user.id:
            raise UsageError(f"That identity is {other.email}'s: take it back first, with --take-back.")
        identities.add_identity(session, scope, identity.issuer, identity.subject, user.id, clock())
        _audit(session, clock, scope, "identity_added", user, identity)


def take_back(db: Database, clock: Clock, scope: Scope, email: str, identity: Identity) -> None:
    """Whoever presents that identity is that user no more, and what the user is signed in by ends.

    Raises ``UsageError`` where it is not theirs.
    """
    with db.write() as session:
        found = users.of_email(session, email)
        owner = identities.user_of(session, scope, identity.issuer, identity.subject)
        if owner is None or owner.id not in {user.id for user in found}:
            raise UsageError(f"That identity is not {email}'s.")
        identities.drop_identity(session, scope, identity.issuer, identity.subject)
        users.end_sessions(session, scope, owner.id, clock())
        _audit(session, clock, scope, "identity_taken_back", owner, identity)


def user_behind(session: Session, config: Config, scope: Scope, presented: Presented) -> User | None:
    """Whose account it is: by issuer and subject, by the EHR's name of them, or by the reference of a clinician.

    The last only where the practice has one EHR: ``Practitioner/7`` is somebody else in another. None where it is
    nobody's; raises ``SignInRefused`` for a disabled account, and where it fits two.
    """
    found = [identities.user_of(session, scope, presented.issuer, presented.subject)]
    of_ehr = identity_of_ehr(presented)
    if of_ehr is not None:
        found.append(identities.user_of(session, scope, of_ehr.issuer, of_ehr.subject))
        if [ehr.practice for ehr in config.ehr.values()].count(scope.practice_id) == 1:
            found += identities.with_reference(session, scope, of_ehr.subject)
    accounts = {user.id: user for user in found if user is not None}
    if len(accounts) > 1:
        raise SignInRefused("two_accounts")
    for user in accounts.values():
        if user.disabled:
            raise SignInRefused("disabled")
        return user
    return None


def enter(
    db: Database, clock: Clock, config: Config, scope: Scope, presented: Presented, action: str
) -> SignedIn | None:
    """Open a session for whoever it is; None where nobody's account it is. Raises as ``user_behind``."""
    with db.read() as session:
        user = user_behind(session, config, scope, presented)
    return open_session(db, clock, user, action) if user is not None else None


def is_account_of(db: Database, config: Config, who: SignedIn, presented: Presented) -> bool:
    """Whether that identity is the account of whoever is signed in. Raises as ``user_behind``."""
    with db.read() as session:
        user = user_behind(session, config, who.scope, presented)
    return user is not None and user.id == who.user.id


def commands_for(presented: Presented) -> list[str]:
    """What the manager may run, so that this is an account of theirs: quoted, as what is presented is not ours."""
    named = [["--issuer", presented.issuer, "--sub", presented.subject]]
    of_ehr = identity_of_ehr(presented)
    if of_ehr is not None and presented.ehr is not None:
        named.insert(0, ["--ehr", presented.ehr, "--fhir-user", of_ehr.subject])
    return [f"loopclose user identity EMAIL {shlex.join(words)}" for words in named]


def _user(session: Session, scope: Scope, email: str) -> User:
    found = users.named(session, scope, email)
    if found is None:
        raise UsageError(f"There is no user {email} in the practice {scope.practice_id}.")
    return found


def _audit(session: Session, clock: Clock, scope: Scope, action: str, user: User, identity: Identity) -> None:
    detail = {"issuer": identity.issuer, "subject": identity.subject}
    audit_log.record(session, scope, clock(), "command line", action, user.id, detail)
