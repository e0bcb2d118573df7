"""Which kind of letter a report is, and why: what somebody chose, and what the last draft found of the visit."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import String
from sqlalchemy.orm import Mapped, Session, mapped_column

from loopclose.store.base import Base, PracticeOwned, Scope


class LetterChoiceRow(PracticeOwned, Base):
    """Of one report."""

    __tablename__ = "letter_choice"
    obligation: Mapped[str] = mapped_column(String(36), primary_key=True)
    kind: Mapped[str | None] = mapped_column(String(24))
    """What somebody chose, a key of ``domain.letter_kinds.KINDS``; None where it goes by rule."""
    by: Mapped[str | None] = mapped_column(String(254))
    at: Mapped[datetime | None]
    because: Mapped[str] = mapped_column(default="", server_default="")
    """Why the last draft was of its kind, in a sentence."""
    interim: Mapped[str] = mapped_column(default="", server_default="")
    """Why an interim report may go out before the report; empty where nothing speaks for one."""


def choice_of(session: Session, scope: Scope, obligation: str) -> LetterChoiceRow | None:
    """What is known of one report; None before its first draft."""
    return session.get(LetterChoiceRow, (scope.practice_id, obligation))


def choose(session: Session, scope: Scope, obligation: str, kind: str | None, by: str, at: datetime) -> None:
    """Somebody chose a kind of letter; None: by rule again. Its caller holds the report."""
    row = _row(session, scope, obligation)
    row.kind, row.by, row.at = kind, by, at


def note_rule(session: Session, scope: Scope, obligation: str, because: str, interim: str) -> None:
    """Why a draft is of its kind, and what speaks for an interim report. Its caller holds the report."""
    row = _row(session, scope, obligation)
    row.because, row.interim = because, interim


def _row(session: Session, scope: Scope, obligation: str) -> LetterChoiceRow:
    found = choice_of(session, scope, obligation)
    if found is None:
        found = LetterChoiceRow(
            practice_id=scope.practice_id, obligation=obligation, kind=None, by=None, at=None, because="", interim=""
        )
        session.add(found)
    return found
