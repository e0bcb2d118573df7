"""What people did to drafts, numbered, and the drafts that their edits stand on.

An edited draft is kept in ``document.body`` like any other, so that whatever is made of it, or signed, is the edited
one; beside it stand the draft without its edits, and what was drafted since.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import LargeBinary, String, select
from sqlalchemy.orm import Mapped, Session, mapped_column

from loopclose.store.base import Base, PracticeOwned, Scope, mine
from loopclose.store.obligations import Document


class EditRow(PracticeOwned, Base):
    """One edit of one version of a paper, numbered from 1."""

    __tablename__ = "edit"
    obligation: Mapped[str] = mapped_column(String(36), primary_key=True)
    kind: Mapped[str] = mapped_column(String(24), primary_key=True)
    version: Mapped[int] = mapped_column(primary_key=True)
    no: Mapped[int] = mapped_column(primary_key=True)
    by: Mapped[str] = mapped_column(String(254))
    """The e-mail of whoever made it."""
    name: Mapped[str]
    """Their name at that time."""
    at: Mapped[datetime]
    edit: Mapped[dict[str, Any]]
    """What was done: ``drafting.edits.as_data``."""


class DraftedRow(PracticeOwned, Base):
    """The draft that edits stand on, as it was without them; there from the first edit on."""

    __tablename__ = "drafted"
    obligation: Mapped[str] = mapped_column(String(36), primary_key=True)
    kind: Mapped[str] = mapped_column(String(24), primary_key=True)
    version: Mapped[int] = mapped_column(primary_key=True)
    sha256: Mapped[str] = mapped_column(String(64))
    body: Mapped[bytes] = mapped_column(LargeBinary)
    newer_sha256: Mapped[str | None] = mapped_column(String(64))
    newer: Mapped[bytes | None] = mapped_column(LargeBinary)
    """What was drafted from the chart since, where that is not the same."""
    newer_at: Mapped[datetime | None]
    """When it was drafted."""


def edits_of(session: Session, scope: Scope, obligation: str, kind: str, version: int) -> Sequence[EditRow]:
    """The edits of one version of a paper, oldest first."""
    these = (EditRow.obligation == obligation, EditRow.kind == kind, EditRow.version == version)
    return session.scalars(select(EditRow).where(mine(EditRow, scope), *these).order_by(EditRow.no)).all()


def drafted_of(session: Session, scope: Scope, obligation: str, kind: str, version: int) -> DraftedRow | None:
    """The draft that the edits of that version stand on; None where nobody edited it."""
    return session.get(DraftedRow, (scope.practice_id, obligation, kind, version))


def note_edit(
    session: Session, scope: Scope, document: Document, no: int, who: tuple[str, str], at: datetime, edit: Any
) -> None:
    """Keep an edit of a paper under that number; ``who``: e-mail and name. The first keeps the draft it is made on."""
    key = {"practice_id": scope.practice_id, "obligation": document.obligation, "kind": document.kind}
    if no == 1:
        session.add(DraftedRow(**key, version=document.version, sha256=document.sha256, body=document.body))
    email, name = who
    session.add(EditRow(**key, version=document.version, no=no, by=email, name=name, at=at, edit=edit))


def note_newer(
    session: Session, scope: Scope, document: Document, sha256: str, body: bytes, at: datetime
) -> DraftedRow | None:
    """Keep what was drafted anew beside the edited draft; None where nobody edited that one, and nothing is kept."""
    row = drafted_of(session, scope, document.obligation, document.kind, document.version)
    if row is None:
        return None
    if sha256 == row.sha256:
        row.newer_sha256 = row.newer = row.newer_at = None
    elif sha256 != row.newer_sha256:
        row.newer_sha256, row.newer, row.newer_at = sha256, body, at
    return row
