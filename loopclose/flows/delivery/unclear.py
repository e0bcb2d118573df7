"""Mails in the mailbox that nobody understood: a person reads them there, and says so here."""

from __future__ import annotations

from sqlalchemy.orm import Session

from loopclose.errors import UsageError
from loopclose.flows.accounts import check_role
from loopclose.flows.delivery.heard import PERSON
from loopclose.flows.work import Work
from loopclose.store import audit_log, deliveries, delivery_history
from loopclose.store.base import Scope
from loopclose.store.delivery_history import LOOKED_AT

BEFORE = "Somebody has looked at it already: nothing was changed."


def looked_at(work: Work, scope: Scope, mail: str, by: str, words: str = "") -> None:
    """A user has read a mail that proves nothing; it is not listed any more. ``mail``: its SHA-256; ``words``: what
    came of it.

    Raises ``UsageError`` where nobody has to look at it any more.
    """
    check_role(work.db, scope, by, "send")

    def write(session: Session) -> None:
        these = [one for one in delivery_history.unclear_mails(session, scope) if one.evidence == mail]
        if not these:
            raise UsageError(BEFORE)
        now = work.clock()
        for one in these:
            row = deliveries.delivery(session, scope, one.delivery, lock=True)
            text = words.strip()
            delivery_history.add_event(
                session, scope, one.delivery, LOOKED_AT, PERSON, by, now, now, text, one.evidence
            )
            of = row.obligation if row is not None else None
            audit_log.record(session, scope, now, by, "look_at_mail", of, {"mail": mail})

    work.db.in_write(write)
