"""What is owed patient by patient, to see that one patient's trouble is nobody else's."""

from __future__ import annotations

from collections import defaultdict
from typing import Any

from sqlalchemy import select

from loopclose.store.engine import Database
from loopclose.store.loop import LinkRow, VisitRow
from loopclose.store.obligations import Obligation
from loopclose.store.schema import TABLES

Owed = dict[str, list[tuple[Any, ...]]]


def owed_by_patient(db: Database) -> Owed:
    """By ``Patient/id``: what is owed, and how the visits are linked."""
    about = (Obligation.id, Obligation.kind, Obligation.state, Obligation.due_at, Obligation.owner, Obligation.referral)
    link = (LinkRow.visit, LinkRow.band, LinkRow.method, LinkRow.confidence)
    same = (VisitRow.id == LinkRow.visit) & (VisitRow.ehr == LinkRow.ehr)
    with db.read() as session:
        rows = [*session.execute(select(Obligation.patient, *about))]
        rows += session.execute(select(VisitRow.patient, *link).join(LinkRow, same).where(LinkRow.current))
    found: Owed = defaultdict(list)
    for patient, *what in rows:
        found[patient].append(tuple(map(str, what)))
    return {patient: sorted(what) for patient, what in found.items()}


def emptied(db: Database) -> None:
    """The same database, as if nothing had been read."""
    with db.write() as session:
        for table in TABLES.values():
            session.execute(table.delete())
