"""What a person decides about a mail: it is sent again, or dropped. Both are audited."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Any

from loopclose.clock import Clock
from loopclose.domain.roles import may, refused
from loopclose.errors import UsageError
from loopclose.flows.decisions.effects import NotThere
from loopclose.store import audit_log, mails, users
from loopclose.store.base import Scope
from loopclose.store.engine import Database
from loopclose.store.outbox import CANCELLED, FAILED, HELD, PLANNED, WAITING

DECIDE = "decide_mail"
CAN_BE_SENT, CAN_BE_DROPPED = (FAILED, HELD, WAITING), (FAILED, HELD, WAITING, PLANNED)
"""States in which a message can be sent (again), or dropped."""


@dataclass(frozen=True)
class Decider:
    """Who decides, for which practice."""

    db: Database
    clock: Clock
    scope: Scope
    email: str

    def send_again(self, key: str) -> None:
        """Let a mail leave with the next run, under the name that it has; what is not true by then does not leave.

        Raises ``NotThere`` where there is none, ``UsageError`` where it was sent or dropped meanwhile, or this user may
        not decide it.
        """
        values = {"state": PLANNED, "put_off": 0, "try_after": None, "error": None}
        self._decide(key, "send_mail_again", CAN_BE_SENT, values)

    def drop(self, key: str) -> None:
        """Keep a mail from ever leaving; raises ``UsageError`` as ``send_again`` does."""
        values = {"state": CANCELLED, "try_after": None, "error": f"Dropped by {self.email}."}
        self._decide(key, "drop_mail", CAN_BE_DROPPED, values)

    def _decide(self, key: str, action: str, states: Collection[str], values: Mapping[str, Any]) -> None:
        now = self.clock()
        with self.db.write() as session:
            user = users.named(session, self.scope, self.email)
            role = user.role if user is not None else ""
            if user is None or not may(role, DECIDE):
                raise UsageError(refused(role, DECIDE))
            found = mails.message(session, self.scope, key, lock=True)
            if found is None:
                raise NotThere(f"There is no mail {key}: loopclose mail list shows those that there are.")
            if found.state not in states:
                raise UsageError(f"That mail is {found.state} by now: nothing was changed.")
            mails.change(session, self.scope, found, {**values, "decided_by": user.email, "decided_at": now})
            audit_log.record(session, self.scope, now, user.email, action, key)
