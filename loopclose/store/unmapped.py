"""Codes that no map knows: what a site, or a person on the page Codes, says once, instead of a person each time."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

from sqlalchemy import Index, String, func, select, tuple_
from sqlalchemy.orm import Mapped, Session, mapped_column

from loopclose.domain.codes import OPEN_STATES
from loopclose.store.base import Base, PracticeOwned, Scope, chunks, mine
from loopclose.store.code_assignments import in_force
from loopclose.store.conditions import one_of
from loopclose.store.obligations import Obligation

COUNTED = 1000
FEW = 20
"""Resources that are looked at for one with a page of its own."""


class UnmappedCode(PracticeOwned, Base):
    """One element of one resource whose code no file knows, whatever people said of it since."""

    __tablename__ = "unmapped_code"
    ehr: Mapped[str] = mapped_column(String(64), primary_key=True)
    resource: Mapped[str] = mapped_column(String(140), primary_key=True)
    """``Type/id``."""
    element: Mapped[str] = mapped_column(String(40), primary_key=True)
    """A name of ``code_elements.ELEMENTS``."""
    person: Mapped[str] = mapped_column(String(140))
    code: Mapped[str]
    """``system|code`` and its display; "(none)" where the element is missing."""
    token: Mapped[str] = mapped_column(String(255), default="", server_default="")
    """By what a map can name it; empty where the element is missing."""
    __table_args__ = (
        Index("ix_unmapped_code_person", "practice_id", "ehr", "person"),
        Index("ix_unmapped_code_token", "practice_id", "ehr", "element", "token"),
    )


class Concerned(NamedTuple):
    """Whom one code is met in."""

    resources: int
    persons: tuple[str, ...]
    owed: dict[str, int]
    """By kind: what is open and owed for those very resources."""


def unmapped(session: Session, scope: Scope, ehr: str | None = None) -> list[dict[str, Any]]:
    """Each code that no file knows, the most frequent first: ``{ehr, element, token, code, count, example, meaning}``.

    ``meaning``: what a person says that it means, None where nobody does. Of a code that is met all the time not
    every resource is counted: ``count`` goes up to ``COUNTED``.
    """
    row = UnmappedCode
    found: list[dict[str, Any]] = []
    names = (row.ehr, row.element, row.token)
    these = (mine(row, scope), *([row.ehr == ehr] if ehr else []))
    said: dict[str, dict[tuple[str, str], str]] = {}
    last: Any = None
    while True:  # from one code to the next by the index, however many resources have it
        after = () if last is None else (tuple_(*names) > tuple_(*last),)
        last = session.execute(select(*names).where(*these, *after).order_by(*names).limit(1)).first()
        if last is None:
            return sorted(found, key=lambda one: (-one["count"], one["ehr"], one["element"], one["code"]))
        some = select(row.resource, row.code).where(*_of(scope, *last)).limit(COUNTED).subquery()
        asked = select(func.count(), func.min(some.c.resource), func.min(some.c.code))
        count, example, code = session.execute(asked).one()
        if last.ehr not in said:
            said[last.ehr] = in_force(session, scope, last.ehr)
        meaning = said[last.ehr].get((last.element, last.token))
        one = {"ehr": last.ehr, "element": last.element, "token": last.token, "code": code}
        found.append({**one, "count": count, "example": example, "meaning": meaning})


def concerned(session: Session, scope: Scope, ehr: str, element: str, token: str) -> Concerned:
    """Whom a code is met in: all of them, as all of them are judged again for it."""
    rows = session.execute(select(UnmappedCode.resource, UnmappedCode.person).where(*_of(scope, ehr, element, token)))
    met = [(resource, person) for resource, person in rows]
    owed = _owed(session, scope, ehr, met)
    return Concerned(len(met), tuple(sorted({person for _, person in met})), owed)


def example(session: Session, scope: Scope, ehr: str, element: str, token: str) -> str | None:
    """The id of something owed for one of the first resources that have that code; None where nothing ever was."""
    asked = select(UnmappedCode.resource, UnmappedCode.person).where(*_of(scope, ehr, element, token))
    met = session.execute(asked.order_by(UnmappedCode.resource).limit(FEW)).all()
    these = (mine(Obligation, scope), Obligation.ehr == ehr, Obligation.person.in_({person for _, person in met}))
    keys, columns = {resource for resource, _ in met}, (Obligation.id, Obligation.visit, Obligation.referral)
    rows = session.execute(select(*columns).where(*these).order_by(Obligation.id)).all()
    return next((one.id for one in rows if keys & {one.visit, one.referral}), rows[0].id if rows else None)


def _owed(session: Session, scope: Scope, ehr: str, met: Sequence[tuple[str, str]]) -> dict[str, int]:
    """By kind: what is open and owed for some (resource, person); for a note, the reports of its patient."""
    keys, row = {resource for resource, _ in met}, Obligation
    notes = any(key.startswith("DocumentReference/") for key in keys)
    found: dict[str, int] = {}
    for batch in chunks(sorted({person for _, person in met})):
        these = (mine(row, scope), row.ehr == ehr, row.person.in_(batch), one_of(row.state, OPEN_STATES))
        for kind, visit, referral in session.execute(select(row.kind, row.visit, row.referral).where(*these)):
            if keys & {visit, referral} or (notes and kind == "report"):
                found[kind] = found.get(kind, 0) + 1
    return dict(sorted(found.items()))


def _of(scope: Scope, ehr: str, element: str, token: str) -> tuple[Any, ...]:
    row = UnmappedCode
    return (mine(row, scope), row.ehr == ehr, row.element == element, row.token == token)
