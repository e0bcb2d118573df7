"""Codes that no map knows: what a site has to say once, instead of a person each time."""

from __future__ import annotations

from typing import Any

from sqlalchemy import Index, String, func, select, tuple_
from sqlalchemy.orm import Mapped, Session, mapped_column

from loopclose.store.base import Base, PracticeOwned, Scope, mine

COUNTED = 1000


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
    __table_args__ = (
        Index("ix_unmapped_code_person", "practice_id", "ehr", "person"),
        Index("ix_unmapped_code_code", "practice_id", "ehr", "element", "code"),
    )


def unmapped(session: Session, scope: Scope, ehr: str | None = None) -> list[dict[str, Any]]:
    """``{ehr, element, code, count, example}`` of each code that no map knows, the most frequent first.

    Of one that is met all the time not every resource is counted: ``count`` goes up to ``COUNTED``.
    """
    row = UnmappedCode
    found: list[dict[str, Any]] = []
    names = (row.ehr, row.element, row.code)
    these = (mine(row, scope), *([row.ehr == ehr] if ehr else []))
    last: Any = None
    while True:  # from one code to the next by the index, however many resources have it
        after = () if last is None else (tuple_(*names) > tuple_(*last),)
        last = session.execute(select(*names).where(*these, *after).order_by(*names).limit(1)).first()
        if last is None:
            return sorted(found, key=lambda one: (-one["count"], one["ehr"], one["element"], one["code"]))
        same = (mine(row, scope), *(name == value for name, value in zip(names, last, strict=True)))
        some = select(row.resource).where(*same).limit(COUNTED).subquery()
        count, example = session.execute(select(func.count(), func.min(some.c.resource))).one()
        found.append({"ehr": last.ehr, "element": last.element, "code": last.code, "count": count, "example": example})
