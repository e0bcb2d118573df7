"""One round of the post: what was signed is planned, what is due handed over, and what is under way asked about."""

from __future__ import annotations

from loopclose.flows.delivery.asking import ask_all
from loopclose.flows.delivery.corrected import plan_corrections
from loopclose.flows.delivery.filed import file_copies, tell_receipts
from loopclose.flows.delivery.mailbox import read_mailboxes
from loopclose.flows.delivery.plan import plan_due
from loopclose.flows.delivery.send import send_due
from loopclose.flows.delivery.task_receipts import hear_of_tasks
from loopclose.flows.delivery.ways import ways_of
from loopclose.flows.work import Work
from loopclose.store.base import Scope


def deliver(work: Work, scope: Scope) -> int:
    """One round for a practice; gives how many letters a channel took."""
    ways = ways_of(work, scope)
    if not ways:
        return 0
    if work.config.delivery.automatic:
        plan_due(work, scope, ways)
        plan_corrections(work, scope, ways)
    file_copies(work, scope)
    taken = send_due(work, scope, ways)
    ask_all(work, scope, ways)
    hear_of_tasks(work, scope)
    read_mailboxes(work, scope, ways)
    tell_receipts(work, scope)
    return taken
