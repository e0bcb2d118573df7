"""Codes that no map knows: what a site has to say once, instead of a person each time."""

from __future__ import annotations

from typing import Any

from sqlalchemy import Index, String, func, select
from sqlalchemy.orm import Mapped, Session, mapped_column

from loopclose.store.base import Base, PracticeOwned, Scope, mine


class UnmappedCode(PracticeOwned, Base):
    """One element of one resource whose code no map knows."""

    __tablename__ = "unmapped_code"
    ehr: Mapped[str] = mapped_column(String(64), primary_key=True)
    resource: Mapped[str] = mapped_column(String(140), primary_key=True)
    """``Type/id``."""
    element: Mapped[str] = mapped_column(String(40), primary_key=True)
    """``Encounter.class`` or ``ServiceRequest.code``."""
    person: Mapped[str] = mapped_column(String(140))
    code: Mapped[str]
    """``system|code`` and its display; "(none)" where the element is missing."""
    __table_args__ = (Index("ix_unmapped_code_person", "practice_id", "ehr", "person"),)


def unmapped(session: Session, scope: Scope, ehr: str | None = None) -> list[dict[str, Any]]:
    """``{ehr, element, code, count, example}`` of each code that no map knows, the most frequent first."""
    count = func.count()
    rows = session.execute(
        select(UnmappedCode.ehr, UnmappedCode.element, UnmappedCode.code, count, func.min(UnmappedCode.resource))
        .where(mine(UnmappedCode, scope), *([UnmappedCode.ehr == ehr] if ehr else []))
        .group_by(UnmappedCode.ehr, UnmappedCode.element, UnmappedCode.code)
        .order_by(count.desc(), UnmappedCode.ehr, UnmappedCode.element, UnmappedCode.code)
    )
    names = ("ehr", "element", "code", "count", "example")
    return [dict(zip(names, row, strict=True)) for row in rows]
