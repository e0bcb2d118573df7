"""Sealing the audit, once an hour and at the end of every night run."""

from __future__ import annotations

from loopclose.clock import Clock
from loopclose.store import audit_log
from loopclose.store.base import Scope
from loopclose.store.engine import Database
from loopclose.store.leases import hold


def seal(db: Database, clock: Clock, scope: Scope) -> int:
    """Seal what was audited since last time; gives back how many rows.

    Raises ``TemporaryProblem`` while another process is at it.
    """
    with hold(db, f"seal:{scope.practice_id}"), db.write() as session:
        return audit_log.seal(session, scope, clock())
