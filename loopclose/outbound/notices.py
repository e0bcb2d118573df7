"""Mails about mails: that somebody cannot be reached, and that mails are held after a restore. Each is told once."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy.orm import Session

from loopclose.domain.dates import moment_in_full
from loopclose.outbound.digest import marked
from loopclose.outbound.messages import write
from loopclose.outbound.occasion import Occasion
from loopclose.store import alerts as stored
from loopclose.store import chases, mails
from loopclose.store.absences import staff
from loopclose.store.base import natural_id
from loopclose.store.outbox import CANCELLED, CHASED, FAILED, HELD, RESTORED, UNREACHABLE, Message, UnreachableRow
from loopclose.store.people import User
from loopclose.store.restores import last_restore

TOLD = ("coordinator", "lead", "manager")
"""The first of these roles that has somebody who can be reached is told; else whoever is there."""


def notify(session: Session, occasion: Occasion) -> list[str]:
    """Make what must be told of mails and was not told yet; gives the ids of the messages."""
    made = []
    for row in mails.whom_alerts_do_not_reach(session, occasion.scope):
        if not _told(mails.notices(session, occasion.scope, UNREACHABLE, row.email), row):
            made += [_unreachable(session, occasion, row, whom) for whom in _readers(session, occasion)]
    restore, held = last_restore(session), mails.count_open(session, occasion.scope).get(HELD, 0)
    if (
        restore is not None
        and held
        and not mails.notices(session, occasion.scope, RESTORED, restore.restored_at.isoformat())
    ):
        made += [
            _restored(session, occasion, restore.restored_at.isoformat(), held, whom)
            for whom in _readers(session, occasion)
        ]
    return made


def holds(session: Session, occasion: Occasion, message: Message) -> bool:
    """Whether a notice is still true."""
    if message.about == RESTORED:
        return mails.count_open(session, occasion.scope).get(HELD, 0) > 0
    if message.about == CHASED:
        return bool(chases.to_tell(session, occasion.scope, [message.id], fresh=False))
    return message.about_whom in {row.email for row in mails.whom_alerts_do_not_reach(session, occasion.scope)}


def _told(notices: Sequence[Message], row: UnreachableRow) -> bool:
    """Whether somebody was told of it, or is about to be; a notice that itself was refused has told nobody."""
    since = (one for one in notices if one.planned_at is not None and one.planned_at >= row.since)
    return any(one.state not in (FAILED, CANCELLED) or one.decided_by is not None for one in since)


def _readers(session: Session, occasion: Occasion) -> list[str]:
    """Those of the first role, or whoever stands in for them, whom mails reach."""
    gone = {row.email for row in mails.whom_alerts_do_not_reach(session, occasion.scope)}
    there = staff(session, occasion.scope, occasion.night)
    for some in [*(there.of_role(role) for role in TOLD), there.last_resort()]:
        if found := [email for email in some if email not in gone]:
            return found
    return []


def _unreachable(session: Session, occasion: Occasion, row: UnreachableRow, whom: str) -> str:
    user: User = stored.colleagues(session, occasion.scope)[row.email]
    address, zone = occasion.letterhead.base_url.rstrip("/"), occasion.practice.zone
    text = "\n".join(
        (
            f"Mails to {user.name} ({user.role}) are refused since {moment_in_full(row.since, zone)}:",
            row.reason,
            "",
            "What they were to be told has not reached them. Please tell them, and have the address corrected",
            "(loopclose user add); or send the mails again once it works:",
            f"{address}/mails?state=failed",
            "",
            "You are told of this once. It stands on the page Health until a mail reaches them.",
            "",
        )
    )
    head = marked(f"Loopclose: mails do not reach {user.name}", occasion.letterhead.rehearsal)
    key = natural_id(occasion.scope.practice_id, UNREACHABLE, row.email, row.since.isoformat(), whom)
    return write(session, occasion, key, whom, head, text, about=UNREACHABLE, about_whom=row.email)


def _restored(session: Session, occasion: Occasion, restore: str, held: int, whom: str) -> str:
    address = occasion.letterhead.base_url.rstrip("/")
    text = "\n".join(
        (
            f"The database was restored from a backup. {held} {'mail' if held == 1 else 'mails'} may have left before:",
            "they are held until somebody sends or drops them.",
            f"{address}/mails?state=held",
            "",
        )
    )
    head = marked("Loopclose: mails are held after a restore", occasion.letterhead.rehearsal)
    key = natural_id(occasion.scope.practice_id, RESTORED, restore, whom)
    return write(session, occasion, key, whom, head, text, about=RESTORED, about_whom=restore)
