"""What people say that local codes mean, each with who and when; a later word supersedes, and none is deleted."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Index, String, func, select
from sqlalchemy.orm import Mapped, Session, mapped_column

from loopclose.store.base import Base, PracticeOwned, Scope, mine, natural_id


class CodeAssignmentRow(PracticeOwned, Base):
    """One word of one person on one code of one EHR. The newest holds, unless it was taken back."""

    __tablename__ = "code_assignment"
    id: Mapped[str] = mapped_column(String(36), primary_key=True)
    """UUIDv5 of (practice, ehr, element, token, no)."""
    ehr: Mapped[str] = mapped_column(String(64))
    element: Mapped[str] = mapped_column(String(40))
    """A name of ``code_elements.ELEMENTS``."""
    token: Mapped[str] = mapped_column(String(255))
    """``system|code``, or words alone (see ``code_elements.TEXT``)."""
    no: Mapped[int]
    meaning: Mapped[str] = mapped_column(String(64))
    by: Mapped[str]
    at: Mapped[datetime]
    taken_back_by: Mapped[str | None]
    taken_back_at: Mapped[datetime | None]
    __table_args__ = (Index("ix_code_assignment_code", "practice_id", "ehr", "element", "token"),)


def assignments(session: Session, scope: Scope, ehr: str | None = None) -> Sequence[CodeAssignmentRow]:
    """Everything that was ever said, the newest first."""
    row = CodeAssignmentRow
    asked = select(row).where(mine(row, scope), *([row.ehr == ehr] if ehr is not None else []))
    return session.scalars(asked.order_by(row.at.desc(), row.no.desc(), row.id)).all()


def in_force(session: Session, scope: Scope, ehr: str) -> dict[tuple[str, str], str]:
    """By (element, token): the meaning that holds."""
    row = CodeAssignmentRow
    rows = session.scalars(select(row).where(mine(row, scope), row.ehr == ehr).order_by(row.no))
    newest = {(one.element, one.token): one for one in rows}
    return {about: one.meaning for about, one in newest.items() if one.taken_back_at is None}


def last_about(session: Session, scope: Scope, ehr: str, element: str, token: str) -> CodeAssignmentRow | None:
    """The newest word on that code, whether it holds or was taken back; held until the end of the transaction."""
    asked = select(CodeAssignmentRow).where(*_about(scope, ehr, element, token))
    newest = asked.order_by(CodeAssignmentRow.no.desc()).limit(1)
    return session.scalars(newest.with_for_update().execution_options(populate_existing=True)).first()


def note_assignment(
    session: Session, scope: Scope, ehr: str, element: str, token: str, meaning: str, by: str, at: datetime
) -> str:
    """Keep a word under the next number; gives its id."""
    row = CodeAssignmentRow
    no = (session.scalar(select(func.max(row.no)).where(*_about(scope, ehr, element, token))) or 0) + 1
    key = natural_id(scope.practice_id, ehr, element, token, no)
    about = {"practice_id": scope.practice_id, "id": key, "ehr": ehr, "element": element, "token": token, "no": no}
    session.add(row(**about, meaning=meaning, by=by, at=at, taken_back_by=None, taken_back_at=None))
    return key


def _about(scope: Scope, ehr: str, element: str, token: str) -> tuple[Any, ...]:
    row = CodeAssignmentRow
    return (mine(row, scope), row.ehr == ehr, row.element == element, row.token == token)
