"""By whose word, and under which name there, a user signs in: OpenID Connect subjects, and people of an EHR."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import Index, String, delete, select
from sqlalchemy.orm import Mapped, Session, mapped_column

from loopclose.store.base import Base, PracticeOwned, Scope, mine
from loopclose.store.people import User


class UserIdentity(PracticeOwned, Base):
    """One name of a user at one provider; several may be the same user, and none is two."""

    __tablename__ = "user_identity"
    issuer: Mapped[str] = mapped_column(String(500), primary_key=True)
    """As the provider calls itself, or ``ehr:NAME`` for the people of an EHR."""
    subject: Mapped[str] = mapped_column(String(255), primary_key=True)
    """The provider's own name of somebody (``sub``), or ``Practitioner/id`` (``fhirUser``)."""
    user_id: Mapped[str] = mapped_column(String(36))
    added_at: Mapped[datetime]
    __table_args__ = (Index("ix_user_identity_user", "practice_id", "user_id"),)


def user_of(session: Session, scope: Scope, issuer: str, subject: str) -> User | None:
    """Whose identity that is, disabled or not; None where it is nobody's."""
    found = session.get(UserIdentity, (scope.practice_id, issuer, subject))
    return session.get(User, (scope.practice_id, found.user_id)) if found else None


def with_reference(session: Session, scope: Scope, reference: str) -> Sequence[User]:
    """Users, disabled or not, whose account names that ``Practitioner/id``."""
    return session.scalars(select(User).where(mine(User, scope), User.reference == reference).order_by(User.id)).all()


def identities(session: Session, scope: Scope) -> list[tuple[str, str, str]]:
    """(e-mail, issuer, subject) of every identity, in order."""
    of_user = (User.practice_id == UserIdentity.practice_id) & (User.id == UserIdentity.user_id)
    asked = select(User.email, UserIdentity.issuer, UserIdentity.subject).join(User, of_user)
    rows = session.execute(
        asked.where(mine(UserIdentity, scope)).order_by(User.email, UserIdentity.issuer, UserIdentity.subject)
    )
    return [(email, issuer, subject) for email, issuer, subject in rows]


def add_identity(session: Session, scope: Scope, issuer: str, subject: str, user_id: str, at: datetime) -> None:
    """That identity is that user's from now on."""
    row = UserIdentity(practice_id=scope.practice_id, issuer=issuer, subject=subject, user_id=user_id, added_at=at)
    session.merge(row)


def drop_identity(session: Session, scope: Scope, issuer: str, subject: str) -> None:
    """That identity is nobody's from now on."""
    this = (mine(UserIdentity, scope), UserIdentity.issuer == issuer, UserIdentity.subject == subject)
    session.execute(delete(UserIdentity).where(*this))
