"""What left: letters by state, channel and day, and how many of them were sent and arrived."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import func, select, true
from sqlalchemy.orm import Session

from loopclose.domain.channels import IN_BOOK
from loopclose.domain.delivering import CANCELLED, FAILED, FILING, NOT_OVER, RECEIVED, STATUS, UNSURE, WENT_OUT
from loopclose.store.base import Scope, chunks, mine
from loopclose.store.conditions import just, one_of
from loopclose.store.deliveries import MOST_SHOWN, DeliveryRow
from loopclose.store.letter_waits import went_again
from loopclose.store.obligations import Obligation
from loopclose.store.worklist_item import Patient, patient_of


@dataclass(frozen=True)
class Figures:
    """Of one channel in one period, by when a letter was planned."""

    channel: str
    planned: int
    """Without those that were taken back before they left."""
    sent: int
    """Of those planned: a channel took them, and they did not come back."""
    received: int
    """Of those sent: something or somebody proves that they arrived."""


@dataclass(frozen=True)
class Filed:
    """Copies for the practice's own chart that were planned in one period: letters to nobody."""

    planned: int
    """Without those that were taken back."""
    filed: int
    """Of those planned: they stand in the chart."""
    failed: int
    unsure: int

    @property
    def under_way(self) -> int:
        """Of those planned: still being written."""
        return self.planned - self.filed - self.failed - self.unsure


def letters(
    session: Session,
    scope: Scope,
    states: Collection[str] | None,
    channel: str | None,
    between: tuple[datetime, datetime] | None,
) -> Sequence[DeliveryRow]:
    """The newest letters to somebody, of those states, that channel and planned in that time, where any is given:
    ``MOST_SHOWN``.
    """
    row = DeliveryRow
    asked = select(row).where(
        mine(row, scope),
        row.purpose != FILING,
        one_of(row.state, sorted(states)) if states else true(),
        row.channel == channel if channel else true(),
    )
    if between is not None:
        asked = asked.where(row.planned_at >= between[0], row.planned_at < between[1])
    return session.scalars(asked.order_by(row.planned_at.desc(), row.id.desc()).limit(MOST_SHOWN)).all()


def patients(session: Session, scope: Scope, obligations: Collection[str]) -> dict[str, Patient]:
    """By report, or whatever else a letter is of: whose it is."""
    found: dict[str, Patient] = {}
    for some in chunks(sorted(obligations)):
        asked = select(Obligation).where(mine(Obligation, scope), Obligation.id.in_(some))
        found |= {owed.id: patient_of(owed) for owed in session.scalars(asked)}
    return found


def figures(
    session: Session, scope: Scope, since: datetime, until: datetime, *, answers: bool = False
) -> list[Figures]:
    """What was planned in the period and what became of it, by channel; channels without any are left out.

    Of letters; ``answers``: instead of the messages that say whether a request is accepted, in which there is none.
    """
    row = DeliveryRow
    these = just(row.purpose, STATUS) if answers else row.purpose.not_in((FILING, STATUS))
    asked = select(row.channel, row.state, func.count()).where(
        mine(row, scope), these, row.planned_at > since, row.planned_at <= until
    )
    rows = session.execute(asked.group_by(row.channel, row.state)).all()
    found = []
    for name in IN_BOOK:
        by_state = {state: number for channel, state, number in rows if channel == name}
        planned = sum(number for state, number in by_state.items() if state != CANCELLED)
        sent = sum(by_state.get(state, 0) for state in WENT_OUT)
        if planned:
            found.append(Figures(name, planned, sent, by_state.get(RECEIVED, 0)))
    return found


def filed(session: Session, scope: Scope, since: datetime, until: datetime) -> Filed:
    """What was planned for the practice's own chart in the period, and what became of it."""
    row = DeliveryRow
    these = (mine(row, scope), row.purpose == FILING, row.planned_at > since, row.planned_at <= until)
    asked = select(row.state, func.count()).where(*these).group_by(row.state)
    by_state = {one[0]: one[1] for one in session.execute(asked)}
    planned = sum(number for state, number in by_state.items() if state != CANCELLED)
    stands = sum(by_state.get(state, 0) for state in WENT_OUT)
    return Filed(planned, stands, by_state.get(FAILED, 0), by_state.get(UNSURE, 0))


def filings_to_look_at(
    session: Session, scope: Scope, since: datetime, until: datetime, most: int | None = MOST_SHOWN
) -> Sequence[DeliveryRow]:
    """Copies for the own chart of which nobody knows whether they stand there, and those planned in the period that do
    not and were not filed again; the oldest first.
    """
    row = DeliveryRow
    unsure = (one_of(row.state, sorted(NOT_OVER)), just(row.state, UNSURE))
    failed = (just(row.state, FAILED), row.planned_at > since, row.planned_at <= until, ~went_again())
    asked = select(row).where(mine(row, scope), row.purpose == FILING)
    found = [*session.scalars(asked.where(*unsure))]  # there are few; in an order SQLite would look at all deliveries
    found += session.scalars(asked.where(*failed).order_by(row.planned_at, row.id).limit(most))
    return sorted(found, key=lambda one: (one.planned_at, one.id))[:most]


def under_way(session: Session, scope: Scope) -> int:
    """How many letters to somebody are still on their way."""
    row = DeliveryRow
    these = (mine(row, scope), row.purpose != FILING, one_of(row.state, sorted(NOT_OVER)))
    return session.scalar(select(func.count()).select_from(row).where(*these)) or 0
