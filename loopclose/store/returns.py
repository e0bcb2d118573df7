"""When patients are back with their referrers: of how many it is known, and what a file that tells it is about."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from loopclose.domain.codes import NOT_YET_SENT
from loopclose.store.base import Scope, mine
from loopclose.store.conditions import just, one_of
from loopclose.store.lateness import not_yet_sent
from loopclose.store.obligations import Obligation
from loopclose.store.people import PatientRow


class Share(NamedTuple):
    """Reports that were not sent yet, and of how many of them the return date is known."""

    known: int
    reports: int


def share(session: Session, scope: Scope) -> Share:
    """Of the reports that are not sent yet: after that a date changes nothing."""
    row = Obligation
    these = (mine(row, scope), just(row.kind, "report"), not_yet_sent())
    known, reports = session.execute(select(func.count(row.returns_at), func.count()).where(*these)).one()
    return Share(known, reports)


def reports_of(session: Session, scope: Scope, ehr: str, person: str) -> Sequence[Obligation]:
    """The reports on one person that are not sent yet, the oldest due first."""
    row = Obligation
    these = (mine(row, scope), row.ehr == ehr, row.person == person, just(row.kind, "report"))
    asked = select(row).where(*these, one_of(row.state, NOT_YET_SENT)).order_by(row.due_at, row.id)
    return session.scalars(asked.execution_options(populate_existing=True)).all()


class Named(NamedTuple):
    """A patient record, and the person behind it."""

    ehr: str
    id: str
    """``Patient/id``."""
    person: str
    mrn: str | None


def patients(session: Session, scope: Scope) -> list[Named]:
    """Every patient record of the practice: a file of many lines is looked up in it."""
    row = PatientRow
    found = session.execute(
        select(row.ehr, row.id, row.person, row.mrn).where(mine(row, scope)).order_by(row.ehr, row.id)
    )
    return [Named(*one) for one in found]
