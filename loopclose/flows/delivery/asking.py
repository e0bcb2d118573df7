"""Asking the channels what became of what they took, and of what nobody knows whether they took."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta

import structlog

from loopclose.domain.delivering import FAILED, SENT, UNDERWAY, UNSURE
from loopclose.flows.delivery.heard import CHANNEL, Said, hear, proved_absent
from loopclose.flows.delivery.send import follow, judge_report
from loopclose.flows.delivery.ways import Ways
from loopclose.flows.work import Work
from loopclose.outbound.channels.channel import Fate, Parcel
from loopclose.outbound.mail import SendError
from loopclose.store import deliveries, delivery_history
from loopclose.store.base import Scope
from loopclose.store.deliveries import DeliveryRow
from loopclose.store.delivery_history import DeliveryAttempt

log = structlog.get_logger()
AGAIN = timedelta(minutes=5)
"""How long after one question the next follows."""
LATER, LOOKED_AT_FOR = timedelta(hours=1), timedelta(days=60)
"""The same of a letter that stands in a chart, until its reader received it; and for how long."""
ASKED = frozenset({UNDERWAY, UNSURE, SENT})
ABSENT = "The channel knows of no such letter, so it did not leave: it is handed over again."


def ask_all(work: Work, scope: Scope, ways: Ways) -> int:
    """Ask of every delivery that waits for an answer; gives of how many there was news."""
    with work.db.read() as session:
        waiting = deliveries.to_ask(session, scope, work.clock())
        waiting += deliveries.to_look_at(session, scope, work.clock(), work.clock() - LOOKED_AT_FOR)
    return sum(ask(work, scope, ways, key) for key in waiting)


def ask(work: Work, scope: Scope, ways: Ways, key: str) -> bool:
    """Ask of one; whether there was news. A channel that cannot be asked now is asked later."""
    with work.db.read() as session:
        row = deliveries.delivery(session, scope, key)
        tries = delivery_history.attempts_of(session, scope, key)
        parcel = _parcel(row, tries) if row is not None else None
    if row is None or parcel is None or row.state not in ASKED or row.channel not in ways:
        return False
    try:
        fate = ways[row.channel].look_up(parcel)
    except SendError as problem:
        log.warning("a channel cannot be asked", practice=scope.practice_id, channel=row.channel, problem=str(problem))
        fate = None
    _ask_later(work, scope, key)
    return fate is not None and _take(work, scope, ways, row, fate)


def _parcel(row: DeliveryRow, tries: Sequence[DeliveryAttempt]) -> Parcel:
    """What was handed over, and when last."""
    last = tries[-1] if tries else None
    return Parcel(
        row.id,
        row.to,
        row.content,
        row.remote,
        row.ehr,
        tried_at=last.started_at if last else None,
        attempt=last.no if last else None,
    )


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
        if row is not None and row.state in ASKED:
            row.ask_after = work.clock() + (LATER if row.state == SENT else AGAIN)
