"""Reading the mailboxes into which answers to letters come: what they prove is kept before a mail counts as read."""

from __future__ import annotations

import hashlib
from datetime import datetime

import structlog
from sqlalchemy.orm import Session

from loopclose.config.channels.direct import DirectConfig
from loopclose.domain.delivering import FAILED, RECEIVED, SENT, UNDERWAY
from loopclose.flows.delivery.heard import MAILBOX, Said, hear
from loopclose.flows.delivery.send import follow, judge_report
from loopclose.flows.delivery.ways import TABLES, Ways
from loopclose.flows.work import Work
from loopclose.outbound.channels.direct import SecureMail
from loopclose.outbound.channels.secure_mail.mailbox import Mailbox
from loopclose.outbound.channels.secure_mail.notices import Notice, Reader, sender_of
from loopclose.outbound.mail import SendError
from loopclose.store import deliveries, delivery_history
from loopclose.store.base import Scope
from loopclose.store.delivery_history import DELAYED, NOBODYS, UNCLEAR

log = structlog.get_logger()
CONTRADICTS = "It says that this letter did not arrive, of which it was said before that it had."


def read_mailboxes(work: Work, scope: Scope, ways: Ways) -> int:
    """Read what came in since, of each channel that has a mailbox; gives of how many letters there was news.

    A mailbox that cannot be read now is read with the next round: nothing in it is lost.
    """
    news = 0
    for name, table in TABLES.items():
        channel, settings = ways.get(name), getattr(work.config, table).get(scope.practice_id)
        if not isinstance(channel, SecureMail) or settings is None or settings.mailbox_host is None:
            continue
        try:
            news += _read(work, scope, ways, channel, mailbox_of(settings, f"[{table}.{scope.practice_id}]"))
        except SendError as problem:
            log.warning("a mailbox cannot be read", practice=scope.practice_id, channel=name, problem=str(problem))
    return news


def mailbox_of(settings: DirectConfig, table: str) -> Mailbox:
    """The mailbox of a channel, as it is configured."""
    return Mailbox(
        settings.mailbox_host or "",
        settings.mailbox_user or "",
        settings.mailbox_password.get_secret_value() if settings.mailbox_password else "",
        settings.mailbox_port,
        settings.mailbox_folder,
        settings.ca,
        table=table,
    )


def _read(work: Work, scope: Scope, ways: Ways, channel: SecureMail, box: Mailbox) -> int:
    def sent_to(key: str) -> str | None:
        with work.db.read() as session:
            row = deliveries.delivery(session, scope, key)
        return row.to if row is not None and row.channel == channel.name else None

    reader, news = channel.reader(sent_to, work.clock()), 0
    with box.opened() as opened:
        for mail in opened.unseen():
            news += _take(work, scope, ways, reader, mail.content)
            opened.acknowledge(mail)
    return news


def _take(work: Work, scope: Scope, ways: Ways, reader: Reader, content: bytes) -> bool:
    """Keep what one mail says; whether it is news of a letter."""
    said, digest = reader.read(content), hashlib.sha256(content).hexdigest()
    if not isinstance(said, Notice):
        now = work.clock()
        with work.db.write() as session:
            key, by = said.delivery or NOBODYS, sender_of(content)
            delivery_history.add_event(session, scope, key, UNCLEAR, MAILBOX, by, now, now, said.words, digest)
        return False
    by = sender_of(content)
    news = hear(
        work,
        scope,
        said.delivery,
        Said(said.fate, MAILBOX, "loopclose", digest),
        lambda session, is_news: None if is_news else _keep_beside(session, scope, said, by, digest, work.clock()),
    )
    if news:
        _go_on(work, scope, ways, said)
    return news


def _keep_beside(session: Session, scope: Scope, said: Notice, by: str, digest: str, now: datetime) -> None:
    """What changes nothing and is to be seen all the same: word of a delay, and a failure of what arrived."""
    row, fate = deliveries.delivery(session, scope, said.delivery), said.fate
    kept = delivery_history.events_of(session, scope, [said.delivery]).get(said.delivery, [])
    if row is None or any(one.evidence == digest for one in kept):  # read twice where the process died at it
        return
    if row.state == RECEIVED and fate.state == FAILED:
        delivery_history.add_event(session, scope, row.id, UNCLEAR, MAILBOX, by, now, now, CONTRADICTS, digest)
    elif row.state == SENT and fate.state == UNDERWAY:
        at = min(fate.at or now, now)
        delivery_history.add_event(session, scope, row.id, DELAYED, MAILBOX, "loopclose", at, now, fate.words, digest)


def _go_on(work: Work, scope: Scope, ways: Ways, said: Notice) -> None:
    with work.db.read() as session:
        row = deliveries.delivery(session, scope, said.delivery)
    if row is None:
        return
    judge_report(work, scope, row.obligation)
    if said.fate.state == FAILED:
        follow(work, scope, ways, row)
