"""Checks of what became of mails, and of whom they no longer reach."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator

from loopclose.domain.dates import utc_words
from loopclose.errors import UNSENT
from loopclose.flows.health.check import Check, Look
from loopclose.store import alerts, mails
from loopclose.store.outbox import FAILED, HELD, TO_SEND


def unsent(look: Look) -> Iterator[Check]:
    """Whether mails wait for a mail server that takes them."""
    counts = mails.count_open(look.session, look.scope)
    waiting = sum(counts.get(state, 0) for state in TO_SEND)
    if waiting:
        says = f"{waiting} not accepted by the mail server yet"
        yield Check("unsent mails", "Mails", says, "see why on the page Sent; each run tries again", UNSENT)
    else:
        yield Check("unsent mails", "Mails", "none waiting")


def undecided(look: Look) -> Iterator[Check]:
    """Whether mails wait for somebody who sends them again or drops them."""
    counts = mails.count_open(look.session, look.scope)
    to_do = "send them again or drop them, on the page Sent or with loopclose mail"
    if failed := counts.get(FAILED, 0):
        says = f"{failed} refused for good: nothing tries them again by itself"
        yield Check("failed mails", "Mails", says, to_do, UNSENT)
    if held := counts.get(HELD, 0):
        says = f"{held} held after a restore, as they may have left before"
        yield Check("held mails", "Mails", says, to_do, UNSENT)


def unreachable(look: Look) -> Iterator[Check]:
    """Whom alerts no longer reach, by name."""
    users = alerts.colleagues(look.session, look.scope)
    for row in mails.whom_alerts_do_not_reach(look.session, look.scope):
        user = users[row.email]
        says = f"alerts no longer reach {user.name} ({user.role}) since {utc_words(row.since)}. {row.reason}"
        to_do = "correct the address, or send a mail again"
        yield Check(f"mail to {row.email}", "People", says.rstrip("."), to_do, UNSENT)


MAIL_CHECKS: tuple[Callable[[Look], Iterable[Check]], ...] = (unsent, undecided, unreachable)
