"""What is heard of a delivery after it left: by its channel, by mail, by the recipient or by a person of ours.

One door: whatever says that a letter was transmitted, arrived or failed is kept as an event, and changes the delivery
and its report only where it is news (``domain.delivering.is_news``).
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy.orm import Session

from loopclose.domain.channels import IN_CHARTS
from loopclose.domain.delivering import (
    FAILED,
    RECEIVED,
    SENT,
    UNDERWAY,
    UNSURE,
    WAITING,
    WENT_OUT,
    Try,
    after_try,
    is_news,
)
from loopclose.domain.recalling import RECALLED
from loopclose.flows.delivery.report import hold_report, note_bounced, note_received, note_sent
from loopclose.flows.work import Work
from loopclose.outbound.channels.channel import Fate
from loopclose.store import addresses, deliveries, delivery_history, written
from loopclose.store.base import Scope
from loopclose.store.deliveries import DeliveryRow
from loopclose.store.obligations import Obligation

CHANNEL, MAILBOX, PAGE, PERSON, EHR = "channel", "mailbox", "page", "person", "ehr"
"""Who can say something of a delivery."""


@dataclass(frozen=True)
class Said:
    """What somebody or something says of one delivery."""

    fate: Fate
    source: str
    by: str
    evidence: str | None = None


def hear(
    work: Work, scope: Scope, key: str, said: Said, also: Callable[[Session, bool], None] = lambda session, news: None
) -> bool:
    """Keep it; whether it was news. What it changes of the report follows in the same transaction, and so does
    ``also``, which is told whether it was news.

    Nothing is heard by the confirmation page of a letter whose code was used up or has expired meanwhile. That a letter
    arrived which was called back, or which is at the wrong office, is kept and is no receipt: only a person of ours
    takes a wrong office back. Its caller judges the report's person again (``judge_report``) where it was news, and
    plans the next address where the delivery failed (``send.follow``).
    """
    news = False

    def write(session: Session) -> None:
        nonlocal news
        first = deliveries.delivery(session, scope, key)
        owed = hold_report(session, scope, first.obligation) if first is not None else None
        row = deliveries.delivery(session, scope, key, lock=True)
        now, elsewhere = work.clock(), said.fate.address_is_bad and said.source in (PAGE, PERSON)
        counts = row is not None and (said.source != PAGE or row.is_confirmable(now))
        news = row is not None and counts and is_news(row.state, said.fate.state, is_elsewhere=elsewhere)
        if row is not None and news and row.state == FAILED and _is_no_receipt(session, scope, row, said):
            news = False
            _keep(session, scope, row, said, now)
        if row is not None and news:
            if elsewhere and row.confirm_until is not None:  # whoever has it there says nothing more by its code
                row.confirm_until = min(row.confirm_until, now)
            _take(session, scope, row, owed, said, now)
            session.flush()
        elif row is not None and row.state == said.fate.state == UNDERWAY:
            row.error = said.fate.words or None  # what the channel says meanwhile, such as that it knows of no such fax
        also(session, news)

    work.db.in_write(write)
    return news


def _is_no_receipt(session: Session, scope: Scope, row: DeliveryRow, said: Said) -> bool:
    """Whether it arrived where it should not have, as a person or the recipient said before."""
    for one in delivery_history.events_of(session, scope, [row.id]).get(row.id, ()):
        if one.what == RECALLED or (one.what == FAILED and one.source in (PAGE, PERSON) and said.source != PERSON):
            return True
    return False


def _keep(session: Session, scope: Scope, row: DeliveryRow, said: Said, now: datetime) -> None:
    fate, at = said.fate, _when(row, said, now)
    delivery_history.add_event(
        session, scope, row.id, fate.state, said.source, said.by, at, now, fate.words, said.evidence
    )


def _take(session: Session, scope: Scope, row: DeliveryRow, owed: Obligation | None, said: Said, now: datetime) -> None:
    fate, at = said.fate, _when(row, said, now)
    row.remote = fate.remote or row.remote
    if fate.remote and row.channel in IN_CHARTS:
        written.note_written(session, scope, row.ehr, row.id, fate.remote.split(), written.LETTER, now)
    if fate.state == "underway":
        row.state, row.error = UNDERWAY, fate.words or None
        return
    before = row.state
    _keep(session, scope, row, said, now)
    row.try_after = row.ask_after = None
    if fate.state == "failed":
        row.state, row.error = FAILED, fate.words or "The channel says that it failed."
        if before not in WENT_OUT and not fate.final:
            _try_again(row, now)
        if fate.address_is_bad:
            addresses.close(session, scope, row.address, said.by, row.error, now)
        if owed is not None and before in WENT_OUT:
            note_bounced(session, scope, owed, row, row.error, now)
        return
    row.error, row.sent_at = None, row.sent_at or at
    if fate.state == "transmitted":
        row.state = SENT
        if owed is not None:
            note_sent(session, scope, owed, row, at, now)
        return
    row.state, row.received_at = RECEIVED, at
    if owed is not None:
        note_received(session, scope, owed, row, at, said.by, fate.words, now)


def _when(row: DeliveryRow, said: Said, now: datetime) -> datetime:
    """When it was, as is said. A clock of a mail system or gateway that says before the letter was packed is wrong."""
    at = said.fate.at or now
    is_wrong = at > now or (said.source in (CHANNEL, MAILBOX) and at < row.planned_at)
    return now if is_wrong else at


def _try_again(row: DeliveryRow, now: datetime) -> None:
    """What may go through with another try (it was busy) waits for it, as one that was refused like that does."""
    after = after_try(row.channel, row.tries, Try(False, error=row.error), now, is_urgent=row.urgent)
    row.state = after.state
    row.error, row.try_after = after.values["error"], after.values["try_after"]


def proved_absent(work: Work, scope: Scope, key: str, by: str, words: str) -> bool:
    """A delivery of which nobody knew whether it left is known not to have left: it is handed over again."""
    with work.db.write() as session:
        row = deliveries.delivery(session, scope, key, lock=True)
        if row is None or row.state != UNSURE:
            return False
        now = work.clock()
        row.state, row.error, row.try_after = WAITING, words, now
        delivery_history.add_event(session, scope, key, "absent", PERSON if "@" in by else CHANNEL, by, now, now, words)
        return True
