"""What we wrote into an EHR, as it calls it: read again, none of it ever proves anything."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from sqlalchemy import String, and_, exists, select
from sqlalchemy.orm import Mapped, Session, mapped_column

from loopclose.domain.delivering import RECEIVED, REPORT, SENT
from loopclose.store.base import Base, PracticeOwned, Scope, mine, table_of
from loopclose.store.conditions import just
from loopclose.store.deliveries import DeliveryRow
from loopclose.store.obligations import Obligation
from loopclose.store.people import PatientRow
from loopclose.store.resources import Resource
from loopclose.store.upsert import upsert

LETTER, FULFILMENT = "letter", "fulfilment"
"""What was written: resources of a letter, or the Task that says that a referral is fulfilled."""


class WrittenRow(PracticeOwned, Base):
    """One resource, or that the EHR takes none."""

    __tablename__ = "written"
    ehr: Mapped[str] = mapped_column(String(64), primary_key=True)
    delivery: Mapped[str] = mapped_column(String(36), primary_key=True)
    key: Mapped[str] = mapped_column(String(140), primary_key=True)
    """``Type/id``; empty where the EHR takes none."""
    what: Mapped[str] = mapped_column(String(12))
    at: Mapped[datetime]
    words: Mapped[str]
    """Why there is none, in one sentence."""


def note_written(
    session: Session,
    scope: Scope,
    ehr: str,
    delivery: str,
    keys: Iterable[str],
    what: str,
    now: datetime,
    words: str = "",
) -> None:
    """Remember what was written; the first time counts."""
    rows = [
        {
            "practice_id": scope.practice_id,
            "ehr": ehr,
            "delivery": delivery,
            "key": key,
            "what": what,
            "at": now,
            "words": words,
        }
        for key in keys
    ]
    if rows:
        upsert(session, table_of(WrittenRow), rows, update=())


def written_by_us(session: Session, scope: Scope, ehr: str) -> frozenset[str]:
    """``Type/id`` of all that we wrote into an EHR."""
    row = WrittenRow
    return frozenset(session.scalars(select(row.key).where(mine(row, scope), row.ehr == ehr, row.key != "")))


def letter_keys(session: Session, scope: Scope, delivery: str) -> list[str]:
    """What stands in the chart of one delivery's letter."""
    row = WrittenRow
    asked = select(row.key).where(mine(row, scope), row.delivery == delivery, row.what == LETTER, row.key != "")
    return list(session.scalars(asked.order_by(row.key)))


def to_fulfil(session: Session, scope: Scope, ehr: str) -> list[str]:
    """Ids of reports' deliveries that arrived and of which the EHR was not told yet."""
    row, told = DeliveryRow, WrittenRow
    known = select(told.delivery).where(mine(told, scope), told.ehr == ehr, told.what == FULFILMENT)
    asked = select(row.id).where(mine(row, scope), row.ehr == ehr, row.state == RECEIVED, row.purpose == REPORT)
    return list(session.scalars(asked.where(row.id.not_in(known)).order_by(row.received_at, row.id)))


def beside_new_tasks(session: Session, scope: Scope, ehr: str, since: datetime) -> list[str]:
    """Ids of reports' deliveries sent since then, whose arrival is not known, and after which a Task of their patient
    was read anew; the latest sent first, so that of one letter that went twice the last comes first.
    """
    row, task, record = DeliveryRow, Resource, PatientRow
    of_it = and_(Obligation.practice_id == row.practice_id, Obligation.id == row.obligation)
    theirs = and_(task.practice_id == record.practice_id, task.ehr == record.ehr, task.patient == record.id)
    person = (record.practice_id == row.practice_id, record.ehr == row.ehr, record.person == Obligation.person)
    read = exists().where(theirs, *person, task.type == "Task", task.seen_at >= row.sent_at)
    asked = (
        select(row.id)
        .join(Obligation, of_it)
        .where(mine(row, scope), row.ehr == ehr, just(row.state, SENT), row.purpose == REPORT, row.sent_at >= since)
        .where(read.correlate(row, Obligation))
    )
    return list(session.scalars(asked.order_by(row.sent_at.desc(), row.id)))
