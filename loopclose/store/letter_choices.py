"""Which kind of letter somebody chose for a report, instead of the one by rule: the newest choice."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import String
from sqlalchemy.orm import Mapped, Session, mapped_column

from loopclose.store.base import Base, PracticeOwned, Scope


class LetterChoiceRow(PracticeOwned, Base):
    """What somebody chose for one report."""

    __tablename__ = "letter_choice"
    obligation: Mapped[str] = mapped_column(String(36), primary_key=True)
    kind: Mapped[str] = mapped_column(String(24))
    """A key of ``domain.letter_kinds.KINDS``."""
    by: Mapped[str] = mapped_column(String(254))
    at: Mapped[datetime]


def choice_of(session: Session, scope: Scope, obligation: str) -> LetterChoiceRow | None:
    """What somebody chose; None where it goes by rule."""
    return session.get(LetterChoiceRow, (scope.practice_id, obligation))


def choose(session: Session, scope: Scope, obligation: str, kind: str | None, by: str, at: datetime) -> None:
    """Somebody chose a kind of letter; None: by rule again. Its caller holds the report."""
    before = choice_of(session, scope, obligation)
    if before is not None:
        session.delete(before)
        session.flush()
    if kind is not None:
        row = LetterChoiceRow(practice_id=scope.practice_id, obligation=obligation, kind=kind, by=by, at=at)
        session.add(row)
