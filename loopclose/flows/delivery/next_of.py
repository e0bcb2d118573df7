"""What comes next of a delivery, as its page says it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from loopclose.domain.delivering import (
    CANCELLED,
    COPY,
    CORRECTION,
    FAILED,
    FILING,
    SENDING,
    SENT,
    STATUS,
    TO_SEND,
    UNDERWAY,
    UNSURE,
    WAITING,
)
from loopclose.domain.recalling import RECALLED
from loopclose.store.deliveries import DeliveryRow
from loopclose.store.delivery_history import DeliveryEvent


@dataclass(frozen=True)
class Next:
    """What comes next of a delivery, by a code of the screens, and when."""

    code: str
    at: datetime | None = None


def is_recalled(row: DeliveryRow, events: Sequence[DeliveryEvent]) -> bool:
    """Whether it left, or may have, and was called back."""
    return row.state == FAILED and any(one.what == RECALLED for one in events)


def next_of(row: DeliveryRow, rows: Sequence[DeliveryRow], onward: str) -> Next:
    """What follows by itself, or who has to do something. ``onward``: what follows where the report did not arrive."""
    if row.state == SENDING:
        return Next("sending")
    if row.state in TO_SEND:
        return Next("again" if row.state == WAITING else "leaves", row.try_after)
    if row.state in (UNDERWAY, UNSURE):
        return Next("asked" if row.state == UNDERWAY else "look", row.ask_after)
    if row.state in (FAILED, CANCELLED):
        later = [one for one in rows if one.planned_at > row.planned_at and one.purpose == row.purpose]
        if row.followed_by is not None or later:
            return Next("followed")
        if row.state == CANCELLED:
            return Next("over")
        if row.purpose in (COPY, CORRECTION):
            return Next("by_hand")
        return Next(onward)
    return Next("receipt" if row.state == SENT and row.purpose not in (FILING, STATUS) else "over")
