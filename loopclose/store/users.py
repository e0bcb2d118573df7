"""Queries of users, their signed-in browsers, one-time links and search keys."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import delete, func, select, update
from sqlalchemy.orm import Session

from loopclose.store.base import Scope, mine
from loopclose.store.people import SearchKey, SignInLink, User, UserSession


def by_email(session: Session, email: str) -> Sequence[User]:
    """Enabled users with that e-mail, in any practice: nobody has signed in yet, so no scope is known."""
    return session.scalars(
        select(User)
        .where(func.lower(User.email) == email.strip().lower(), User.disabled.is_(False))
        .order_by(User.practice_id)
    ).all()


def of_email(session: Session, email: str) -> Sequence[User]:
    """Users with that e-mail, disabled ones too, in any practice."""
    asked = email.strip().lower()
    return session.scalars(select(User).where(func.lower(User.email) == asked).order_by(User.practice_id)).all()


def practices(session: Session) -> Sequence[str]:
    """Every practice that has a user."""
    return session.scalars(select(User.practice_id).distinct().order_by(User.practice_id)).all()


def user(session: Session, scope: Scope, user_id: str) -> User | None:
    """An enabled user of the practice."""
    found = session.get(User, (scope.practice_id, user_id))
    return found if found and not found.disabled else None


def is_unchanged(session: Session, scope: Scope, user: User) -> bool:
    """Whether an account is still as it was read, and stays so until this transaction ends."""
    found = session.get(User, (scope.practice_id, user.id), with_for_update=True)
    return found is not None and (found.disabled, found.password_hash, found.role) == (
        user.disabled,
        user.password_hash,
        user.role,
    )


def of_practice(session: Session, scope: Scope) -> Sequence[User]:
    """Enabled users of the practice, by name."""
    return session.scalars(select(User).where(mine(User, scope), User.disabled.is_(False)).order_by(User.name)).all()


def named(session: Session, scope: Scope, email: str) -> User | None:
    """The enabled user of the practice with that e-mail."""
    return session.scalars(
        select(User).where(
            mine(User, scope),
            func.lower(User.email) == email.strip().lower(),
            User.disabled.is_(False),
        )
    ).first()


def names(session: Session, scope: Scope) -> dict[str, str]:
    """By e-mail in lower case: the names of everybody who has or had an account in the practice."""
    rows = session.execute(select(User.email, User.name).where(mine(User, scope)))
    return {email.lower(): name for email, name in rows}


def live_session(session: Session, scope: Scope, digest: str, seen_since: datetime) -> UserSession | None:
    """The session with that digest, unless it was ended or nobody used it since ``seen_since``."""
    found = session.get(UserSession, (scope.practice_id, digest))
    if found is None or found.ended_at is not None or found.seen_at < seen_since:
        return None
    return found


def note_proved(session: Session, scope: Scope, digest: str, at: datetime, by: str) -> None:
    """Whoever sits at that browser showed again who they are."""
    these = (mine(UserSession, scope), UserSession.digest == digest, UserSession.ended_at.is_(None))
    session.execute(update(UserSession).where(*these).values(proved_at=at, proved_by=by))


def end_sessions(session: Session, scope: Scope, user_id: str, at: datetime) -> None:
    """End every session of a user."""
    session.execute(
        update(UserSession)
        .where(mine(UserSession, scope), UserSession.user_id == user_id, UserSession.ended_at.is_(None))
        .values(ended_at=at)
    )


def void_links(session: Session, scope: Scope, user_id: str, at: datetime) -> None:
    """Use up every link of a user."""
    session.execute(
        update(SignInLink)
        .where(mine(SignInLink, scope), SignInLink.user_id == user_id, SignInLink.used_at.is_(None))
        .values(used_at=at)
    )


def sign_in_link(session: Session, scope: Scope, digest: str, now: datetime) -> SignInLink | None:
    """An unused link that has not expired."""
    found = session.get(SignInLink, (scope.practice_id, digest))
    return found if found and found.used_at is None and found.expires_at > now else None


def use_link(session: Session, scope: Scope, digest: str, now: datetime) -> bool:
    """Mark the link as used; False where somebody was faster, or it has expired."""
    used = session.execute(
        update(SignInLink)
        .where(
            mine(SignInLink, scope),
            SignInLink.digest == digest,
            SignInLink.used_at.is_(None),
            SignInLink.expires_at > now,
        )
        .values(used_at=now)
        .returning(SignInLink.digest)
    )
    return used.first() is not None


def keep_search(session: Session, scope: Scope, key: SearchKey, forget_before: datetime) -> None:
    """Keep what was searched for under an opaque key; older keys are forgotten."""
    session.execute(delete(SearchKey).where(mine(SearchKey, scope), SearchKey.made_at < forget_before))
    session.add(key)


def searched(session: Session, scope: Scope, key: str, user_id: str) -> str | None:
    """The words behind a search key, for the user who searched."""
    found = session.get(SearchKey, (scope.practice_id, key))
    return found.words if found and found.user_id == user_id else None
