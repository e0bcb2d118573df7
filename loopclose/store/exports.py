"""The bulk export of an EHR that is under way, or was taken last: what a sync that was killed goes on with."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import String
from sqlalchemy.orm import Mapped, Session, mapped_column

from loopclose.store.base import Base, PracticeOwned, Scope, table_of
from loopclose.store.upsert import upsert


class ExportRow(PracticeOwned, Base):
    """The newest export of one EHR."""

    __tablename__ = "bulk_export"
    ehr: Mapped[str] = mapped_column(String(64), primary_key=True)
    of: Mapped[str] = mapped_column(String(64))
    """Digest of what is exported: the EHR's address and the group."""
    types: Mapped[list[Any]]
    """Resource types that were asked for."""
    status_url: Mapped[str | None]
    """Where the EHR says how far it is; None once it was taken, or given up."""
    began_at: Mapped[datetime]
    """When it was begun, or was to be (our clock)."""
    whole: Mapped[bool]
    """Whether everything was asked for, not what changed alone."""
    whole_at: Mapped[datetime | None]
    """When the newest whole one that was taken had begun."""
    ask_at: Mapped[datetime | None]
    """Before when the EHR does not want to be asked again."""
    up_to: Mapped[datetime | None]
    """Up to when its resources go, by the EHR's clock."""
    expires_at: Mapped[datetime | None]
    """When the EHR throws it away, as it says."""
    done: Mapped[list[Any]]
    """Names of the files that are taken."""
    problem: Mapped[str | None]
    """Why it is not whole, or was not begun: said by every sync until the next one."""


def newest_export(session: Session, scope: Scope, ehr: str) -> ExportRow | None:
    """The newest export of that EHR, begun or taken."""
    return session.get(ExportRow, (scope.practice_id, ehr))


def note_export(session: Session, scope: Scope, ehr: str, **values: Any) -> None:
    """Write down an export that was begun, in place of the one before: every column but ``ehr``."""
    upsert(session, table_of(ExportRow), [{"practice_id": scope.practice_id, "ehr": ehr, **values}])


def note_progress(session: Session, scope: Scope, ehr: str, **values: Any) -> None:
    """Write down how far it is; ``values`` by column."""
    row = session.get_one(ExportRow, (scope.practice_id, ehr))
    for name, value in values.items():
        setattr(row, name, value)


def note_taken(session: Session, scope: Scope, ehr: str, name: str, problem: str | None) -> None:
    """Write down that the file of that name is taken, and what of the export is known not to be whole."""
    row = session.get_one(ExportRow, (scope.practice_id, ehr))
    row.done, row.problem = [*row.done, name], problem
