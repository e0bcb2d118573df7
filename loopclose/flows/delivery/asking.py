"""Asking the channels what became of what they took, and of what nobody knows whether they took."""

from __future__ import annotations

from datetime import timedelta

import structlog

from loopclose.domain.delivering import FAILED, UNDERWAY, UNSURE
from loopclose.flows.delivery.heard import CHANNEL, Said, hear, proved_absent
from loopclose.flows.delivery.send import follow, judge_report
from loopclose.flows.delivery.ways import Ways
from loopclose.flows.work import Work
from loopclose.outbound.channels.channel import Fate, Parcel
from loopclose.outbound.mail import SendError
from loopclose.store import deliveries
from loopclose.store.base import Scope
from loopclose.store.deliveries import DeliveryRow

log = structlog.get_logger()
AGAIN = timedelta(minutes=5)
"""How long after one question the next follows."""
ABSENT = "The channel knows of no such letter, so it did not leave: it is handed over again."


def ask_all(work: Work, scope: Scope, ways: Ways) -> int:
    """Ask of every delivery that waits for an answer; gives of how many there was news."""
    with work.db.read() as session:
        waiting = deliveries.to_ask(session, scope, work.clock())
    return sum(ask(work, scope, ways, key) for key in waiting)


def ask(work: Work, scope: Scope, ways: Ways, key: str) -> bool:
    """Ask of one; whether there was news. A channel that cannot be asked now is asked later."""
    with work.db.read() as session:
        row = deliveries.delivery(session, scope, key)
        parcel = Parcel(row.id, row.to, row.content, row.remote) if row is not None else None
    if row is None or parcel is None or row.state not in (UNDERWAY, UNSURE) or row.channel not in ways:
        return False
    try:
        fate = ways[row.channel].look_up(parcel)
    except SendError as problem:
        log.warning("a channel cannot be asked", practice=scope.practice_id, channel=row.channel, problem=str(problem))
        fate = None
    _ask_later(work, scope, key)
    return fate is not None and _take(work, scope, ways, row, fate)


def _take(work: Work, scope: Scope, ways: Ways, row: DeliveryRow, fate: Fate) -> bool:
    if fate.state == "absent":
        return proved_absent(work, scope, row.id, "loopclose", ABSENT)
    news = hear(work, scope, row.id, Said(fate, CHANNEL, "loopclose"))
    if news:
        judge_report(work, scope, row.obligation)
    if news and fate.state == FAILED:
        follow(work, scope, ways, row)
    return news


def _ask_later(work: Work, scope: Scope, key: str) -> None:
    with work.db.write() as session:
        row = deliveries.delivery(session, scope, key, lock=True)
        if row is not None and row.state in (UNDERWAY, UNSURE):
            row.ask_after = work.clock() + AGAIN
