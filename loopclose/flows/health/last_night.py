"""Whether the night ran, when, and what it did: without it nobody is told of what is late."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta

from loopclose.domain.dates import length_words, utc_words
from loopclose.errors import TEMPORARY, UNSENT
from loopclose.flows.health.check import Check, Look
from loopclose.store import runs

MISSED, BROKEN = timedelta(hours=26), timedelta(hours=4)
"""A night later than this after the one before was missed; one that runs for so long broke off."""
TO_DO = "run loopclose nightly, and see the log for what happened"
UNTOLD = "not everybody was told: see which roles have nobody, and which mails did not leave"


def last_night(look: Look) -> Iterator[Check]:
    """The last night run and its age."""
    run = runs.last_night(look.session, look.scope)
    if run is None:
        says = "no night run yet"
        yield Check("night", "Mails", says, "it runs by itself in loopclose serve, or by loopclose nightly")
        return
    age = look.now - run.started_at
    says = f"last night run {utc_words(run.started_at)}, {length_words(age)} ago"
    if run.finished_at is None:
        wrong = age > BROKEN
        says += ", and did not end" if wrong else ", and runs"
        yield Check("night", "Mails", says, TO_DO if wrong else None, exit_code=TEMPORARY if wrong else 0)
        return
    counts = run.counts or {}
    sent = "mail sent" if counts.get("messages_sent") == 1 else "mails sent"
    told = {"examined": "open", "late": "late", "messages_sent": sent, "failed": "failed"}
    parts = [f"{counts[name]} {words}" for name, words in told.items() if name in counts]
    says += f": {', '.join(parts)}" if parts else ""
    if age > MISSED:
        yield Check("night", "Mails", says, f"no night since: {TO_DO}", TEMPORARY)
    elif counts.get("failed"):
        yield Check("night", "Mails", says, UNTOLD, UNSENT)
    else:
        yield Check("night", "Mails", says)
